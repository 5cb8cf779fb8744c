/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: IN of 15 bytes, prefixes included, is skipped; IN of 16 bytes is #GP.
 *
 * Reason: No instruction is longer than 15 bytes (Intel SDM 2, 2.3.11). The CPU's #GP for a longer
 * one must not be taken for that of a port.
 *
 * Method: The prefix 0x66 as often as necessary, then IN AL, DX or IN AL, imm, in a page, with UD2
 * behind it.
 *
 * Expect: shut down "tap: "
 */
#include "guest/include/kit.h"

#define CODE 0x20000000u
#define OPERAND_SIZE 0x66
#define IN_DX 0xEC
#define IN_PORT 0xE4
#define RET 0xC3
#define LONGEST 15

static u8 *page;

static u32 call_code(u32 address)
{
	return ((u32(*)(void))address)();
}

static struct outcome try_in_of(u32 bytes, bool dx)
{
	u8 *code = page;
	u32 i;

	for (i = 0; i < bytes - (dx ? 1 : 2); i++)
		*code++ = OPERAND_SIZE;
	*code++ = dx ? IN_DX : IN_PORT;
	if (!dx)
		*code++ = 0;
	*code = RET;
	return try_call(call_code, CODE);
}

const char *guest_main(void)
{
	bool dx;
	u32 i;

	paging_start();
	page = page_alloc();
	page_map(kernel_directory, CODE, gpa_of(page), 0);
	for (i = 0; i < 2; i++) {
		dx = i;
		is_fine(try_in_of(LONGEST, dx), "15 bytes are skipped");
		is_trap(try_in_of(LONGEST + 1, dx), VECTOR_GP, 0, "16 are #GP");
	}
	done();
}
