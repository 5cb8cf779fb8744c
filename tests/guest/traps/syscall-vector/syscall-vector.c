/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: syscall_vec at LGUEST_INIT may be any vector from 0x30 up. Ring 3 enters by it
 * directly through a trap gate, and by any other vector from 0x30 up whose gate has DPL 3. A gate
 * with DPL 0 is #GP.
 *
 * Reason: Kernels use 0x30, 0x40 and 0x80. The CPU decides by the gate's DPL alone (Intel SDM 2,
 * INT n).
 *
 * Method: The case is the vector. From ring 3, 0xFF and 0x32 are tried as well, with irq_enabled 0;
 * a frame that the CPU pushed shows IF set nevertheless.
 *
 * Case: 48 shut down "tap: "
 * Case: 64 shut down "tap: "
 * Case: 128 shut down "tap: "
 * Case: 255 shut down "tap: "
 */
#include "guest/include/kit.h"

const u32 guest_options = GUEST_NO_INIT;

#define CODE_PAGE 0x20000000u
#define OPCODE_INT 0xCD
#define INT_SIZE 2
#define ERROR_IDT 2 /* in a selector error code (Intel SDM 3, 6.13) */
#define OPEN 0xFE   /* with a gate of DPL 3, too */
#define CLOSED 0x32

static volatile u8 *code;

/* `int vector` in ring 3, and how many words of its frame to look at. */
static bool try_int(u32 vector, u32 words)
{
	struct iret_frame start = {CODE_PAGE, USER_CS, EFLAGS_ALWAYS, USER_STACK_TOP, USER_DS};

	code[0] = OPCODE_INT;
	code[1] = vector;
	return try_frame(enter_ring3, (u32)&start, words);
}

static void arrives(u32 vector)
{
	gate_set(vector, GATE_TRAP, 3, (u32)frame_catch);
	ok(try_int(vector, 3), "int %#x arrives", vector);
	is_equal(caught_frame.words[0], CODE_PAGE + INT_SIZE, "the frame points behind the INT");
	is_equal(caught_frame.words[2], EFLAGS_ALWAYS | EFLAGS_IF, "pushed by the CPU: IF is set");
}

static void is_refused(u32 vector)
{
	gate_set(vector, GATE_TRAP, 0, (u32)frame_catch);
	ok(try_int(vector, 2), "int %#x arrives as well", vector);
	is_equal(caught_frame.words[0], vector * 8 + ERROR_IDT,
		 "the #GP has the vector's error code");
	is_equal(caught_frame.words[1], CODE_PAGE, "at the instruction itself");
}

const char *guest_main(void)
{
	u32 vector = boot_option_number("case", SYSCALL_VECTOR);

	lguest_data.syscall_vec = vector;
	hcall_lguest_init(gpa_of(&lguest_data));
	kit_start_traps();
	paging_start();
	user_map(kernel_directory);
	code = page_alloc();
	page_map(kernel_directory, CODE_PAGE, gpa_of(code), PTE_USER);
	gate_set(VECTOR_GP, GATE_TRAP, 0, (u32)frame_catch);
	arrives(vector);
	arrives(OPEN);
	is_refused(CLOSED);
	is_refused(vector);
	done();
}
