/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: LOAD_IDT_ENTRY for vectors 2, 8, 15 and 0x1F is ignored, whatever the gate.
 *
 * Reason: These vectors are the machine's and the hypervisor's. A kernel that fills a whole IDT
 * does no harm.
 *
 * Method: A task gate, which kills for any other vector, then a good gate. Hypercalls still work,
 * from ring 1 only.
 *
 * Expect: shut down "tap: "
 */
#include "guest/include/kit.h"

#define TASK_GATE (0x5 << 8)
#define ERROR_IDT 2 /* in a selector error code (Intel SDM 3, 6.13) */

static USER_CODE u32 hypercall_in_ring3(u32 number)
{
	hypercall(number, 0, 0, 0, 0);
	return number;
}

const char *guest_main(void)
{
	static const u8 ignored[] = {VECTOR_NMI, VECTOR_DF, 15, HCALL_VECTOR};
	u32 i;

	paging_start();
	user_map(kernel_directory);
	for (i = 0; i < ARRAY_SIZE(ignored); i++) {
		hcall_load_idt_entry(ignored[i], GUEST_CS << 16, TASK_GATE | GATE_PRESENT);
		ok(true, "a task gate for vector %u does not kill", ignored[i]);
		gate_set(ignored[i], GATE_TRAP, 3, (u32)frame_catch);
	}
	is_fine(try_call(hypercall_in_ring3, HCALL_FLUSH_ASYNC), "0x1F is still the hypercall");
	is_trap(ring3_call(hypercall_in_ring3, HCALL_FLUSH_ASYNC), VECTOR_GP,
		HCALL_VECTOR * 8 + ERROR_IDT, "the hypercall is not open to ring 3");
	done();
}
