/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: IRET and POPF in ring 1 with any of NT, IOPL, TF and AC set give ring 1 no more than
 * NT, TF and AC. A hypercall behind them works and changes none of them.
 *
 * Reason: With IOPL the guest would own the ports and the interrupt flag; NT makes an IRET a task
 * switch. VM is in hostile-vm86.
 *
 * Method: Each combination, by IRET and by POPF, in front of a hypercall and a UD2, whose frame
 * shows the flags. With TF the debug trap comes first.
 *
 * Expect: shut down "tap: 32 passed"
 */
#include "guest/include/kit.h"

CODE_AT(".text", by_iret,
	"pushl %eax; pushl %cs; pushl $hypercall_and_trap; iret\n"
	"hypercall_and_trap: xorl %eax, %eax; int $0x1f; ud2");
CODE_AT(".text", by_popf, "pushl %eax; popfl; xorl %eax, %eax; int $0x1f; ud2");

static u32 iret_with(u32 flags)
{
	__asm__ volatile("jmp by_iret" : : "a"(flags) : "memory");
	return flags;
}

static u32 popf_with(u32 flags)
{
	__asm__ volatile("jmp by_popf" : : "a"(flags) : "memory");
	return flags;
}

static void test_flags(u32 (*function)(u32), u32 flags, const char *name)
{
	const u32 kept = EFLAGS_NT | EFLAGS_TF | EFLAGS_AC;
	u32 vector = flags & EFLAGS_TF ? VECTOR_DB : VECTOR_UD;
	struct outcome outcome = try_call(function, flags | EFLAGS_ALWAYS | EFLAGS_IF);
	u32 after = outcome.frame.eflags;

	ok(outcome.trapped && outcome.vector == vector && !(after & EFLAGS_IOPL) &&
	       (after & kept) == (flags & kept),
	   "%s with %#x: trap %u, eflags %#x", name, flags, outcome.vector, after);
}

const char *guest_main(void)
{
	static const u32 bits[] = {EFLAGS_NT, EFLAGS_IOPL, EFLAGS_TF, EFLAGS_AC};
	u32 i, choice, flags;

	paging_start();
	for (choice = 0; choice < 1u << ARRAY_SIZE(bits); choice++) {
		flags = 0;
		for (i = 0; i < ARRAY_SIZE(bits); i++)
			flags |= choice >> i & 1 ? bits[i] : 0;
		test_flags(iret_with, flags, "IRET");
		test_flags(popf_with, flags, "POPF");
	}
	done();
}
