/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: The hypercall instruction in ring 3 is #GP with error code 0xFA for the guest's
 * kernel, and no hypercall happens.
 *
 * Reason: A process must not be able to switch off its kernel or to change its page tables.
 *
 * Method: Ring 3 makes SHUTDOWN, a hypercall that does not exist, and FLUSH_ASYNC with a slot in
 * the ring. The kernel lives, and the ring is unchanged.
 *
 * Expect: shut down "tap: "
 */
#include "guest/include/kit.h"

#define ERROR_HYPERCALL (HCALL_VECTOR * 8 + 2) /* IDT bit (Intel SDM 3, 6.13) */
#define NO_HYPERCALL 11

static USER_CODE u32 try_hypercall(u32 number)
{
	hypercall(number, 0, SHUTDOWN_POWEROFF, 0, 0);
	return number;
}

const char *guest_main(void)
{
	struct outcome outcome;
	u32 i, waiting = 0;

	paging_start();
	user_map(kernel_directory);
	is_trap(ring3_call(try_hypercall, HCALL_SHUTDOWN), VECTOR_GP, ERROR_HYPERCALL,
		"SHUTDOWN in ring 3 is #GP");
	is_trap(ring3_call(try_hypercall, NO_HYPERCALL), VECTOR_GP, ERROR_HYPERCALL,
		"an unknown hypercall in ring 3 is #GP");

	hypercall_async(HCALL_FLUSH_ASYNC, 0, 0, 0, 0);
	outcome = ring3_call(try_hypercall, HCALL_FLUSH_ASYNC);
	for (i = 0; i < HCALL_RING_SIZE; i++)
		waiting += lguest_data.hcall_status[i] == HCALL_SLOT_TODO;
	is_trap(outcome, VECTOR_GP, ERROR_HYPERCALL, "FLUSH_ASYNC in ring 3 is #GP");
	is_equal(waiting, 1, "ring 3's hypercall leaves the ring unchanged");
	is_equal(outcome.frame.cs, USER_CS, "the trap is ring 3's");
	done();
}
