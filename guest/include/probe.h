/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A probe executes code in ring 1 that may trap, and returns the outcome.
 *
 * While a probe runs, an exception (vector 0 to 31) in ring 1 ends it instead of going to its
 * handler; interrupts are handled as ever. The same for ring 3 is in user.h.
 */
#ifndef GUEST_PROBE_H
#define GUEST_PROBE_H

#include "guest/include/trap.h"

#define TRY_IN_EAX 0x12345678

#ifndef __ASSEMBLER__

struct outcome {
	bool trapped;
	u32 vector, error; /* if it trapped */
	u32 cr2;           /* if vector is VECTOR_PF */
	u32 value;    /* if it did not: the value that was read, or that the function returned */
	u32 frame_at; /* the address of the CPU's part: of eip, or of the error code if one exists */
	struct trap_frame frame;
};

/* Calls function(argument) and returns in any case. Registers that a call preserves are as
 * before; the function's stack frame is dropped if it trapped. May be nested. */
struct outcome try_call(u32 (*function)(u32), u32 argument);

struct outcome try_read(u32 address);             /* four bytes */
struct outcome try_write(u32 address, u32 value); /* four bytes */
struct outcome try_execute(u32 address);          /* a call: there should be a RET */

/* IN and OUT of 1, 2 or 4 bytes, with eax = TRY_IN_EAX before; value is the whole eax after. */
struct outcome try_in(u32 port, u32 bytes);
struct outcome try_out(u32 port, u32 bytes);

/* "no trap, value 00000007", or "page fault, error 2, cr2 00400000": for messages. Kept until the
 * next call. */
const char *outcome_text(const struct outcome *outcome);

/* Called by trap_dispatch: ends the running probe; false if there is none. */
bool probe_catch(struct trap_frame *frame);

#endif
#endif
