/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: A guest can be cloned before it has page tables of its own. No party sees the writes of
 * another, and each can make page tables of its own.
 *
 * Reason: Before the first NEW_PGTABLE the hypervisor maps a guest's memory itself.
 *
 * Method: Three parties (parties.h). In a last round each goes on to page tables of its own.
 *
 * Module: mem=4M clones=12
 * Expect: shut down "tap: "
 * Expect-clones: 8 shut down "tap: "
 */
#include "tests/guest/clones/parties.h"

#define BASE 0x5EED0000u
#define WORDS (PAGE_SIZE / sizeof(u32))
#define WINDOW 0x20000000u

static u32 page[WORDS] ALIGNED(PAGE_SIZE);
static u32 untouched[WORDS] ALIGNED(PAGE_SIZE);
static u32 stack[WORDS] ALIGNED(PAGE_SIZE);

static void write_store(u32 value)
{
	page[0] = BASE + value;
}

static u32 read_store(void)
{
	return page[0] - BASE;
}

/* In the first round nothing has been written before CLONE. */
static void write_untouched(u32 value)
{
	static bool written;

	if (value || written)
		untouched[0] = value;
	written |= value;
}

static u32 read_untouched(void)
{
	return untouched[0];
}

/* The last word of memory. */
static volatile u32 *last_word(void)
{
	return (volatile u32 *)(boot_memory() - sizeof(u32));
}

static void write_last(u32 value)
{
	*last_word() = BASE + value;
}

static u32 read_last(void)
{
	return *last_word() - BASE;
}

static void on_breakpoint(struct trap_frame *frame)
{
	(void)frame;
}

/* A trap in ring 1 pushes eflags, cs and eip. */
static void write_frame(u32 value)
{
	memset(stack, 0, sizeof(stack));
	stack[0] = value;
	if (value)
		__asm__ volatile("movl %%esp, %%ebx; movl %0, %%esp; int3; movl %%ebx, %%esp"
				 :
				 : "r"((u32)stack + PAGE_SIZE)
				 : "ebx", "memory");
}

static u32 read_frame(void)
{
	return !stack[WORDS - 1] == !stack[0] ? stack[0] : ~0u;
}

static const struct way ways[] = {
    {"a store", write_store, read_store},
    {"the first touch", write_untouched, read_untouched},
    {"the last word of memory", write_last, read_last},
    {"the frame of a trap", write_frame, read_frame},
};

/* Each has tables of its own, at the same place, that lead to the same pages. */
static void own_tables(void)
{
	u32 party;

	write_all(ways, ARRAY_SIZE(ways), 0);
	party = split();
	paging_start();
	page_map(kernel_directory, WINDOW + party * PAGE_SIZE, gpa_of(page), PTE_WRITE);
	*(volatile u32 *)(WINDOW + party * PAGE_SIZE) = BASE + party + 1;
	clock_sleep_ms(TURN_MS);
	is_equal(read_store(), party + 1, "a party has page tables of its own");
	ok(try_read(WINDOW + (party + 1) % PARTIES * PAGE_SIZE).trapped,
	   "a party's page tables lack the entries of others");
}

const char *guest_main(void)
{
	trap_handlers[VECTOR_BP] = on_breakpoint;
	play(ways, ARRAY_SIZE(ways));
	own_tables();
	done();
}
