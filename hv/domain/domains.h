/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The list of domains. A domain is a configured guest: its configuration, its state, and everything
 * that outlives a restart (console, vCPU, time limit). There is one for each kernel that the boot
 * loader has loaded.
 */
#ifndef HV_DOMAINS_H
#define HV_DOMAINS_H

#include "hv/console/console.h"
#include "hv/domain/snapshot_file.h"
#include "hv/domain/watch.h"
#include "hv/guest.h"
#include "hv/sched/schedule.h"
#include "hv/virtio/devices.h"

#define DOMAINS_MAX 384

/*
 *	WAITING -> CREATING -> ALIVE -> ENDING -> ENDED -> (domain_start) WAITING
 *	              ^                   |
 *	              '--- RESTARTING <---'      if the guest asked for it, or has restart=
 */
enum domain_state {
	DOMAIN_WAITING,    /* to be started */
	DOMAIN_CREATING,   /* its guest is being created */
	DOMAIN_CLONING,    /* its guest is being made as a clone, in its parent's turns */
	DOMAIN_SAVING,     /* its guest, such a clone, is written out, and then destroyed */
	DOMAIN_RECEIVING,  /* its guest comes from another machine (hv/domain/move_receive.c) */
	DOMAIN_ALIVE,      /* its guest runs */
	DOMAIN_ENDING,     /* its guest has ended, and is being destroyed */
	DOMAIN_RESTARTING, /* its guest has been destroyed, and is to be created again */
	DOMAIN_ENDED,      /* its guest has been destroyed, or could not be created */
};

struct domain;

/* Work that is done with a clone which never runs, in its turns. (snapshot_save.c and move_send.c) */
struct clone_work {
	void (*begin)(struct domain *clone);         /* it has been made */
	enum progress (*some)(struct domain *clone); /* DONE: the clone can go */
	/* The clone is not made, or has to go before the work is done. */
	void (*failed)(struct domain *parent, const char *problem);
};

/* Of a domain whose guest is sent to another machine. */
enum sending {
	MOVE_NONE,
	MOVE_RUNS,   /* and runs on */
	MOVE_STANDS, /* it stands still for the last round */
	MOVE_UNSETTLED, /* it stands still, and may run on the other machine: a user has to say which */
};

/* Unless a field says otherwise, only domain_run.c writes it. */
struct domain {
	struct guest guest; /* valid from CREATING to ENDING; begins on a page boundary */

	/* Set by domains_add. */
	struct guest_config config;
	char name[GUEST_NAME_SIZE];
	char command_line[GUEST_COMMAND_LINE_SIZE];

	enum domain_state state;
	bool restart;       /* the guest is to be started again after its end */
	bool ended_by_user; /* by a command of the monitor: restart=N does not apply */
	u64 deadline;       /* when its timeout= is over, restarts included; TIMER_NEVER: none */
	u32 starts;         /* how many times its guest has been started */
	owner_t owner;      /* of its frames, from CREATING to ENDING */
	bool traced;        /* its guests are traced (hv/trace.h); written by the monitor too */
	u32 stats_part;     /* of its guest's statistics, the next one to print at the end */

	struct watch watch; /* hv/domain/watch.c's */

	/* hv/domain/domain_clone.c writes these. */
	struct domain
	    *origin; /* the domain of which it is a clone, or a clone's clone; NULL: it is none */
	struct domain *clone; /* that is being made of it */
	bool clone_refused;   /* a line has said that there is no memory for one */
	u32 clones_made;      /* for the present request */
	u64 clone_time;       /* nanoseconds that `clone` has taken */
	u32 living_clones;    /* of an origin */
	u32 next_number;      /* of an origin: for the name of its next clone */
	bool clone_failed;    /* of an origin: one of its clones has not ended well */

	const struct clone_work
	    *work;            /* its next clone is for this; of such a clone: it is; or NULL */
	struct domain *saved; /* of such a clone: the domain of which it is one */

	/* hv/domain/snapshot_restore.c and move_*.c write these. */
	struct snapshot_reader snapshot; /* that its guest is made from */
	enum sending move;
	bool
	    received; /* its guest has come from another machine, or was to: it has no start of its own */

	/* Each is written by its own room. */
	struct vcpu vcpu;
	struct console console; /* open from the first start on */
	struct guest_devices devices;
};

/* Adds a domain for a guest of this configuration. Copies everything but the contents of modules.
 * If another domain has the name, a number is appended. Reports it if there is no memory for a
 * domain. */
void domains_add(const struct guest_config *config);

/* A domain for a clone of `parent`, with its configuration, and the name of `origin` with a number: a
 * new one, or that of a clone that has ended. NULL: there is no memory for one. */
struct domain *domains_add_clone(struct domain *origin, struct domain *parent);

/* A domain for a guest of this configuration that comes from another machine: a new one, or that of such a guest that
 * has ended. NULL, as above. */
struct domain *domains_add_received(const struct guest_config *config);

/* The number of frames that the domains themselves take. */
u32 domains_frames(void);

/* The number of domains. */
u32 domains_count(void);

/* The domain with this index, from 0 in the order of modules; NULL: there are not so many. */
struct domain *domain_at(u32 index);

/* The domain of this name; NULL: there is none. */
struct domain *domain_find(const char *name);

#endif
