/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: The monitor shows a guest's page tables and calls correctly. For a guest that makes
 * both as confusing as it can, it shows something in bounded time, and guest and hypervisor live
 * on.
 *
 * Reason: `walk` reads page tables that the guest writes, `bt` follows frame pointers that are the
 * guest's, and both run in the hypervisor, with interrupts off.
 *
 * Method: The guest spins, in a chain of three functions with pages mapped as
 * tests/system/monitor.t expects (case=calls). Or it spins in a list of frame pointers that lead to
 * nothing, to themselves, back, up without end, into the Switcher and into tables that are their
 * own tables (case=rubbish).
 *
 * Case: calls killed "from the monitor"
 * Case: rubbish killed "from the monitor"
 * Runner: tests/system/monitor.t
 */
#include "guest/include/kit.h"

/* tests/system/monitor.t has the same values. */
#define READ_ONLY 0x20000000u
#define WRITTEN 0x20001000u
#define BROKEN 0x20002000u
#define USERS 0x20003000u
#define RECURSIVE 0x30000000u

#define ROUNDS 20000 /* that each frame pointer stays */

static volatile u32
    stop; /* never true, but the compiler does not know, and keeps the chain of calls */

static NOINLINE u32 innermost(u32 depth)
{
	void *volatile frame =
	    __builtin_frame_address(0); /* so that it has a frame, though it makes no call */

	(void)frame;
	while (!stop)
		;
	return depth;
}

static NOINLINE u32 middle(u32 depth)
{
	return innermost(depth + stop) + stop;
}

static NOINLINE u32 outermost(u32 depth)
{
	return middle(depth + stop) + stop;
}

static void map_pages(void)
{
	page_map(kernel_directory, READ_ONLY, gpa_of(page_with(1)), 0);
	page_map(kernel_directory, WRITTEN, gpa_of(page_with(2)), PTE_WRITE);
	page_map(kernel_directory, USERS, gpa_of(page_with(3)), PTE_WRITE | PTE_USER);
	page_set_quietly(kernel_directory, BROKEN, 0xFFFFF000u | PTE_PRESENT | PTE_WRITE);
	try_read(READ_ONLY);
	try_write(WRITTEN, 4);
}

/* A table that is its own table: a walk without a bound would not end. */
static void map_recursively(void)
{
	struct page_table *table;

	page_map(kernel_directory, RECURSIVE, gpa_of(page_with(5)), PTE_WRITE);
	table = table_of(kernel_directory, RECURSIVE);
	for (u32 i = 0; i < TABLE_ENTRIES; i++)
		table->entry[i] = gpa_of(table) | PTE_PRESENT | PTE_WRITE | PTE_USER;
}

static void spin_with_frame_pointer(u32 frame)
{
	u32 rounds = ROUNDS;

	__asm__ volatile("pushl %%ebp\n\t"
			 "movl %1, %%ebp\n"
			 "1: decl %0\n\t"
			 "jnz 1b\n\t"
			 "popl %%ebp"
			 : "+r"(rounds)
			 : "r"(frame)
			 : "cc", "memory");
}

static void spin_with_rubbish(void)
{
	static u32 upward[1024][2], itself[2], there[2], back[2];
	const u32 frames[] = {
	    (u32)(uintptr_t)upward,
	    (u32)(uintptr_t)itself,
	    (u32)(uintptr_t)there,
	    1,
	    3,
	    4,
	    0xFFFFFFFFu,
	    0xFFFFFFFCu,
	    0xFFFFFFF8u,
	    0xFFC00000u,
	    0xFFC01000u,
	    0xFFBFFFFCu,
	    BROKEN,
	    BROKEN - 4,
	    RECURSIVE,
	    RECURSIVE + TABLE_SPAN - 4,
	    READ_ONLY,
	    (u32)(uintptr_t)upward + 1,
	};

	for (u32 i = 0; i < ARRAY_SIZE(upward); i++)
		upward[i][0] = (u32)(uintptr_t)upward[i + 1];
	itself[0] = (u32)(uintptr_t)itself;
	there[0] = (u32)(uintptr_t)back;
	back[0] = (u32)(uintptr_t)there;
	for (u32 i = 0;; i = (i + 1) % ARRAY_SIZE(frames))
		spin_with_frame_pointer(frames[i]);
}

const char *guest_main(void)
{
	char which[16] = "";

	paging_start();
	map_pages();
	printf("ready\n");
	boot_option_value("case", which, sizeof(which));
	if (!strcmp(which, "calls"))
		outermost(1);
	map_recursively();
	spin_with_rubbish();
	return "never";
}
