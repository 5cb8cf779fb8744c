// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The programs that the demo's kernel runs in ring 3. Each counts its system calls and returns
 * the number, the last one included, so that the kernel can compare.
 */
#include "guest/images/demo/programs.h"

#define PAGER_PAGES 48u
#define FORKER_PAGES 16u
#define FORKER_COPIES (FORKER_PAGES + 1) /* and the stack's page */
#define SLEEPS 7u
#define SLEEP_MS 200u

static USER_CODE u32 call(u32 *calls, u32 number, u32 ebx, u32 ecx)
{
	++*calls;
	return syscall(number, ebx, ecx, 0);
}

#define SAY(text)                                                                                  \
	do {                                                                                       \
		static const char said[] USER_DATA = text;                                         \
		call(&calls, SYS_SAY, (u32)said, sizeof(said));                                    \
	} while (0)
#define CHECK(condition) call(&calls, SYS_CHECK, (condition), 0)
#define NOW() call(&calls, SYS_TIME, 0, 0)

/* Adds 1 to `last` (even), over and over, and must not notice that it is interrupted. */
static USER_CODE u32 adder(u32 last)
{
	u32 calls = 0, number, sum;

	while (NOW() < RUN_MS) {
		for (sum = 0, number = 1; number <= last; number++) {
			sum += number;
			__asm__ volatile("" : "+r"(sum)); /* or the compiler removes the loop */
		}
		CHECK(sum == last / 2 * (last + 1));
	}
	return calls + 1;
}

#define FPU_REGISTERS 8

/* Fills the FPU's registers, waits, and stores them. In assembly: compiled code has no FPU. */
static USER_CODE void keep_in_fpu(const u32 *in, u32 *out, u32 spins)
{
	__asm__ volatile("fildl 0(%0); fildl 4(%0); fildl 8(%0); fildl 12(%0)\n\t"
			 "fildl 16(%0); fildl 20(%0); fildl 24(%0); fildl 28(%0)\n"
			 "1: decl %2; jnz 1b\n\t"
			 "fistpl 28(%1); fistpl 24(%1); fistpl 20(%1); fistpl 16(%1)\n\t"
			 "fistpl 12(%1); fistpl 8(%1); fistpl 4(%1); fistpl 0(%1)"
			 : "+r"(in), "+r"(out), "+r"(spins)
			 :
			 : "cc", "memory");
}

static USER_CODE u32 floater(u32 seed)
{
	u32 calls = 0, in[FPU_REGISTERS], out[FPU_REGISTERS], i, same, number = seed;

	while (NOW() < RUN_MS) {
		for (i = 0; i < FPU_REGISTERS; i++)
			in[i] = number += seed;
		keep_in_fpu(in, out, 1000000);
		for (same = 0, i = 0; i < FPU_REGISTERS; i++)
			same += in[i] == out[i];
		CHECK(same == FPU_REGISTERS);
	}
	return calls + 1;
}

static USER_CODE volatile u32 *heap_page(u32 page)
{
	return (volatile u32 *)(HEAP + page * PAGE_SIZE);
}

/* How many pages of the heap hold first, first+1, first+2, ... */
static USER_CODE u32 pages_with(u32 pages, u32 first)
{
	u32 page, count = 0;

	for (page = 0; page < pages; page++)
		count += *heap_page(page) == first + page;
	return count;
}

static USER_CODE void fill_pages(u32 pages, u32 first)
{
	u32 page;

	for (page = 0; page < pages; page++)
		*heap_page(page) = first + page;
}

/* Touches memory that is not mapped yet: zeroed pages appear. */
static USER_CODE u32 pager(u32 pages)
{
	u32 calls = 0, page, zero = 0;

	for (page = 0; page < pages; page++)
		zero += *heap_page(page) == 0;
	CHECK(zero == pages);
	fill_pages(pages, 1000);
	call(&calls, SYS_SLEEP, SLEEP_MS, 0);
	CHECK(pages_with(pages, 1000) == pages);
	SAY("my pages came on demand, and stayed");
	return calls + 1;
}

/* After the fork, parent and child write to the same addresses and must not see each other. */
static USER_CODE u32 forker(u32 pages)
{
	u32 calls = 0, child, mine;

	fill_pages(pages, 5000);
	child = call(&calls, SYS_FORK, 0, 0);
	if (!child)
		calls = 0;
	CHECK(pages_with(pages, 5000) == pages);
	mine = child ? 6000 : 7000;
	fill_pages(pages, mine);
	call(&calls, SYS_SLEEP, SLEEP_MS, 0);
	CHECK(pages_with(pages, mine) == pages);
	if (child)
		SAY("parent: what the child writes is not mine");
	else
		SAY("child: what the parent writes is not mine");
	return calls + 1;
}

static USER_CODE u32 sleeper(u32 times)
{
	u32 calls = 0, before;

	while (times--) {
		before = NOW();
		call(&calls, SYS_SLEEP, SLEEP_MS, 0);
		CHECK(NOW() - before >= SLEEP_MS);
	}
	SAY("slept well, and never too short");
	return calls + 1;
}

/* Reads memory that is not its own. */
static USER_CODE u32 stray(u32 address)
{
	u32 calls = 0;

	CHECK(true);
	return *(volatile u32 *)address + calls;
}

const struct program programs[PROGRAMS] = {
    {.name = "adder", .run = adder, .argument = 300000, .busy = true},
    {.name = "adder", .run = adder, .argument = 500000, .busy = true},
    {.name = "floater", .run = floater, .argument = 3, .busy = true, .fpu = true},
    {.name = "floater", .run = floater, .argument = 7, .busy = true, .fpu = true},
    {.name = "pager", .run = pager, .argument = PAGER_PAGES, .demand = PAGER_PAGES},
    {.name = "forker",
     .run = forker,
     .argument = FORKER_PAGES,
     .demand = FORKER_PAGES,
     .copies = FORKER_COPIES},
    {.name = "sleeper", .run = sleeper, .argument = SLEEPS},
    {.name = "stray", .run = stray, .argument = (u32)image_start, .strays = true},
};
const struct program forked = {.name = "child", .copies = FORKER_COPIES};
