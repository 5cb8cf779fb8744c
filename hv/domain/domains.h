/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every guest that the boot loader has brought has a domain: what it is made from, whether it is alive
 * now, and what outlives it (its console, its claim to the CPU, its time limit).
 *
 *	WAITING -> MAKING -> ALIVE -> ENDING -> ENDED
 *	             ^                  '-> RESTARTING		if it asked for it, or has restart=
 *	             '----------------------'
 */
#ifndef HV_DOMAINS_H
#define HV_DOMAINS_H

#include "hv/console/console.h"
#include "hv/guest.h"
#include "hv/sched/schedule.h"
#include "hv/virtio/devices.h"

enum domain_state {
	DOMAIN_WAITING, /* to be started */
	DOMAIN_MAKING,  /* its guest is being made */
	DOMAIN_ALIVE,
	DOMAIN_ENDING,     /* its frames are being freed */
	DOMAIN_RESTARTING, /* they have been */
	DOMAIN_ENDED,      /* or could not be started */
};

struct domain {
	struct guest guest; /* while it is alive or ending; a page starts here */
	struct guest_config config;
	char name[GUEST_NAME_SIZE];
	char command_line[GUEST_COMMAND_LINE_SIZE];
	enum domain_state state;
	bool again;    /* to be started again once it has ended */
	bool by_hand;  /* it was ended by hand: then restart=N does not count */
	u64 limit;     /* when its time is up, restarts included */
	u32 lives;     /* how often it has been started */
	bool traced;   /* its lives are (hv/trace.h) */
	owner_t owner; /* of its frames, while it is alive or ending */
	struct vcpu vcpu;
	struct console console; /* from its first start on */
	struct guest_devices devices;
};

enum run_mode {
	RUN_PARALLEL, /* all at once, as far as memory suffices */
	RUN_SEQUENCE, /* one after another, in the order of the modules */
};

/* A domain for a guest made from `config`, of which everything is copied but the modules' contents. A
 * name that another has gets a number behind it. */
void domains_add(const struct guest_config *config);

/* Runs all guests; returns when the last one has ended. `stats`: prints the counts of each that ends. */
void domains_run(enum run_mode how, bool stats);

#define DOMAINS_MAX 64

u32 domains_count(void);
struct domain *domain_at(u32 index);
struct domain *domain_find(const char *name); /* NULL: none of this name */

u32 domains_started(void); /* guests that ever ran, restarts not counted */

/* How all of them have ended. A guest that a person ended has ended well. */
enum domains_outcome {
	DOMAINS_ALL_SHUT_DOWN,
	DOMAINS_SOME_FAILED, /* killed, timed out, or not started */
	DOMAINS_NONE_STARTED,
};
enum domains_outcome domains_outcome(void);

/* For who steers guests by hand. Starting and ending happen when their turn comes. False if the
 * domain's state does not allow it. */
bool domain_start(struct domain *domain);
bool domain_restart(struct domain *domain);
bool domain_kill(struct domain *domain, const char *reason);
bool domain_pause(struct domain *domain, bool paused);

/* Ends all guests, for good: domains_run will return. */
void domains_stop(const char *reason);

#endif
