// SPDX-License-Identifier: GPL-2.0-or-later
/* The report of an event, on shadow page tables that the tests write themselves: each change has its line, once; all
 * frames come back. */
#include "tests/unit/native.h"

#include <stdio.h>
#include <string.h>

#include "hv/base/stretch.h"
#include "hv/domain/domain_run.h"
#include "hv/hypercalls.h"
#include "mm/frame_map.h"

#define FRAMES 1024u
#define FIRST 0x100u
#define RAM (FRAMES - FIRST)
#define RIGHTS 0x67u /* present, write, user, accessed, dirty */
#define IN_SYNC 0x200u

static struct domain domain;
static struct shadow_engine engine;
static struct frame_account tables;
static u32 pieces; /* of the last report */
static char lines[1 << 16];

/* -- What the report uses ---------------------------------------------------------------------- */

void watch_port_send(struct watch_text *line)
{
	strncat(lines, line->text, line->size);
	strcat(lines, "\n");
}

const char *hypercall_name(u32 number)
{
	return number == HCALL_SET_PTE ? "SET_PTE" : NULL;
}

/* -- The guest --------------------------------------------------------------------------------- */

static struct shadow *shadow(void)
{
	return &domain.guest.space.shadow;
}

static u64 *wide_entries(pfn_t page)
{
	return frame_map(page);
}

static void set_entry(pfn_t page, u32 index, u64 entry)
{
	if (engine.pae_shadow)
		wide_entries(page)[index] = entry;
	else
		((u32 *)frame_map(page))[index] = (u32)entry;
}

static u32 entries_of_page(void)
{
	return engine.pae_shadow ? 512 : 1024;
}

static pfn_t new_frame(void)
{
	pfn_t frame = to_pfn(0);

	assert_true(frame_alloc_zeroed(&tables, &frame));
	return frame;
}

static u64 entry_for(pfn_t frame)
{
	return ((u64)pfn_value(frame) << FRAME_SHIFT) + RIGHTS;
}

static pfn_t *pages_of(u32 set)
{
	return set == WATCH_SHARED ? shadow()->kernel_pages : shadow()->directories[set].pages;
}

static struct table_set *set_at(u32 set)
{
	return set == WATCH_SHARED ? &shadow()->kernel : &shadow()->directories[set].user;
}

static void open_directory(u32 set, u32 top)
{
	if (set != WATCH_SHARED) {
		shadow()->directories[set].used = true;
		shadow()->directories[set].top = to_gpa(top);
	}
	for (u32 i = 0; i < (engine.pae_shadow ? 4 : 1); i++)
		if (!pfn_value(pages_of(set)[i]))
			pages_of(set)[i] = new_frame();
}

static void link_table(u32 set, u32 pde, u64 spde)
{
	u32 bit = 1u << pde % 32;

	set_entry(pages_of(set)[pde / entries_of_page()], pde % entries_of_page(), spde);
	set_at(set)->count += !!spde - !!(set_at(set)->present[pde / 32] & bit);
	set_at(set)->present[pde / 32] &= ~bit;
	set_at(set)->present[pde / 32] |= spde ? bit : 0;
}

static pfn_t make_table(u32 set, u32 pde)
{
	pfn_t table = new_frame();

	link_table(set, pde, entry_for(table));
	return table;
}

/* The lines of an event with these calls of the ring. */
static const char *report(u32 ring_calls)
{
	*lines = 0;
	pieces = 0;
	domain.watch.events++;
	watch_report_begin(&domain, ring_calls);
	while (watch_report_piece(&domain))
		assert_true(++pieces < 10000);
	return lines;
}

static void start_guest(bool wide)
{
	memset(&domain, 0, sizeof(domain));
	strcpy(domain.name, "g");
	engine = (struct shadow_engine){.pae_shadow = wide, .pde_shift = wide ? 21 : 22};
	shadow()->engine = &engine;
	for (u32 i = 0; i < SHADOW_DIRECTORIES; i++)
		shadow()->directories[i].top = to_gpa(NO_TOP);
	machine_start(FRAMES);
	machine_add_ram(FIRST, RAM);
	assert_true(frames_open(&tables, OWNER_FIRST_GUEST, RAM / 2));
	open_directory(WATCH_SHARED, 0);
}

static int start_narrow(void **state)
{
	(void)state;
	start_guest(false);
	return 0;
}

static int start_wide(void **state)
{
	(void)state;
	start_guest(true);
	return 0;
}

/* All copies come back; the test's own frames are lost with the machine. */
static int stop(void **state)
{
	(void)state;
	parts_left = UINT32_MAX;
	assert_int_equal(watch_close(&domain), DONE);
	assert_int_equal(frames_free_count(), RAM - tables.used);
	machine_stop();
	return 0;
}

#define narrow_test(name) cmocka_unit_test_setup_teardown(name, start_narrow, stop)
#define wide_test(name) cmocka_unit_test_setup_teardown(name, start_wide, stop)

/* -- Tests ------------------------------------------------------------------------------------- */

static void a_table_is_made_with_its_entries_then_changes_then_is_dropped(void **state)
{
	pfn_t table;

	(void)state;
	open_directory(3, 0x131000);
	table = make_table(3, 2);
	set_entry(table, 0, 0x7001067);
	set_entry(table, 1023, 0x7002065);
	assert_string_equal(
	    report(0),
	    "table guest=g n=1 what=made top=0x131000 at=0x800000 spde=0>0x102067 entries=0 pages=1024\n"
	    "entry guest=g n=1 top=0x131000 at=0x800000 spte=0>0x7001067\n"
	    "entry guest=g n=1 top=0x131000 at=0xbff000 spte=0>0x7002065\n");
	assert_string_equal(report(0), "");
	set_entry(table, 0, 0);
	set_entry(table, 5, 0x7003067);
	assert_string_equal(report(0),
			    "entry guest=g n=3 top=0x131000 at=0x800000 spte=0x7001067>0\n"
			    "entry guest=g n=3 top=0x131000 at=0x805000 spte=0>0x7003067\n");
	link_table(3, 2, 0);
	assert_string_equal(
	    report(0), "table guest=g n=4 what=dropped top=0x131000 at=0x800000 spde=0x102067>0 "
		       "entries=2 pages=1024\n");
	assert_string_equal(report(0), "");
}

static void entries_of_64_bits_have_no_execute(void **state)
{
	pfn_t table;

	(void)state;
	open_directory(0, 0x20);
	table = make_table(0, 513);
	set_entry(table, 511, 0x8000000007001067ull);
	assert_string_equal(
	    report(0),
	    "table guest=g n=1 what=made top=0x20 at=0x40200000 spde=0>0x108067 entries=0 pages=512\n"
	    "entry guest=g n=1 top=0x20 at=0x403ff000 spte=0>0x8000000007001067\n");
	set_entry(table, 511, 0x7001067);
	assert_string_equal(
	    report(0),
	    "entry guest=g n=2 top=0x20 at=0x403ff000 spte=0x8000000007001067>0x7001067\n");
}

/* The bit that says that a page table is in sync is the engine's own. */
static void rights_of_a_directory_entry_change_but_not_its_own_bit(void **state)
{
	pfn_t table;

	(void)state;
	open_directory(0, 0x1000);
	table = make_table(0, 0);
	report(0);
	link_table(0, 0, entry_for(table) | IN_SYNC);
	assert_string_equal(report(0), "");
	link_table(0, 0, entry_for(table) & ~2ull);
	assert_string_equal(report(0),
			    "table guest=g n=3 what=changed top=0x1000 at=0 spde=0x102067>0x102065 "
			    "entries=0 pages=1024\n");
}

static void the_linear_map_and_the_shared_part_have_names(void **state)
{
	(void)state;
	open_directory(0, NO_TOP);
	make_table(0, 0);
	set_entry(make_table(WATCH_SHARED, 768), 1, 0x7001063);
	assert_string_equal(
	    report(0),
	    "table guest=g n=1 what=made top=linear at=0 spde=0>0x102067 entries=0 pages=1024\n"
	    "table guest=g n=1 what=made top=shared at=0xc0000000 spde=0>0x103067 entries=0 pages=1024\n"
	    "entry guest=g n=1 top=shared at=0xc0001000 spte=0>0x7001063\n");
}

/* The place in the cache is another directory's, and has a page table for the same addresses. */
static void a_directory_that_is_replaced_has_lost_its_tables(void **state)
{
	(void)state;
	open_directory(7, 0x1000);
	set_entry(make_table(7, 4), 0, 0x7001067);
	report(0);
	link_table(7, 4, 0);
	open_directory(7, 0x2000);
	set_entry(make_table(7, 4), 0, 0x7001067);
	assert_string_equal(
	    report(0),
	    "table guest=g n=2 what=dropped top=0x1000 at=0x1000000 spde=0x102067>0 entries=1 pages=1024\n"
	    "table guest=g n=2 what=made top=0x2000 at=0x1000000 spde=0>0x103067 entries=0 pages=1024\n"
	    "entry guest=g n=2 top=0x2000 at=0x1000000 spte=0>0x7001067\n");
}

static void calls_of_the_ring_come_first(void **state)
{
	static u8 data[FRAME_SIZE * 2];

	(void)state;
	domain.guest.shared = (void *)data;
	domain.watch.ring_next = HCALL_RING_SIZE - 1;
	domain.guest.shared->hcalls[HCALL_RING_SIZE - 1] =
	    (struct hypercall_slot){.eax = HCALL_SET_PTE, .ebx = 1, .ecx = 2, .edx = 3, .esi = 4};
	domain.guest.shared->hcalls[0] = (struct hypercall_slot){.eax = 99};
	open_directory(0, 0x1000);
	make_table(0, 0);
	assert_string_equal(
	    report(2),
	    "ring guest=g n=1 what=SET_PTE a=0x1 b=0x2 c=0x3 d=0x4\n"
	    "ring guest=g n=1 what=- a=0 b=0 c=0 d=0\n"
	    "table guest=g n=1 what=made top=0x1000 at=0 spde=0>0x102067 entries=0 pages=1024\n");
}

/* The frames that are left go to the page tables that come first. */
static void without_frames_a_table_is_named_in_each_event(void **state)
{
	struct frame_account rest;

	(void)state;
	open_directory(0, 0x1000);
	set_entry(make_table(0, 0), 0, 0x7001067);
	make_table(0, 1);
	assert_true(frames_open(&rest, OWNER_FIRST_GUEST + 1, frames_uncommitted() - 2));
	report(0);
	assert_non_null(strstr(lines, "what=made top=0x1000 at=0 "));
	assert_non_null(
	    strstr(lines, "table guest=g n=1 what=unseen top=0x1000 at=0x400000 spde=0>0x103067"));
	assert_string_equal(report(0),
			    "table guest=g n=2 what=unseen top=0x1000 at=0x400000 spde=0>0x103067 "
			    "entries=0 pages=1024\n");
	frames_close(&rest);
	assert_string_equal(report(0),
			    "table guest=g n=3 what=made top=0x1000 at=0x400000 spde=0>0x103067 "
			    "entries=0 pages=1024\n");
}

static void a_guest_that_has_ended_has_no_more_lines(void **state)
{
	(void)state;
	open_directory(0, 0x1000);
	make_table(0, 0);
	domain.guest.space.state = GUEST_KILLED;
	assert_string_equal(report(0), "");
}

static void copies_are_freed_in_parts(void **state)
{
	u32 parts = 1, before = frames_free_count();

	(void)state;
	open_directory(0, 0x1000);
	for (u32 pde = 0; pde < 100; pde++)
		make_table(0, pde);
	report(0);
	assert_int_equal(frames_free_count(), before - tables.used + 1 - 200);
	while (parts_left = 9, watch_close(&domain) == AGAIN)
		parts++;
	assert_int_equal(parts, 11); /* ten frees in each, and a last one that finds none left */
}

/* A mirror that follows the lines has all tables, after random changes. */
static void random_changes_are_all_told(void **state)
{
	static u32 mirror[4][8][1024];
	static pfn_t made[4][8];
	static bool there[4][8];

	(void)state;
	memset(mirror, 0, sizeof(mirror));
	memset(there, 0, sizeof(there));
	for (u32 set = 0; set < 4; set++)
		open_directory(set, 0x1000 * (set + 1));
	for (u32 event = 0; event < 2000; event++) {
		for (u32 changes = random_below(6); changes; changes--) {
			u32 set = random_below(4), pde = random_below(8),
			    entry = random_below(1024);

			if (!there[set][pde] && !pfn_value(made[set][pde]))
				made[set][pde] = new_frame();
			if (!there[set][pde] || !random_below(20)) {
				there[set][pde] = !there[set][pde];
				memset(frame_map(made[set][pde]), 0, FRAME_SIZE);
				link_table(set, pde,
					   there[set][pde] ? entry_for(made[set][pde]) : 0);
			} else {
				set_entry(made[set][pde], entry,
					  random_below(3) ? 0x7000067 + entry * FRAME_SIZE : 0);
			}
		}
		report(0);
		for (const char *line = lines; *line; line = strchr(line, '\n') + 1) {
			unsigned int top, at, is = 0;

			if (sscanf(line, "entry guest=g n=%*u top=%x at=%x spte=%*[0-9a-fx]>%x",
				   &top, &at, &is) == 3)
				mirror[top / 0x1000 - 1][at >> 22][at >> FRAME_SHIFT & 1023] = is;
			else if (sscanf(line, "table guest=g n=%*u what=dropped top=%x at=%x", &top,
					&at) == 2)
				memset(mirror[top / 0x1000 - 1][at >> 22], 0, FRAME_SIZE);
		}
		for (u32 set = 0; set < 4; set++)
			for (u32 pde = 0; pde < 8; pde++)
				if (there[set][pde])
					assert_memory_equal(mirror[set][pde],
							    frame_map(made[set][pde]), FRAME_SIZE);
				else
					assert_true(all_bytes_are(mirror[set][pde], 0, FRAME_SIZE));
	}
}

/* The time of one piece does not depend on their number. */
static void a_piece_passes_one_copy_at_most(void **state)
{
	const u32 count = 64;

	(void)state;
	open_directory(0, 0x1000);
	open_directory(1, 0x2000);
	make_table(1, count / 2);
	report(0);
	for (u32 pde = 0; pde < count; pde++)
		make_table(0, pde);
	report(0);
	make_table(1, count);
	report(0);
	assert_true(pieces > 2 * count); /* to be compared, then to find the new one's place */
	assert_string_equal(report(0), "");
	assert_true(pieces < 2 * count);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    narrow_test(a_table_is_made_with_its_entries_then_changes_then_is_dropped),
	    wide_test(entries_of_64_bits_have_no_execute),
	    narrow_test(rights_of_a_directory_entry_change_but_not_its_own_bit),
	    narrow_test(the_linear_map_and_the_shared_part_have_names),
	    narrow_test(a_directory_that_is_replaced_has_lost_its_tables),
	    narrow_test(calls_of_the_ring_come_first),
	    narrow_test(without_frames_a_table_is_named_in_each_event),
	    narrow_test(a_guest_that_has_ended_has_no_more_lines),
	    narrow_test(copies_are_freed_in_parts),
	    narrow_test(random_changes_are_all_told),
	    narrow_test(a_piece_passes_one_copy_at_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
