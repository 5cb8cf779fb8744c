/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The IDT, the frame a trap leaves on the stack, and handlers in C.
 *
 * The kit has an entry stub for each of the 256 vectors. From the start these have a gate:
 *	exceptions 0 to 19   trap gates (straight from the CPU where the ABI allows it), but
 *	#PF                  an interrupt gate, so that no interrupt's page fault changes cr2
 *	3, 4, 0x80           the same, also open to ring 3
 *	virtual IRQs 32..63  interrupt gates
 *
 * A trap in ring 1 calls trap_handlers[vector]; without one the kit panics. A trap in ring 3 ends
 * user_enter() instead (user.h). A probe that is running gets the exceptions first (probe.h).
 */
#ifndef GUEST_TRAP_H
#define GUEST_TRAP_H

#define VECTOR_DE 0
#define VECTOR_DB 1
#define VECTOR_NMI 2
#define VECTOR_BP 3
#define VECTOR_OF 4
#define VECTOR_BR 5
#define VECTOR_UD 6
#define VECTOR_NM 7
#define VECTOR_DF 8
#define VECTOR_TS 10
#define VECTOR_NP 11
#define VECTOR_SS 12
#define VECTOR_GP 13
#define VECTOR_PF 14
#define VECTOR_MF 16
#define VECTOR_AC 17
#define VECTOR_XM 19
#define VECTOR_COUNT 256

/* A page fault's error code (Intel SDM 3, 4.7). */
#define PF_PRESENT 0x1
#define PF_WRITE 0x2
#define PF_USER 0x4
#define PF_RESERVED 0x8
#define PF_FETCH 0x10

/* Gate types. */
#define GATE_INTERRUPT 0xE /* clears irq_enabled */
#define GATE_TRAP 0xF
#define GATE_PRESENT 0x8000

#define TRAP_FRAME_WORDS 20
#define TRAP_FRAME_SIZE (TRAP_FRAME_WORDS * 4)
#define TRAP_STUB_SIZE 16               /* from one entry stub to the next */
#define VECTORS_WITH_ERROR_CODE 0x27D00 /* bit n: vector n, of the first 32 */

#ifndef __ASSEMBLER__
#include "lib/types.h"

/* The frame that the entry stubs make: the CPU's part is at the end. */
struct trap_frame {
	u32 gs, fs, es, ds;
	u32 edi, esi, ebp, unused_esp, ebx, edx, ecx, eax;
	u32 irq_enabled; /* its value before the trap and after the return */
	u32 vector;
	u32 error; /* 0 where the exception has none */
	u32 eip, cs, eflags;
	u32 esp, ss; /* pushed only when the trap came from ring 3 */
};
_Static_assert(sizeof(struct trap_frame) == TRAP_FRAME_SIZE, "trap_frame");
_Static_assert(offsetof(struct trap_frame, irq_enabled) == 48, "after four segments and pushal");

static inline bool trap_from_user(const struct trap_frame *frame)
{
	return (frame->cs & 3) == 3;
}

/* May change the frame, from which the return is made. */
typedef void trap_handler(struct trap_frame *frame);

extern trap_handler *trap_handlers[VECTOR_COUNT];

/* The address of the kit's entry stub. */
u32 trap_stub(u32 vector);

/* Gives a vector a gate to the kit's stub; `dpl` is 0 (only ring 1 may `int` it) or 3. */
void trap_gate(u32 vector, u32 type, u32 dpl);

/* Any gate to any code in ring 1, for guests that bring their own entry. */
void gate_set(u32 vector, u32 type, u32 dpl, u32 eip);

/* An absent gate. */
void gate_clear(u32 vector);

/* Describes the trap in one line. */
void trap_print(const struct trap_frame *frame);

/* Called by the stubs. */
void trap_dispatch(struct trap_frame *frame);
void traps_init(void);

#endif
#endif
