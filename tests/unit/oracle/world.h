/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One guest of the shadow engine on a machine that is an array, and the checks of both.
 *
 *	world.c         the machine, the guest, and the functions that the engine calls
 *	model.c         the guest's memory as it should be, and a plain walk of the tables in it
 *	history.c       earlier values of the tables whose changes the guest has not announced
 *	hardware.c      the CPU: walks the shadow tables
 *	audit.c         every present shadow entry explained, every frame accounted for
 *	inspect.c       the monitor's view of the tables
 *	fast.c          the fast path's walk beside the engine's
 *	clones.c        memories that share the guest's frames, and operations on them
 *	access.c        operations that touch memory
 *	calls.c         operations that change PTEs, and SET_PTE
 *	upper.c         operations that change entries above, and SET_PGD and SET_PMD
 *	spaces.c        operations on address spaces: switches, flushes
 *	operations.c    the list of both, their random choice, a script of them and its text
 */
#ifndef TESTS_UNIT_ORACLE_WORLD_H
#define TESTS_UNIT_ORACLE_WORLD_H

#include "hv/guest.h"
#include "hv/shadow/shadow_calls.h"

#define GUEST_FRAMES 128u
#define MACHINE_FRAMES 2048u

enum combination { TWO_ON_TWO, TWO_ON_PAE, PAE_ON_PAE, COMBINATIONS };

/* The machine and guest that a script runs on. */
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

/* The Switcher's entry, which every shadow directory must have. */
u32 switcher_entry(void);

/* The machine frame behind a frame of some memory's, or of the guest's; 0: not touched yet. */
u32 machine_frame_of(const struct guest_memory *memory, u32 gfn);
u32 machine_frame(u32 gfn);

/* True if the frame is shared, or that of zeroes: no sPTE for it may be writable. */
bool is_shared_frame(u32 frame);

/* The guest frame whose machine frame this is; of the frame of zeroes, the first of many. */
u32 guest_frame_of(u32 frame);

/* True if the engine has protected the guest frame: no sPTE for it is writable. */
bool is_protected(u32 gfn);

/* The engine is wrong. */
void fail(const char *text, ...) NORETURN PRINTF_LIKE(1, 2);

/* Fails unless the guest has just been killed with a reason that begins with `sentence`; NULL:
 * unless it has not been killed. */
void expect_killed(const char *sentence);

/* Makes a call in as many stretches as it takes, most often one. Some have room for a few parts
 * only. */
#define IN_STRETCHES(call)                                                                         \
	do {                                                                                       \
		begin_stretch();                                                                   \
	} while ((call) == AGAIN)

void begin_stretch(void);

#endif
