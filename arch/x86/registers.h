/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a trap leaves on the stack, and the names of vectors and flags. */
#ifndef ARCH_X86_REGISTERS_H
#define ARCH_X86_REGISTERS_H

#define VECTOR_DIVIDE 0
#define VECTOR_DEBUG 1
#define VECTOR_NMI 2
#define VECTOR_BREAKPOINT 3
#define VECTOR_OVERFLOW 4
#define VECTOR_BOUND 5
#define VECTOR_INVALID_OPCODE 6
#define VECTOR_NO_FPU 7
#define VECTOR_DOUBLE_FAULT 8
#define VECTOR_FPU_OVERRUN 9
#define VECTOR_INVALID_TSS 10
#define VECTOR_NOT_PRESENT 11
#define VECTOR_STACK 12
#define VECTOR_PROTECTION 13
#define VECTOR_PAGE_FAULT 14
#define VECTOR_SPURIOUS 15
#define VECTOR_FPU_ERROR 16
#define VECTOR_ALIGNMENT 17
#define VECTOR_MACHINE_CHECK 18
#define VECTOR_SIMD 19
#define VECTOR_CONTROL_PROTECTION 21
#define VECTOR_VMM_COMMUNICATION 29
#define VECTOR_SECURITY 30
#define VECTOR_IRQ_BASE 32  /* hardware interrupts, both controllers */
#define HARDWARE_VECTORS 16 /* of these; no gate of a guest's is ever there */
#define VECTOR_COUNT 256

/* Exceptions that push an error code (SDM vol. 3, table 6-1), a bit for each vector. */
#define VECTORS_WITH_ERROR_CODE                                                                    \
	(1 << VECTOR_DOUBLE_FAULT | 1 << VECTOR_INVALID_TSS | 1 << VECTOR_NOT_PRESENT |            \
	 1 << VECTOR_STACK | 1 << VECTOR_PROTECTION | 1 << VECTOR_PAGE_FAULT |                     \
	 1 << VECTOR_ALIGNMENT | 1 << VECTOR_CONTROL_PROTECTION | 1 << VECTOR_VMM_COMMUNICATION |  \
	 1 << VECTOR_SECURITY)

/* Not vectors: the way into the guest itself faulted, with this vector more; the error code is then the Switcher's
 * eip. At the IRET the nested trap's frame lies over the guest's, three words lower (hv/traps.c). */
#define TRAP_ENTRY_FAILED 0x100
#define TRAP_IRET_FAILED 0x200
/* What the trap field holds before the first trap ever. */
#define TRAP_NONE 0xDEAD

#define EFLAGS_ALWAYS 0x00000002u
#define EFLAGS_TF 0x00000100u
#define EFLAGS_IF 0x00000200u
#define EFLAGS_NT 0x00004000u
#define EFLAGS_RF 0x00010000u
#define EFLAGS_VM 0x00020000 /* without u: for assembly too */
#define EFLAGS_ID 0x00200000u

/* A trap in virtual-8086 mode pushes es, ds, fs and gs first: its frame lies that much lower. */
#define VIRTUAL_8086_EXTRA 16

#define SELECTOR_RPL 3
#define SELECTOR_TI 4
#define GUEST_KERNEL_RPL 1
#define GUEST_USER_RPL 3

#ifndef __ASSEMBLER__
#include "lib/types.h"

/*
 * From the lowest address up: what the Switcher pushes, then what the CPU pushed. For a trap in
 * the hypervisor itself the CPU pushes no esp and ss: the frame ends with eflags. Where PUSHA leaves
 * esp, which POPA passes over, the fast path keeps the address of a page fault.
 */
struct trap_frame {
	u32 gs, fs, es, ds;
	u32 edi, esi, ebp, cr2, ebx, edx, ecx, eax;
	u32 trap, error;
	u32 eip, cs, eflags, esp, ss;
};
_Static_assert(sizeof(struct trap_frame) == 19 * 4, "trap_frame");
_Static_assert(offsetof(struct trap_frame, trap) == 12 * 4, "trap_frame.trap");
_Static_assert(offsetof(struct trap_frame, eip) == 14 * 4, "trap_frame.eip");

static inline u32 privilege_level(const struct trap_frame *frame)
{
	return frame->cs & SELECTOR_RPL;
}

#endif
#endif
