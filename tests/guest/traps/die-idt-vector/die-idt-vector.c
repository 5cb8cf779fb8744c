/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: LOAD_IDT_ENTRY of vector 256 kills the guest; 255 is the last vector.
 *
 * Reason: The IDT has 256 gates.
 *
 * Method: 255, which must pass, then 256, both with a good gate.
 *
 * Expect: killed "bad IDT vector 256"
 */
#include "guest/include/kit.h"

const char *guest_main(void)
{
	gate_set(VECTOR_COUNT - 1, GATE_TRAP, 0, (u32)frame_catch);
	ok(true, "vector 255 passes");
	gate_set(VECTOR_COUNT, GATE_TRAP, 0, (u32)frame_catch);
	return "survived";
}
