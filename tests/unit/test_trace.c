// SPDX-License-Identifier: GPL-2.0-or-later
/* The trace: the record of an exit, the number of kept records, and both forms of text. */
#include "tests/unit/native.h"

#include <stdio.h>
#include <string.h>

#include "abi/lguest.h"
#include "arch/x86/cpu.h"
#include "arch/x86/per_cpu.h"
#include "arch/x86/trap_frame.h"
#include "hv/base/log.h"
#include "hv/guest.h"
#include "hv/hypercalls.h"
#include "hv/trace.h"

/* No test here streams events to the port. */
void outb(u16 port, u8 value)
{
	fail_msg("%#x to port %#x", value, port);
}

static const struct guest_config demo_config = {.name = "demo"}, other_config = {.name = "other"};
static struct trap_frame regs;
static struct guest guest;
static u64 now;
static char said[TRACE_TEXT_SIZE];

PER_CPU struct this_cpu this_cpu;
struct cpu_features cpu_features; /* no time-stamp counter */

u64 read_tsc(void)
{
	fail_msg("the time-stamp counter is read");
	return 0;
}

u64 timer_now(void)
{
	return now;
}

void say(const char *text, ...)
{
	va_list arguments;

	va_start(arguments, text);
	vsnprintf(said, sizeof(said), text, arguments);
	va_end(arguments);
}

static u32 windows;

void stretch_window(struct guest *g, const char *cause)
{
	assert_null(g);
	assert_non_null(cause);
	windows++;
}

const char *hypercall_name(u32 number)
{
	return number == HCALL_SET_PTE ? "SET_PTE" : NULL;
}

/* The test plays CPUs in turn: the ring of the one that it plays is the variable of trace.c, and those of the
 * others are kept here. */
#define CPUS 3u
#define PLAYED 2u /* at first */

#define SILENT "a guest without events"

struct ring {
	struct trace_event events[TRACE_EVENTS];
	u32 count;
};
static struct ring kept[CPUS], *played;

bool per_cpu_is_made(u32 cpu)
{
	return cpu < CPUS;
}

void *per_cpu_of(u32 cpu, const void *variable)
{
	played = (struct ring *)variable;
	return cpu == this_cpu.number ? played : &kept[cpu];
}

static const struct trace_event *find(const char *name, u32 back)
{
	const struct trace_event *e;
	struct trace_cursor cursor;

	trace_rewind(&cursor, name);
	do
		e = trace_before(&cursor);
	while (e && back--);
	return e;
}

static void play(u32 cpu)
{
	find(SILENT, 0); /* so `played` is known */
	kept[this_cpu.number] = *played;
	*played = kept[cpu];
	this_cpu.number = cpu;
}

static int start(void **state)
{
	(void)state;
	memset(&guest, 0, sizeof(guest));
	guest.config = &demo_config;
	guest.regs = &regs;
	this_cpu.number = PLAYED;
	regs = (struct trap_frame){.trap = HCALL_VECTOR, .eax = HCALL_SET_PTE, .eip = 0xC0100123};
	return 0;
}

static const struct trace_event *last(void)
{
	return find(demo_config.name, 0);
}

/* One exit of the guest; `serve` is the hypervisor's action. */
static const struct trace_event *record(void (*serve)(void))
{
	struct trace_span span;

	trace_begin(&span, &guest);
	if (serve)
		serve();
	trace_end(&span, &guest);
	return last();
}

static void fill(void)
{
	guest.space.shadow.counts.fills++;
	guest.fault_address = 0xBFFFF004;
}

static void step_over(void)
{
	guest.counts.skipped++;
	regs.eip += 2;
}

/* The frame's page had to be filled for it. */
static void reflect(void)
{
	guest.space.shadow.counts.fills++;
	guest.counts.reflections++;
}

static void stop_in_ring(void)
{
	guest.counts.ring_hypercalls += 64;
	regs.eip -= 2;
}

static void halt(void)
{
	guest.halted = true;
}

static void kill(void)
{
	guest.space.state = GUEST_KILLED;
	guest.halted = true;
}

static void outcome_is_derived_from_counts(void **state)
{
	(void)state;
	assert_int_equal(record(NULL)->outcome, TRACE_SERVED);
	assert_int_equal(record(stop_in_ring)->outcome, TRACE_AGAIN);
	assert_int_equal(last()->ring_calls, 64);
	assert_int_equal(record(halt)->outcome, TRACE_HALTED);
	assert_int_equal(record(kill)->outcome, TRACE_ENDED);
	start(state);
	regs.trap = VECTOR_GP;
	assert_int_equal(record(step_over)->outcome, TRACE_SKIPPED);
	assert_int_equal(record(reflect)->outcome, TRACE_REFLECTED);
	regs.trap = VECTOR_PF;
	assert_int_equal(record(fill)->outcome, TRACE_FILLED);
	assert_int_equal(last()->address, 0xBFFFF004);
	assert_int_equal(record(reflect)->outcome, TRACE_REFLECTED);
}

static void last_events_of_each_guest_are_kept(void **state)
{
	const char *other = other_config.name;

	(void)state;
	for (now = 0; now < 3 * TRACE_EVENTS; now++) {
		guest.config = now % 4 ? &demo_config : &other_config;
		record(NULL);
	}
	for (u32 i = 0; i < TRACE_EVENTS / 4; i++)
		assert_int_equal(find(other, i)->time, 3 * TRACE_EVENTS - 4 - 4 * i);
	assert_null(find(other, TRACE_EVENTS / 4));
	assert_int_equal(last()->time, 3 * TRACE_EVENTS - 1);
	assert_int_equal(find(demo_config.name, TRACE_EVENTS / 4 * 3 - 1)->time,
			 2 * TRACE_EVENTS + 1);
	assert_null(find(demo_config.name, TRACE_EVENTS / 4 * 3));
	assert_null(find(SILENT, 0));
}

/* Events of several CPUs come in the order of their times. */
static void events_of_cpus_are_merged(void **state)
{
	static const u8 cpu_at[] = {0, 1, 1, 2, 0, 2, 2, 1, 0, 0};

	(void)state;
	now = 100 * TRACE_EVENTS;
	for (u32 i = 0; i < ARRAY_SIZE(cpu_at); i++, now++) {
		play(cpu_at[i]);
		guest.config = i % 3 ? &demo_config : &other_config;
		record(NULL);
	}
	play(PLAYED);
	for (u32 i = 0, back = 0; i < ARRAY_SIZE(cpu_at); i++) {
		u32 number = ARRAY_SIZE(cpu_at) - 1 - i;

		if (number % 3 == 0)
			continue;
		assert_int_equal(find(demo_config.name, back)->cpu, cpu_at[number]);
		assert_int_equal(find(demo_config.name, back++)->time, 100 * TRACE_EVENTS + number);
	}
	assert_int_equal(find(other_config.name, 3)->time, 100 * TRACE_EVENTS);
}

/* No more than one ring is read in a stretch that is spent. */
static void interrupts_come_between_rings(void **state)
{
	struct trace_cursor cursor;

	(void)state;
	trace_rewind(&cursor, SILENT);
	parts_left = windows = 0;
	assert_null(trace_before(&cursor));
	assert_int_equal(windows, CPUS);
	parts_left = UINT32_MAX;
	assert_null(trace_before(&cursor));
	assert_int_equal(windows, CPUS);
}

static u32 calls_before, calls_after;
static struct trace_event seen;

static void before(struct guest *g, const struct trace_event *e)
{
	assert_ptr_equal(g, &guest);
	assert_int_equal(e->trap, regs.trap);
	calls_before++;
}

static void after(struct guest *g, const struct trace_event *e)
{
	assert_ptr_equal(g, &guest);
	seen = *e;
	calls_after++;
}

static void an_observer_is_told_of_watched_guests_only(void **state)
{
	static const struct trace_observer observer = {before, after};

	(void)state;
	trace_observe(&observer);
	record(NULL);
	assert_int_equal(calls_before + calls_after, 0);
	guest.watched = true;
	record(halt);
	assert_int_equal(calls_before, 1);
	assert_int_equal(calls_after, 1);
	assert_int_equal(seen.outcome, TRACE_HALTED);
	regs.trap = VECTOR_IRQ_BASE + 3;
	trace_inject(&guest, 3);
	assert_int_equal(calls_before, 2);
	assert_int_equal(calls_after, 2);
	assert_int_equal(seen.kind, TRACE_INJECT);
}

static void events_have_names(void **state)
{
	(void)state;
	record(NULL);
	assert_true(trace_is_called(last(), "hypercall"));
	assert_true(trace_is_called(last(), "SET_PTE"));
	assert_false(trace_is_called(last(), "SET"));
	assert_false(trace_is_called(last(), "page-fault"));
	assert_false(trace_is_of_machine(last()));
	trace_inject(&guest, 0);
	assert_true(trace_is_called(last(), "inject"));
	assert_false(trace_is_of_machine(last()));
	regs.trap = VECTOR_IRQ_BASE;
	record(NULL);
	assert_true(trace_is_of_machine(last()));
	assert_true(trace_is_called(last(), "interrupt"));
}

static void names_of_no_event_are_known(void **state)
{
	static const char *const names[] = {"page-fault", "write-kernel", "fetch-user", "trap",
					    "#GP",        "hypercall",    "SET_PTE",    "interrupt",
					    "inject",     "entry",        "15"};
	static const char *const wrong[] = {"", "page_fault", "SET", "PTE", "#", "write"};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(names); i++)
		assert_true(trace_has_name(names[i]));
	for (u32 i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_false(trace_has_name(wrong[i]));
}

static void assert_line(const char *expected)
{
	char line[TRACE_TEXT_SIZE];

	trace_format_line(last(), line, sizeof(line));
	assert_string_equal(line, expected);
}

static void prints_lines_for_tools(void **state)
{
	(void)state;
	now = 1234567890123ull;
	regs.ebx = 0x801000;
	record(NULL);
	assert_line("trace ns=1234567890123 guest=demo why=hypercall what=SET_PTE error=0 "
		    "eip=0xc0100123 address=0x801000 ring=0 done=served ticks=0 cpu=2");
	regs.eax = 0xFFFFFFFF;
	record(kill);
	assert_line("trace ns=1234567890123 guest=demo why=hypercall what=4294967295 error=0 "
		    "eip=0xc0100123 address=0x801000 ring=0 done=ended ticks=0 cpu=2");
	start(state);
	regs.trap = VECTOR_PF;
	regs.error = 0x6;
	record(fill);
	assert_line("trace ns=1234567890123 guest=demo why=page-fault what=write-user error=0x6 "
		    "eip=0xc0100123 address=0xbffff004 ring=0 done=filled ticks=0 cpu=2");
	trace_inject(&guest, 3);
	assert_line("trace ns=1234567890123 guest=demo why=inject what=3 error=0 eip=0xc0100123 "
		    "address=0 ring=0 done=served ticks=0 cpu=2");
}

/* The words `why` and `what` of an exit with this trap. */
static void assert_reason(u32 trap, u32 error, const char *expected)
{
	char line[TRACE_TEXT_SIZE];

	regs.trap = trap;
	regs.error = error;
	record(NULL);
	trace_format_line(last(), line, sizeof(line));
	assert_true(contains(line, expected));
}

static void names_reasons(void **state)
{
	(void)state;
	assert_reason(VECTOR_DE, 0, "why=trap what=#DE ");
	assert_reason(VECTOR_XM, 0, "why=trap what=#XM ");
	assert_reason(VECTOR_SPURIOUS, 0, "why=trap what=15 ");
	assert_reason(VECTOR_IRQ_BASE - 1 - 1, 0, "why=trap what=30 ");
	assert_reason(VECTOR_IRQ_BASE, 0, "why=interrupt what=0 ");
	assert_reason(VECTOR_APIC_BASE - 1, 0, "why=interrupt what=207 ");
	assert_reason(VECTOR_APIC_BASE, 0, "why=interrupt what=0 ");
	assert_reason(VECTOR_COUNT - 1, 0, "why=interrupt what=15 ");
	assert_reason(VECTOR_PF, 0x10, "why=page-fault what=fetch-kernel ");
	assert_reason(VECTOR_PF, 0x5, "why=page-fault what=read-user ");
	assert_reason(TRAP_ENTRY_FAILED + VECTOR_GP, 0xFFC00050,
		      "why=entry what=#GP error=0xffc00050 ");
	assert_reason(0xFFFFFFFF, 0, "why=entry what=4294967295 ");
}

static void prints_rows_for_people(void **state)
{
	char row[TRACE_TEXT_SIZE];
	const char *title = trace_heading;

	(void)state;
	now = 12003004005ull;
	regs.trap = VECTOR_PF;
	trace_format_row(record(fill), row, sizeof(row));
	assert_string_equal(row, "   12.003004  page-fault read-kernel     c0100123 "
				 "bffff004  filled         0");
	/* Numbers end where their titles do. */
	assert_ptr_equal(strstr(title, "ticks") + 5, title + strlen(title));
	assert_int_equal(strlen(title), strlen(row));
	assert_int_equal(strstr(title, "eip") + 3 - title, strstr(row, "c0100123") + 8 - row);
	assert_int_equal(strstr(title, "done") - title, strstr(row, "filled") - row);
}

/* The text of any event fits, and is one line of words without blanks. */
static void every_event_fits_its_text(void **state)
{
	const struct guest_config longest = {.name = "a-name-of-31-characters-exactly"};
	char line[TRACE_TEXT_SIZE], row[TRACE_TEXT_SIZE];

	(void)state;
	memset(&regs, 0xFF, sizeof(regs));
	memset(&guest.counts, 0xFF, sizeof(guest.counts));
	guest.config = &longest;
	now = ~0ull - 1;
	record(reflect);
	trace_format_line(find(longest.name, 0), line, sizeof(line));
	trace_format_row(find(longest.name, 0), row, sizeof(row));
	assert_true(strlen(line) < TRACE_TEXT_SIZE - 1 && strlen(row) < TRACE_TEXT_SIZE - 1);
	assert_true(contains(line, " ticks="));
	assert_true(contains(line, " cpu="));
	assert_false(contains(line, "  "));
}

static void trace_word_selects_the_stream(void **state)
{
	(void)state;
	assert_false(trace_from_start());
	assert_false(trace_init("paper"));
	assert_false(trace_init(""));
	assert_false(trace_from_start());
	assert_true(trace_init("ring"));
	assert_true(trace_from_start());
	record(NULL);
	assert_string_equal(said, "");
	assert_true(trace_init("serial"));
	record(NULL);
	assert_true(contains(said, "trace ns="));
	assert_true(trace_init("debugcon"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(outcome_is_derived_from_counts, start),
	    cmocka_unit_test_setup(last_events_of_each_guest_are_kept, start),
	    cmocka_unit_test_setup(events_of_cpus_are_merged, start),
	    cmocka_unit_test_setup(interrupts_come_between_rings, start),
	    cmocka_unit_test_setup(an_observer_is_told_of_watched_guests_only, start),
	    cmocka_unit_test_setup(events_have_names, start),
	    cmocka_unit_test_setup(names_of_no_event_are_known, start),
	    cmocka_unit_test_setup(prints_lines_for_tools, start),
	    cmocka_unit_test_setup(names_reasons, start),
	    cmocka_unit_test_setup(prints_rows_for_people, start),
	    cmocka_unit_test_setup(every_event_fits_its_text, start),
	    cmocka_unit_test_setup(trace_word_selects_the_stream, start),
	};

	return cmocka_run_group_tests_name("trace", tests, NULL, NULL);
}
