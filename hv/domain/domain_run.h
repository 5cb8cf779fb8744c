/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs the domains: their start, their turns, their end, and commands of a user. */
#ifndef HV_DOMAIN_RUN_H
#define HV_DOMAIN_RUN_H

#include "hv/domain/domains.h"

enum run_mode {
	RUN_PARALLEL, /* all guests at the same time, as far as memory suffices */
	RUN_SEQUENCE, /* one guest after another, in the order of their modules */
};

/* Runs all guests, until the last one has ended and no poller keeps the machine on. `stats`: prints
 * the statistics of each guest that ends, and those of the machine. */
void domains_run(enum run_mode how, bool stats);

/* Each change of a domain's state. All begin in DOMAIN_WAITING. */
void domain_set_state(struct domain *domain, enum domain_state state);

/* Each guest has an owner number, which also selects its windows. False: all are taken. */
bool domain_take_owner(struct domain *domain);
void domain_release_owner(const struct domain *domain);

/* Sets frames aside for the guest, and gives it its console and the place of its devices. False: `problem` (of `size`
 * bytes) says why it cannot be made. */
bool domain_begin(struct domain *domain, char *problem, size_t size);

/* The main loop of a CPU other than the boot CPU: it runs guests whenever there are any for it. */
void domains_help(void) NORETURN;

/* The number of domains that have been started at least once. */
u32 domains_started(void);

/* The result of all guests. A guest that a user ended counts as one that shut down. */
enum domains_outcome {
	DOMAINS_ALL_SHUT_DOWN,
	DOMAINS_SOME_FAILED, /* at least one was killed, timed out, or could not be started */
	DOMAINS_NONE_STARTED,
};
enum domains_outcome domains_outcome(void);

/* Commands of a user. They change the domain's state; the work is done in its turns. False if the
 * present state does not allow it. */
bool domain_start(struct domain *domain);
bool domain_restart(struct domain *domain);
bool domain_kill(struct domain *domain, const char *reason);
bool domain_pause(struct domain *domain, bool paused);

/* Kills all guests and starts no further ones: domains_run will return. */
void domains_stop(const char *reason);

#endif
