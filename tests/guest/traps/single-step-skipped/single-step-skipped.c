/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: With TF set there is a debug trap behind IN, OUT and CLI in ring 1 too.
 *
 * Reason: The hypervisor emulates them; a CPU that executed them would trap behind each (Intel SDM
 * 3, 17.3.1.4).
 *
 * Method: POPF sets TF; a trap handler records each eip, in front of CLI, IN and NOP.
 *
 * Expect: shut down "tap: "
 */
#include "guest/include/kit.h"

#define STEPS_MAX 16

static u32 steps[STEPS_MAX], count;

static void on_debug(struct trap_frame *frame)
{
	if (count < STEPS_MAX)
		steps[count++] = frame->eip;
}

extern char step_start[], step_in[], step_nop[], step_end[];

static bool was_step(const char *eip)
{
	u32 i;

	for (i = 0; i < count; i++)
		if (steps[i] == (u32)eip)
			return true;
	return false;
}

const char *guest_main(void)
{
	paging_start();
	trap_handlers[VECTOR_DB] = on_debug;
	__asm__ volatile("pushfl\n\t"
			 "pushfl\n\t"
			 "orl %0, (%%esp)\n\t"
			 "popfl\n"
			 "step_start:\tcli\n"
			 "step_in:\tinb $0x60, %%al\n"
			 "step_nop:\tnop\n"
			 "step_end:\tpopfl\n\t"
			 "nop"
			 :
			 : "i"(EFLAGS_TF)
			 : "eax", "memory");
	ok(was_step(step_in), "a debug trap comes after CLI");
	ok(was_step(step_nop), "a debug trap comes after IN");
	ok(was_step(step_end), "a debug trap comes after NOP");
	done();
}
