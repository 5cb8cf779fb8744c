/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: LOAD_GDT_ENTRY with the descriptor of a task state segment kills the guest.
 *
 * Reason: A far jump to it would load each register, also the cs of ring 0, from the guest's
 * memory.
 *
 * Method: A complete task state with the hypervisor's code segment, and a jump to it, in case it
 * works.
 *
 * Expect: killed "bad segment descriptor"
 */
#include "guest/include/kit.h"

#define ENTRY 20
#define SIZE 104 /* of a 32-bit task state (Intel SDM 3, 7.2.1) */
#define EIP 8    /* words in it */
#define CS 19
#define HOST_CS (33 * 8)

static u32 task_state[SIZE / 4];

static void in_ring_0(void)
{
	for (;;)
		__asm__ volatile("cli; hlt");
}

const char *guest_main(void)
{
	struct descriptor tss = descriptor_make((u32)task_state, SIZE - 1, 1, SEGMENT_TSS32);

	tss.high &= ~SEGMENT_CODE_OR_DATA;
	task_state[EIP] = (u32)in_ring_0;
	task_state[CS] = HOST_CS;
	descriptor_load(ENTRY, tss);
	__asm__ volatile("ljmp %0, $0" : : "i"(ENTRY * 8));
	return "survived";
}
