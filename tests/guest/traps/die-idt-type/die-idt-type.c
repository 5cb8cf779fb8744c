/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: LOAD_IDT_ENTRY with a present gate of a type other than 0xE and 0xF kills the guest. A
 * gate that is not present may have any type.
 *
 * Reason: A task gate would switch tasks, and a 16-bit gate would push half a frame.
 *
 * Method: A task gate, first not present, which must pass, then present.
 *
 * Expect: killed "bad IDT type 5"
 */
#include "guest/include/kit.h"

#define TASK_GATE (0x5 << 8)

const char *guest_main(void)
{
	hcall_load_idt_entry(VECTOR_BR, GUEST_DS << 16, TASK_GATE);
	ok(true, "a gate that is not present passes");
	hcall_load_idt_entry(VECTOR_BR, GUEST_DS << 16, TASK_GATE | GATE_PRESENT);
	return "survived";
}
