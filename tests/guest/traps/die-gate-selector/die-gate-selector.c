// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Behaviour: a trap whose gate has a selector that is no code segment kills the guest.
 *
 * Reason: the hypervisor cannot go on with that cs, and there is nobody else to tell.
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
