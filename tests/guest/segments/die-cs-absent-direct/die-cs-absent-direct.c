/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: A guest whose code or stack segment becomes absent while its kernel uses it is killed,
 * although vectors 11 and 12 have direct gates.
 *
 * Reason: IRET to an absent segment is #NP in ring 0. A direct gate to ring 1 cannot take that
 * (Intel SDM 3, 6.12.1.1): it becomes #GP, then #DF. A handler that tried the VM entry again would
 * never end.
 *
 * Method: The kit's gates are trap gates to entry 12. The guest changes over to a copy of it, entry
 * 20, and makes that absent; in the other case its stack segment, entry 21.
 *
 * Case: cs  killed "cannot go on at 0xa1:"
 * Case: ss  killed "cannot go on at 0x61:"
 */
#include "guest/include/kit.h"

#define CODE 20
#define STACK 21
#define SELECTOR(entry) ((entry)*8 + 1)

static void make_absent(u32 entry, struct descriptor d)
{
	d.high &= ~SEGMENT_PRESENT;
	descriptor_load(entry, d);
}

static void lose_code_segment(void)
{
	struct descriptor code = descriptor_make(0, 0xFFFFFFFF, 1, SEGMENT_CODE | SEGMENT_READABLE);

	descriptor_load(CODE, code);
	__asm__ volatile("ljmp %0, $1f\n1:" : : "i"(SELECTOR(CODE)));
	hcall_flush_async(); /* it serves */
	make_absent(CODE, code);
}

static void lose_stack_segment(void)
{
	struct descriptor stack = descriptor_make(0, 0xFFFFFFFF, 1, SEGMENT_WRITABLE);

	descriptor_load(STACK, stack);
	__asm__ volatile("movl %0, %%ss" : : "r"(SELECTOR(STACK)));
	hcall_flush_async();
	make_absent(STACK, stack);
}

static const struct boot_case cases[] = {
    {"cs", lose_code_segment},
    {"ss", lose_stack_segment},
};

const char *guest_main(void)
{
	boot_run_case(cases, ARRAY_SIZE(cases));
	return "survived";
}
