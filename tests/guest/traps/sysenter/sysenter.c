/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: SYSENTER and SYSCALL, and the instructions for the way back, are #GP or #UD for the
 * guest, from both rings.
 *
 * Reason: They enter ring 0 without a gate.
 *
 * Method: All four, in ring 1 and in ring 3.
 *
 * Expect: shut down "tap: "
 */
#include "guest/include/kit.h"

CODE_AT(".text", kernel_sysenter, "sysenter");
CODE_AT(".text", kernel_sysexit, "sysexit");
CODE_AT(".text", kernel_syscall, ".byte 0x0F, 0x05");
CODE_AT(".text", kernel_sysret, ".byte 0x0F, 0x07");
CODE_AT(".user.text", user_sysenter, "sysenter");
CODE_AT(".user.text", user_sysexit, "sysexit");
CODE_AT(".user.text", user_syscall, ".byte 0x0F, 0x05");
CODE_AT(".user.text", user_sysret, ".byte 0x0F, 0x07");

/* #UD if the CPU does not know the instruction, else #GP. */
static void is_refused(struct outcome outcome, char *at, const char *name)
{
	bool refused = outcome.vector == VECTOR_GP || outcome.vector == VECTOR_UD;

	if (!ok(outcome.trapped && refused && !outcome.error && outcome.frame.eip == (u32)at, "%s",
		name))
		note("%s", outcome_text(&outcome));
}

const char *guest_main(void)
{
	paging_start();
	user_map(kernel_directory);
	is_refused(try_execute((u32)kernel_sysenter), kernel_sysenter, "SYSENTER in ring 1");
	is_refused(ring3_execute((u32)user_sysenter), user_sysenter, "SYSENTER in ring 3");
	is_refused(try_execute((u32)kernel_sysexit), kernel_sysexit, "SYSEXIT in ring 1");
	is_refused(ring3_execute((u32)user_sysexit), user_sysexit, "SYSEXIT in ring 3");
	is_refused(try_execute((u32)kernel_syscall), kernel_syscall, "SYSCALL in ring 1");
	is_refused(ring3_execute((u32)user_syscall), user_syscall, "SYSCALL in ring 3");
	is_refused(try_execute((u32)kernel_sysret), kernel_sysret, "SYSRET in ring 1");
	is_refused(ring3_execute((u32)user_sysret), user_sysret, "SYSRET in ring 3");
	done();
}
