/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: A trap through a gate whose selector is no code segment kills the guest.
 *
 * Reason: The guest cannot be entered with that cs, and no other handler exists.
 *
 * Method: INT3 through a 0xE gate to the data segment.
 *
 * Expect: killed "cannot go on at "
 */
#include "guest/include/kit.h"

const char *guest_main(void)
{
	u32 eip = (u32)frame_catch;

	hcall_load_idt_entry(VECTOR_BP, GUEST_DS << 16 | (eip & 0xFFFF),
			     (eip & 0xFFFF0000) | GATE_PRESENT | GATE_INTERRUPT << 8);
	__asm__ volatile("int3");
	return "survived";
}
