/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One guest of the shadow engine on a machine that is an array, and what can go wrong with it.
 *
 *	world.c         the machine, the guest, and what the engine wants from its surroundings
 *	model.c         the guest's memory as it should be, and a plain walk of the tables in it
 *	history.c       what the tables said before, as far as the guest has not announced the change
 *	hardware.c      the CPU: walks the shadow tables
 *	audit.c         every present shadow entry explained, every frame accounted for
 *	inspect.c       what people are shown of the tables
 *	fast.c          the fast path's walk beside the engine's
 *	access.c        operations that touch memory
 *	calls.c         operations that change tables, and the hypercalls that say so
 *	spaces.c        operations on address spaces: switches, flushes
 *	operations.c    the list of both, their random choice, a script of them and its text
 */
#ifndef TESTS_UNIT_ORACLE_WORLD_H
#define TESTS_UNIT_ORACLE_WORLD_H

#include "hv/guest.h"

#define GUEST_FRAMES 128u

enum combination { TWO_ON_TWO, TWO_ON_PAE, PAE_ON_PAE, COMBINATIONS };

/* What a script runs on. */
struct setup {
	u32 combination;
	bool nx;            /* the CPU has no-execute */
	u32 budget;         /* of shadow memory, in frames */
	u32 kernel_address; /* that the guest announces */
};

extern struct setup setup;
extern struct guest guest;

static inline bool pae_guest(void)
{
	return setup.combination == PAE_ON_PAE;
}

static inline bool pae_shadow(void)
{
	return setup.combination != TWO_ON_TWO;
}

/* A new machine with a new guest, in the linear map. world_stop: all frames must be back. */
void world_start(const struct setup *with);
void world_stop(void);

/* What every shadow directory must have for the Switcher. */
u32 switcher_entry(void);

/* The machine frame behind a guest's frame; 0: not touched yet. */
u32 machine_frame(u32 gfn);

/* The engine is wrong. */
void fail(const char *text, ...) NORETURN PRINTF_LIKE(1, 2);

/* The guest has just been killed, or not, as `sentence` says: NULL if it must live, else how the
 * reason begins. */
void expect_killed(const char *sentence);

/* Makes a call in as many stretches as it takes, most often one. Some have room for a few parts
 * only. */
#define IN_STRETCHES(call)                                                                         \
	do {                                                                                       \
		begin_stretch();                                                                   \
	} while ((call) == AGAIN)

void begin_stretch(void);

#endif
