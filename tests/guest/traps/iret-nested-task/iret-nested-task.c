/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: IRET with NT set in ring 1 is #TS for the guest.
 *
 * Reason: It is the one task switch that a guest's kernel can ask for: the CPU reads the back link
 * of the hypervisor's TSS (Intel SDM 3, 7.4).
 *
 * Method: POPF sets NT, then IRET.
 *
 * Expect: shut down "tap: "
 */
#include "guest/include/kit.h"

static u32 nested_iret(u32 unused)
{
	__asm__ volatile("pushfl; orl %0, (%%esp); popfl; iret" : : "i"(EFLAGS_NT) : "memory");
	return unused;
}

const char *guest_main(void)
{
	paging_start();
	is_trap(try_call(nested_iret, 0), VECTOR_TS, 0, "IRET with NT");
	done();
}
