/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The exact words that a trap pushes on the stack.
 *
 * The kit's entry stubs need a flat stack with room. frame_catch needs neither: the handler of a
 * gate that leads there copies the words at ss:esp and the registers unchanged, and ends the
 * running probe (probe.h), which then returns FRAME_CAUGHT.
 */
#ifndef GUEST_FRAME_H
#define GUEST_FRAME_H

#define FRAME_CAUGHT 0x0CA0947D /* no value that a probe is likely to return */
#define FRAME_WORDS 6           /* error code, eip, cs, eflags, esp, ss */

/* struct caught_frame and struct iret_frame, for frame.S. */
#define CAUGHT_COUNT 0
#define CAUGHT_EFLAGS 4
#define CAUGHT_CS 8
#define CAUGHT_SS 12
#define CAUGHT_ESP 16
#define CAUGHT_IRQ_ENABLED 20
#define CAUGHT_WORDS 24
#define IRET_EIP 0
#define IRET_EFLAGS 8
#define IRET_ESP 12
#define IRET_SS 16

#ifndef __ASSEMBLER__
#include "guest/include/probe.h"
#include "guest/include/segments.h"

struct caught_frame {
	u32 count; /* number of words to copy: the memory behind them may not be mapped */
	u32 eflags, cs, ss, esp, irq_enabled; /* as the handler finds them */
	u32 words[FRAME_WORDS];
};
_Static_assert(offsetof(struct caught_frame, irq_enabled) == CAUGHT_IRQ_ENABLED, "caught_frame");
_Static_assert(offsetof(struct caught_frame, words) == CAUGHT_WORDS, "caught_frame.words");

extern volatile struct caught_frame caught_frame;
extern char frame_catch[]; /* for gate_set */

/* The target, in the order in which IRET pops it. */
struct iret_frame {
	u32 eip, cs, eflags, esp, ss;
};
_Static_assert(offsetof(struct iret_frame, ss) == IRET_SS, "iret_frame");

/* Jump there, in ring 3 with its flat data segments or in ring 1 (where cs stays), without
 * touching the new stack. For try_frame; the argument is a struct iret_frame's address. */
u32 enter_ring3(u32 iret_frame) NORETURN;
u32 enter_ring1(u32 iret_frame) NORETURN;

/* Calls function(argument). True if it ended in frame_catch, which copies `words` words of the
 * stack. */
static inline bool try_frame(u32 (*function)(u32), u32 argument, u32 words)
{
	struct outcome outcome;

	caught_frame.count = words;
	outcome = try_call(function, argument);
	return !outcome.trapped && outcome.value == FRAME_CAUGHT;
}

/* A piece of code whose addresses matter: NAME is where it starts. The section is ".text", or
 * ".user.text" for ring 3. */
#define CODE_AT(section, name, instructions)                                                       \
	__asm__(".pushsection " section ", \"ax\"\n" #name ":\n" instructions "\n.popsection");    \
	extern char name[]

#endif
#endif
