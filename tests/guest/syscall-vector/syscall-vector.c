// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Behaviour: with syscall_vec = 0x40 at LGUEST_INIT, ring 3 enters by `int 0x40`, straight through
 * a trap gate, and `int 0x80` is #GP.
 *
 * Reason: 0x40 is the alternative that the ABI gives, and only one vector may be open to ring 3.
 *
 * Method: both, from ring 3, with irq_enabled 0: a frame that the CPU pushed shows IF set all the
 * same.
 *
 * Expect: shut down "tap: "
 */
#include "guest/include/kit.h"

const u32 guest_options = GUEST_NO_INIT;

#define ERROR_0X80 (SYSCALL_VECTOR * 8 + 2) /* IDT bit (Intel SDM 3, 6.13) */

CODE_AT(".user.text", user_syscall, "int $0x40");
CODE_AT(".user.text", user_other, "int $0x80");

static bool enter_at(char *code, u32 words)
{
	struct iret_frame start = {(u32)code, USER_CS, EFLAGS_ALWAYS, USER_STACK_TOP, USER_DS};

	return try_frame(enter_ring3, (u32)&start, words);
}

const char *guest_main(void)
{
	lguest_data.syscall_vec = SYSCALL_VECTOR_ALTERNATE;
	hcall_lguest_init(gpa_of(&lguest_data));
	kit_start_traps();
	paging_start();
	user_map(kernel_directory);
	gate_set(SYSCALL_VECTOR_ALTERNATE, GATE_TRAP, 3, (u32)frame_catch);
	gate_set(SYSCALL_VECTOR, GATE_TRAP, 3, (u32)frame_catch);
	gate_set(VECTOR_PROTECTION, GATE_TRAP, 0, (u32)frame_catch);

	ok(enter_at(user_syscall, 3), "int 0x40 arrives");
	is_equal(caught_frame.words[0], (u32)user_syscall + 2, "its frame points behind it");
	is_equal(caught_frame.words[2], EFLAGS_ALWAYS | EFLAGS_IF, "pushed by the CPU: IF is set");
	ok(enter_at(user_other, 2), "int 0x80 arrives as well");
	is_equal(caught_frame.words[0], ERROR_0X80, "but as #GP, with its error code");
	is_equal(caught_frame.words[1], (u32)user_other, "at the instruction itself");
	done();
}
