/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The frame that a trap leaves on the stack, and the bits of EFLAGS and of selectors in it. */
#ifndef ARCH_X86_TRAP_FRAME_H
#define ARCH_X86_TRAP_FRAME_H

#include "arch/x86/vectors.h"

/* Values of the trap field that are no vectors: the VM entry faulted, with a vector that is added
 * to these; the error code is then the Switcher's eip. If IRET faulted, the nested trap's frame
 * lies over the guest's, three words lower (hv/traps.c). */
#define TRAP_ENTRY_FAILED 0x100
#define TRAP_IRET_FAILED 0x200
/* An exit that the Switcher has had served, but run_guest() is wanted for something else: with the vector, or with
 * nothing for a SET_PTE. */
#define TRAP_SERVED 0x300
/* The trap field before the first trap. */
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
 * From the lowest address up: the Switcher's pushes, then the CPU's. A trap in ring 0 pushes no esp
 * and ss, so its frame ends with eflags. In the place of PUSHA's esp, which POPA ignores, the fast
 * path keeps the address of a page fault.
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
