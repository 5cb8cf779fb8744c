/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: A page fault of ring 3, a FLUSH_ASYNC and a SET_PTE without effect have the same
 * result whether or not the hypervisor serves them on the guest's page tables.
 *
 * Reason: The fast path is not used at first, nor in an exceptional state, so both ways must agree.
 *
 * Method: Each access is made several times, while the entries change without a hypercall. The trap
 * stack is moved to an address without a shadow entry, so that the push itself faults.
 * tests/system/fast-path.t counts the exits that the fast path saved.
 *
 * Expect: shut down "tap: 38 passed"
 */
#include "guest/include/kit.h"

#define AREA 0x20000000u
#define NO_TABLE (AREA + TABLE_SPAN)
#define ITS_TABLE (AREA + 3 * TABLE_SPAN) /* of another directory only */
#define OFFSET 0x124u
#define ROUNDS 20
#define FRAME_WORDS 6 /* of a page fault: error code, eip, cs, eflags, esp, ss */

static gva_t page(u32 index)
{
	return AREA + index * PAGE_SIZE + OFFSET;
}

static void set(u32 index, u32 flags)
{
	page_set(kernel_directory, page(index), flags ? gpa_of(page_with(index)) | flags : 0);
}

static void set_quietly(u32 index, u32 flags)
{
	page_set_quietly(kernel_directory, page(index),
			 flags ? gpa_of(page_with(index)) | flags : 0);
}

static struct outcome access(gva_t at, u32 kind)
{
	return kind & PF_WRITE ? ring3_write(at, 0) : ring3_read(at);
}

/* Refused each time, with the same error code and cr2, and with interrupts as they were. */
static void refuses(gva_t at, u32 kind, u32 present, const char *name)
{
	u32 i, bad = 0;

	for (i = 0; i < ROUNDS; i++) {
		struct outcome outcome = access(at, kind);

		bad += !outcome.trapped || outcome.vector != VECTOR_PF ||
		       outcome.error != (PF_USER | kind | present) || outcome.cr2 != at ||
		       !(outcome.frame.eflags & EFLAGS_IF);
	}
	is_equal(bad, 0, "%s is refused %u times alike", name, ROUNDS);
}

static void allows(gva_t at, u32 kind, const char *name)
{
	struct outcome outcome = access(at, kind);

	ok(!outcome.trapped, "%s: %s", name, outcome_text(&outcome));
}

static void test_refused(void)
{
	const u32 user = PTE_PRESENT | PTE_USER;

	set(0, 0);
	set(1, user);
	set(2, PTE_PRESENT | PTE_WRITE);
	refuses(page(0), 0, 0, "reading an absent page");
	refuses(page(0), PF_WRITE, 0, "a write of a read-only page");
	refuses(page(1), PF_WRITE, PF_PRESENT, "writing a read-only page");
	allows(page(1), 0, "reading that one");
	refuses(page(1), PF_WRITE, PF_PRESENT, "writing it when it has been read");
	refuses(page(2), 0, PF_PRESENT, "reading the kernel's page");
	refuses(page(2), PF_WRITE, PF_PRESENT, "a write of a read-only page");
	refuses(NO_TABLE, 0, 0, "reading where no table is");
}

#define FLAGS (EFLAGS_NT | EFLAGS_TF)

/* The fault comes in front of the single step. */
static USER_CODE u32 read_with_flags(u32 address)
{
	u32 value;

	__asm__ volatile("pushfl; orl %2, (%%esp); popfl; movl (%1), %0"
			 : "=r"(value)
			 : "r"(address), "i"(FLAGS)
			 : "cc", "memory");
	return value;
}

/* With one of these flags set, the handler would trap. */
static void test_flags(void)
{
	u32 i, bad = 0;

	for (i = 0; i < ROUNDS; i++) {
		struct outcome outcome = ring3_call(read_with_flags, page(0));

		bad += outcome.vector != VECTOR_PF || outcome.cr2 != page(0) ||
		       (outcome.frame.eflags & FLAGS) != FLAGS;
	}
	is_equal(bad, 0, "NT and TF are in the frame, and clear in the handler");
}

/* More permissions need no announcement: a CPU that faults reads the entry again. */
static void test_more_rights(void)
{
	const u32 user = PTE_PRESENT | PTE_USER;

	set(3, 0);
	refuses(page(3), 0, 0, "an absent page");
	set_quietly(3, user);
	allows(page(3), 0, "an absent page that has become present");
	refuses(page(3), PF_WRITE, PF_PRESENT, "a write of a read-only page");
	set_quietly(3, user | PTE_WRITE);
	allows(page(3), PF_WRITE, "a read-only page that has become writable");
	set(4, PTE_PRESENT);
	refuses(page(4), 0, PF_PRESENT, "a page of the kernel's");
	set_quietly(4, user);
	allows(page(4), 0, "a page of the kernel's that has become the user's");
}

static void test_new_table(void)
{
	gva_t at = NO_TABLE + TABLE_SPAN;
	pte_t upper;

	refuses(at, 0, 0, "a page without a table");
	page_map_quietly(kernel_directory, at, gpa_of(page_with(5)), PTE_USER);
	allows(at, 0, "table and page are there");
	upper = *directory_entry(kernel_directory, at);
	refuses(at, PF_WRITE, PF_PRESENT, "a write of a read-only page");
	directory_set(kernel_directory, at, 0);
	refuses(at, 0, 0, "the table is gone: reading");
	directory_set(kernel_directory, at, upper);
	allows(at, 0, "the table is back");
}

/* Two directories: one refuses an access that the other allows. */
static void test_two_spaces(void)
{
	struct page_table *other = directory_new();
	u32 i, bad = 0;

	page_map(other, ITS_TABLE, gpa_of(page_with(6)), PTE_USER);
	for (i = 0; i < ROUNDS; i++) {
		directory_switch(other);
		bad += ring3_read(ITS_TABLE).trapped + !ring3_write(ITS_TABLE, i).trapped;
		directory_switch(kernel_directory);
		bad += !ring3_read(ITS_TABLE).trapped;
	}
	is_equal(bad, 0, "each of two address spaces has its own answer");
}

/* A mapped page that was never touched: the push of the frame faults there. */
static void test_stack_not_there(void)
{
	gva_t fresh = 0xD0000000u; /* in no table in use */
	struct outcome outcome;

	page_map(kernel_directory, fresh, gpa_of(page_with(0)), PTE_WRITE);
	refuses(page(0), PF_WRITE, 0, "an absent page");
	hcall_set_stack(GUEST_DS, fresh + PAGE_SIZE, 0);
	outcome = ring3_write(page(0), 0);
	hcall_set_stack(GUEST_DS, (u32)trap_stack + sizeof(trap_stack), TRAP_STACK_PAGES);
	is_page_fault(outcome, PF_USER | PF_WRITE, page(0),
		      "an absent page faults with a stack that is not mapped yet");
	is_equal(*(u32 *)(fresh + PAGE_SIZE - FRAME_WORDS * sizeof(u32)), PF_USER | PF_WRITE,
		 "the frame on the fresh stack has the error code last");
}

static void test_set_pte(void)
{
	const u32 all = PTE_PRESENT | PTE_WRITE | PTE_USER;
	gpa_t top = gpa_of(kernel_directory);
	u32 *other = page_with(0);

	set(7, all);
	allows(page(7), PF_WRITE, "a page");
	set_quietly(7, 0);
	hcall_set_pte(top, page(7), 0);
	refuses(page(7), 0, 0, "a page that is absent after SET_PTE without effect");
	hcall_set_pte(top, page(7), 0);
	refuses(page(7), 0, 0, "a page that is absent after a second SET_PTE without effect");
	set(7, all);
	allows(page(7), PF_WRITE, "set again");
	other[OFFSET / sizeof(*other)] = 8;
	page_set_quietly(kernel_directory, page(7), gpa_of(other) | all);
	hcall_set_pte(top, page(7), 0);
	is_equal(ring3_read(page(7)).value, 8, "SET_PTE of nothing over another page: that one");
	set(7, 0);
}

/* The hypercall still runs the ring. */
static void test_flush_async(void)
{
	set(9, PTE_PRESENT | PTE_USER);
	allows(page(9), 0, "a page");
	hcall_flush_async();
	set_quietly(9, 0);
	hypercall_async(HCALL_SET_PTE, gpa_of(kernel_directory), page(9), 0, 0);
	hcall_flush_async();
	refuses(page(9), 0, 0, "a page that the ring has taken away");
	hypercall_async(HCALL_SET_PTE, gpa_of(kernel_directory), page(9), 0, 0);
	hcall_set_pte(gpa_of(kernel_directory), page(9), 0);
	is_equal(lguest_data.hcall_status[0], HCALL_SLOT_DONE, "SET_PTE runs the ring, too");
}

static void announce_by_ring(gva_t at, pte_t entry)
{
	page_set_quietly(kernel_directory, at, entry);
	hypercall_async(HCALL_SET_PTE, gpa_of(kernel_directory), at, (u32)entry,
			(u32)((u64)entry >> 32));
	hcall_flush_async();
}

static void flush(gva_t at)
{
	hcall_set_pte(gpa_of(kernel_directory), at, 0);
}

/* As mprotect() does it: announced by the ring, then flushed. */
static void test_flush_after_ring(void)
{
	u32 *first = page_with(0), *second = page_with(0);
	pte_t one = gpa_of(first) | PTE_PRESENT | PTE_USER;
	pte_t two = gpa_of(second) | PTE_PRESENT | PTE_USER;
	gva_t at = page(10);
	u32 value;

	first[OFFSET / sizeof(u32)] = 1;
	second[OFFSET / sizeof(u32)] = 2;
	refuses(at, 0, 0, "a page that is still absent");
	page_set(kernel_directory, at, two);
	is_equal(ring3_read(at).value, 2, "a page");
	announce_by_ring(at, one | PTE_ACCESSED);
	flush(at);
	is_equal(ring3_read(at).value, 1, "another page set by the ring and flushed: the new page");
	announce_by_ring(at, one | PTE_ACCESSED);
	page_set_quietly(kernel_directory, at, two);
	flush(at);
	is_equal(ring3_read(at).value, 2, "a page changed between ring and flush: as at the flush");
	announce_by_ring(at, one);
	page_set_quietly(kernel_directory, at, two);
	value = ring3_read(at).value; /* no output yet: it would be another exit */
	page_set_quietly(kernel_directory, at, one);
	flush(at);
	is_equal(ring3_read(at).value, 1,
		 "changed after the ring, used, changed back and flushed: as at the flush");
	is_equal(value, 2, "changed after the ring and used before the flush: as changed");
}

const char *guest_main(void)
{
	paging_start();
	user_map(kernel_directory);
	test_refused();
	test_flags();
	test_more_rights();
	test_new_table();
	test_two_spaces();
	test_stack_not_there();
	test_set_pte();
	test_flush_async();
	test_flush_after_ring();
	done();
}
