/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "arch/x86/stacks.h"

PER_CPU_PAGES struct guarded_stack boot_stack;
PER_CPU_PAGES struct guarded_stack double_fault_stack;

__asm__(".global boot_stack_end, double_fault_stack_end\n"
	".set boot_stack_end, boot_stack + 4 * 0x1000\n"
	".set double_fault_stack_end, double_fault_stack + 4 * 0x1000\n");
_Static_assert(sizeof(struct guarded_stack) == 4 * 0x1000, "the .set lines above");

static bool is_inside(u32 at, const u8 *guard)
{
	return at - (u32)(uintptr_t)guard < PAGE_BYTES;
}

const char *guard_page_of(u32 at)
{
	if (is_inside(at, boot_stack.guard))
		return "the CPU's stack";
	if (is_inside(at, double_fault_stack.guard))
		return "the double fault stack";
	return NULL;
}
