/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hypercalls by the ring: order, wrap, bounds, and the calls that stop it. The hypercalls' handlers
 * are the real ones; the functions that they call are replaced here by a record of the calls.
 */
#include "tests/unit/native.h"

#include <stdio.h>
#include <string.h>

#include "arch/x86/host_windows.h"
#include "arch/x86/timer.h"
#include "hv/base/log.h"
#include "hv/clock.h"
#include "hv/guest.h"
#include "hv/hypercalls.h"
#include "hv/sched/schedule.h"
#include "hv/segments.h"
#include "hv/traps.h"

#define MACHINE_FRAMES 1024u
#define FIRST 0x100u
#define RAM_FRAMES 64u
#define GUEST_FRAMES (RAM_FRAMES + 1) /* devices are above RAM */
#define DATA 0x3010u                  /* gpa of lguest_data: in one frame, at no round address */
#define REASON 0x8000u
#define RING_OF_A_DEVICE (RAM_FRAMES * FRAME_SIZE)
#define EIP 0x1234u
#define RECORD_MAX 256
#define FLUSHED 0xF1

static struct guest guest;
static const struct guest_config config = {.name = "test", .memory = RAM_FRAMES * FRAME_SIZE};
static struct trap_frame regs;
static struct cpu_pages cpu_pages;
static u32 record[RECORD_MAX], recorded;

/* -- Functions that handlers call: the clock event's argument is the record ------------------- */

void clock_set_event(struct guest *g, u32 delta)
{
	(void)g;
	assert_true(recorded < RECORD_MAX);
	record[recorded++] = delta;
}

struct wake wake;

void fast_path_show_shared(struct guest *g)
{
	(void)g;
}

static void print(struct guest *g, const char *text, u32 size)
{
	(void)g;
	(void)size;
	assert_true(recorded < RECORD_MAX);
	record[recorded++] = text[0];
}

static bool notify_device(struct guest *g, gpa_t at)
{
	(void)g;
	assert_true(recorded < RECORD_MAX);
	record[recorded++] = gpa_value(at);
	return gpa_value(at) == RING_OF_A_DEVICE;
}

static const struct guest_services services = {.print = print, .notify_device = notify_device};
const struct guest_services *guest_services = &services;

void guest_end(struct guest *g, enum guest_state state, const char *reason)
{
	if (guest_has_ended(g))
		return;
	g->space.state = state;
	snprintf(g->reason, sizeof(g->reason), "%s", reason);
}

void guest_kill(struct guest *g, const char *text, ...)
{
	char reason[GUEST_REASON_SIZE];
	va_list arguments;

	va_start(arguments, text);
	vsnprintf(reason, sizeof(reason), text, arguments);
	va_end(arguments);
	guest_end(g, GUEST_KILLED, reason);
}

/* Two adjacent frames; the tests make sure of that. */
void *host_map_window(u32 window, pfn_t first, pfn_t second)
{
	assert_int_equal(window, 0);
	assert_in_range(pfn_value(second) - pfn_value(first), 0, 1);
	return frame_map(first);
}

void clock_write_time(struct guest *g)
{
	g->shared->time_seconds = 1;
}

u32 timer_constant_tsc_khz(void)
{
	return 12345;
}

void traps_load_gate(struct guest *g, u32 vector, struct descriptor gate)
{
	(void)g, (void)vector, (void)gate;
}

void traps_set_stack(struct guest *g, const struct hypercall_slot *call)
{
	(void)g, (void)call;
}

void traps_pin_stack(struct guest *g)
{
	(void)g;
}

void traps_set_ts(struct guest *g, bool ts)
{
	(void)g, (void)ts;
}

void segments_load_entry(struct guest *g, u32 index, struct descriptor d)
{
	(void)g, (void)index, (void)d;
}

void segments_load_tls(struct guest *g, gpa_t descriptors)
{
	(void)g, (void)descriptors;
}

enum progress shadow_first_table(struct guest_space *g, gpa_t top)
{
	(void)g, (void)top;
	return DONE;
}

/* Calls that take so many stretches more. */
static u32 stretches;

static enum progress in_stretches(void)
{
	if (!stretches)
		return DONE;
	stretches--;
	return AGAIN;
}

static enum progress set_kernel_address(struct guest_space *g, gva_t address)
{
	g->fast->kernel_address = gva_value(address);
	return in_stretches();
}

static enum progress flush_user(struct guest_space *g)
{
	(void)g;
	assert_true(recorded < RECORD_MAX);
	record[recorded++] = FLUSHED;
	return in_stretches();
}

static const struct shadow_engine engine = {.set_kernel_address = set_kernel_address,
					    .flush_user = flush_user};

/* -- Helpers ---------------------------------------------------------------------------------- */

static struct lguest_data *shared(void)
{
	pfn_t frame;

	assert_true(guest_memory_frame(&guest.space.memory, to_gfn(DATA / FRAME_SIZE), &frame));
	return (struct lguest_data *)(frame_bytes(frame) + DATA % FRAME_SIZE);
}

/* A VM exit of the guest by a hypercall. */
static void direct(u32 number, u32 ebx, u32 ecx)
{
	regs.eip = EIP;
	regs.eax = number;
	regs.ebx = ebx;
	regs.ecx = ecx;
	hypercalls_handle(&guest);
}

static void queue(u32 slot, u32 number, u32 ebx)
{
	shared()->hcalls[slot] = (struct hypercall_slot){.eax = number, .ebx = ebx};
	shared()->hcall_status[slot] = HCALL_SLOT_TODO;
}

static void assert_record(const u32 *wanted, u32 count)
{
	assert_int_equal(recorded, count);
	assert_memory_equal(record, wanted, count * sizeof(u32));
}

static int start(void **state)
{
	(void)state;
	memset(&guest, 0, sizeof(guest));
	memset(&regs, 0, sizeof(regs));
	memset(&cpu_pages, 0, sizeof(cpu_pages));
	recorded = 0;
	machine_start(MACHINE_FRAMES);
	frames_add(to_pfn(FIRST), MACHINE_FRAMES - FIRST);
	assert_true(
	    frames_open(&guest.space.account, OWNER_FIRST_GUEST, guest_memory_cost(GUEST_FRAMES)));
	assert_true(guest_memory_open(&guest.space.memory, &guest.space.account, GUEST_FRAMES));
	guest.regs = &regs;
	guest.cpu = &cpu_pages;
	guest.space.fast = &cpu_pages.state.fast.guest;
	guest.config = &config;
	guest.space.shadow.engine = &engine;
	memset(shared()->hcall_status, HCALL_SLOT_DONE, HCALL_RING_SIZE);
	shared()->syscall_vec = SYSCALL_VECTOR;
	return 0;
}

static int start_initialised(void **state)
{
	start(state);
	direct(HCALL_LGUEST_INIT, DATA, 0);
	assert_false(guest_has_ended(&guest));
	return 0;
}

static int stop(void **state)
{
	(void)state;
	guest_memory_close(&guest.space.memory);
	frames_close(&guest.space.account);
	machine_stop();
	return 0;
}

/* -- The tests -------------------------------------------------------------------------------- */

static void init_fills_in_what_the_guest_reads(void **state)
{
	(void)state;
	assert_int_equal(shared()->reserve_mem, GUEST_RESERVED_TOP);
	assert_int_equal(shared()->tsc_khz, 12345);
	assert_int_equal(shared()->time_seconds, 1);
}

static void nothing_runs_before_init(void **state)
{
	(void)state;
	queue(0, HCALL_SET_CLOCKEVENT, 1);
	direct(HCALL_FLUSH_ASYNC, 0, 0);
	assert_int_equal(guest.space.state, GUEST_KILLED);
	assert_string_equal(guest.reason, "hypercall FLUSH_ASYNC before LGUEST_INIT");
	assert_int_equal(recorded, 0);
}

static void refuses_lguest_data_outside_memory(void **state)
{
	static const u32 bad[] = {GUEST_FRAMES * FRAME_SIZE - LGUEST_DATA_SIZE + 1,
				  GUEST_FRAMES * FRAME_SIZE, 0xFFFFFFFF, 0u - LGUEST_DATA_SIZE};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		guest.space.state = GUEST_ALIVE;
		direct(HCALL_LGUEST_INIT, bad[i], 0);
		assert_int_equal(guest.space.state, GUEST_KILLED);
		assert_true(contains(guest.reason, "bad lguest_data address"));
		assert_null(guest.shared);
	}
}

static void the_ring_runs_before_the_direct_call(void **state)
{
	static const u32 wanted[] = {1, 2, 3};

	(void)state;
	queue(0, HCALL_SET_CLOCKEVENT, 1);
	queue(1, HCALL_SET_CLOCKEVENT, 2);
	direct(HCALL_SET_CLOCKEVENT, 3, 0);
	assert_record(wanted, 3);
	assert_int_equal(shared()->hcall_status[0], HCALL_SLOT_DONE);
	assert_int_equal(shared()->hcall_status[1], HCALL_SLOT_DONE);
	assert_int_equal(regs.eip, EIP);
}

static void ring_stops_at_first_done_slot(void **state)
{
	static const u32 wanted[] = {1};

	(void)state;
	queue(0, HCALL_SET_CLOCKEVENT, 1);
	queue(2, HCALL_SET_CLOCKEVENT, 2); /* behind a gap: never reached */
	direct(HCALL_FLUSH_ASYNC, 0, 0);
	direct(HCALL_FLUSH_ASYNC, 0, 0);
	assert_record(wanted, 1);
	assert_int_equal(shared()->hcall_status[2], HCALL_SLOT_TODO);
}

static void ring_wraps_after_slot_63(void **state)
{
	u32 wanted[3 * HCALL_RING_SIZE];

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(wanted); i++) {
		wanted[i] = i + 1;
		queue(i % HCALL_RING_SIZE, HCALL_SET_CLOCKEVENT, i + 1);
		if (i % 5 == 4)
			direct(HCALL_FLUSH_ASYNC, 0, 0);
	}
	direct(HCALL_FLUSH_ASYNC, 0, 0);
	assert_record(wanted, ARRAY_SIZE(wanted));
}

static void a_full_ring_runs_once(void **state)
{
	(void)state;
	for (u32 i = 0; i < HCALL_RING_SIZE; i++)
		queue(i, HCALL_SET_CLOCKEVENT, i);
	direct(HCALL_FLUSH_ASYNC, 0, 0);
	assert_int_equal(recorded, HCALL_RING_SIZE);
	direct(HCALL_FLUSH_ASYNC, 0, 0);
	assert_int_equal(recorded, HCALL_RING_SIZE);
}

/* A call with any status but "done" is pending, as in lguest. */
static void any_status_but_0xff_is_to_do(void **state)
{
	static const u32 wanted[] = {1, 2};

	(void)state;
	queue(0, HCALL_SET_CLOCKEVENT, 1);
	queue(1, HCALL_SET_CLOCKEVENT, 2);
	shared()->hcall_status[0] = 0x01;
	shared()->hcall_status[1] = 0xFE;
	direct(HCALL_FLUSH_ASYNC, 0, 0);
	assert_record(wanted, 2);
}

static void a_kill_ends_the_ring(void **state)
{
	static const u32 numbers[] = {3, 11, 12, 20, 64, 0xFFFFFFFF, HCALL_LGUEST_INIT};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(numbers); i++) {
		guest.space.state = GUEST_ALIVE;
		guest.space.fast->ring_next = 0;
		queue(0, numbers[i], 0);
		queue(1, HCALL_SET_CLOCKEVENT, 1);
		direct(HCALL_SET_CLOCKEVENT, 2, 0);
		assert_int_equal(guest.space.state, GUEST_KILLED);
		assert_int_equal(guest.last_call, numbers[i]);
		assert_int_equal(recorded, 0);
	}
}

static void a_shutdown_ends_the_ring(void **state)
{
	(void)state;
	assert_true(guest_write(&guest.space.memory, to_gpa(REASON), "b\nye\n", 6));
	shared()->hcalls[0] =
	    (struct hypercall_slot){HCALL_SHUTDOWN, REASON, SHUTDOWN_RESTART, 0, 0};
	shared()->hcall_status[0] = HCALL_SLOT_TODO;
	queue(1, HCALL_SET_CLOCKEVENT, 1);
	direct(HCALL_SET_CLOCKEVENT, 2, 0);
	assert_int_equal(guest.space.state, GUEST_RESTARTING);
	assert_string_equal(guest.reason, "b?ye");
	assert_int_equal(recorded, 0);
}

/* A call that takes long, or sleeps, delays the rest of the ring: the guest exits again with the
 * same instruction. */
static void long_calls_pause_the_ring(void **state)
{
	static const u32 wanted[] = {'x', 1, 2};

	(void)state;
	assert_true(guest_write(&guest.space.memory, to_gpa(REASON), "x", 2));
	queue(0, HCALL_NOTIFY, REASON);
	queue(1, HCALL_HALT, 0);
	queue(2, HCALL_SET_CLOCKEVENT, 1);
	for (u32 i = 0; i < 2; i++) {
		direct(HCALL_SET_CLOCKEVENT, 2, 0);
		assert_int_equal(regs.eip, EIP - 2);
		assert_int_equal(guest.halted, i == 1);
	}
	guest.halted = false;
	direct(HCALL_SET_CLOCKEVENT, 2, 0);
	assert_int_equal(regs.eip, EIP);
	assert_record(wanted, 3);
}

static void unfinished_direct_call_repeats(void **state)
{
	static const u32 wanted[] = {FLUSHED, FLUSHED};

	(void)state;
	stretches = 1;
	direct(HCALL_FLUSH_TLB, 0, 0);
	assert_int_equal(regs.eip, EIP - 2);
	direct(HCALL_FLUSH_TLB, 0, 0);
	assert_int_equal(regs.eip, EIP);
	assert_record(wanted, 2);
}

static void unfinished_ring_call_stays_in_its_slot(void **state)
{
	static const u32 wanted[] = {FLUSHED, FLUSHED, FLUSHED, 1, 2};

	(void)state;
	stretches = 2;
	queue(0, HCALL_FLUSH_TLB, 0);
	queue(1, HCALL_SET_CLOCKEVENT, 1);
	for (u32 i = 0; i < 2; i++) {
		direct(HCALL_SET_CLOCKEVENT, 2, 0);
		assert_int_equal(regs.eip, EIP - 2);
		assert_int_equal(shared()->hcall_status[0], HCALL_SLOT_TODO);
	}
	direct(HCALL_SET_CLOCKEVENT, 2, 0);
	assert_int_equal(regs.eip, EIP);
	assert_record(wanted, 5);
}

/* A ring full of calls that are each short enough. */
static void the_ring_pauses_when_the_stretch_is_spent(void **state)
{
	(void)state;
	for (u32 slot = 0; slot < HCALL_RING_SIZE; slot++)
		queue(slot, HCALL_FLUSH_TLB, 0);
	for (u32 slot = 0; slot < HCALL_RING_SIZE; slot += 4) {
		assert_int_equal(recorded, slot);
		parts_left = 3;
		direct(HCALL_FLUSH_ASYNC, 0, 0);
		assert_int_equal(regs.eip, EIP - 2);
	}
	parts_left = UINT32_MAX;
	direct(HCALL_FLUSH_ASYNC, 0, 0);
	assert_int_equal(regs.eip, EIP);
	assert_int_equal(recorded, HCALL_RING_SIZE);
}

static void short_calls_check_the_stretch_every_8(void **state)
{
	(void)state;
	for (u32 slot = 0; slot < HCALL_RING_SIZE; slot++)
		queue(slot, HCALL_SET_CLOCKEVENT, slot);
	parts_left = 0;
	direct(HCALL_FLUSH_ASYNC, 0, 0);
	parts_left = UINT32_MAX;
	assert_in_range(recorded, 1, HCALL_RING_SIZE / 4);
	assert_int_equal(regs.eip, EIP - 2);
}

/* A first LGUEST_INIT has no effect before it is done. */
static void init_may_take_several_stretches(void **state)
{
	(void)state;
	memset(&guest.shared_at, 0, sizeof(guest.shared_at));
	guest.shared = NULL;
	stretches = 1;
	direct(HCALL_LGUEST_INIT, DATA, 0);
	assert_null(guest.shared);
	assert_int_equal(regs.eip, EIP - 2);
	direct(HCALL_LGUEST_INIT, DATA, 0);
	assert_non_null(guest.shared);
	assert_int_equal(regs.eip, EIP);
}

/* A string ends at the end of RAM: bytes in the devices' memory behind it do not belong to it. */
static void strings_end_where_ram_does(void **state)
{
	(void)state;
	assert_true(
	    guest_write(&guest.space.memory, to_gpa(RING_OF_A_DEVICE - 3), "bye and more", 12));
	direct(HCALL_NOTIFY, RING_OF_A_DEVICE - 1, 0);
	assert_int_equal(recorded, 1);
	assert_int_equal(record[0], 'e');
	direct(HCALL_SHUTDOWN, RING_OF_A_DEVICE - 3, SHUTDOWN_POWEROFF);
	assert_string_equal(guest.reason, "bye");
}

static void notify_above_ram_is_for_devices(void **state)
{
	(void)state;
	direct(HCALL_NOTIFY, RING_OF_A_DEVICE - 1, 0);
	assert_int_equal(guest.space.state, GUEST_ALIVE);
	direct(HCALL_NOTIFY, RING_OF_A_DEVICE + 1, 0);
	assert_string_equal(guest.reason, "bad NOTIFY address 0x40001");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(nothing_runs_before_init, start, stop),
	    cmocka_unit_test_setup_teardown(init_may_take_several_stretches, start, stop),
	    cmocka_unit_test_setup_teardown(refuses_lguest_data_outside_memory, start, stop),
#define RING_TEST(test) cmocka_unit_test_setup_teardown(test, start_initialised, stop)
	    RING_TEST(init_fills_in_what_the_guest_reads),
	    RING_TEST(the_ring_runs_before_the_direct_call),
	    RING_TEST(ring_stops_at_first_done_slot),
	    RING_TEST(ring_wraps_after_slot_63),
	    RING_TEST(a_full_ring_runs_once),
	    RING_TEST(any_status_but_0xff_is_to_do),
	    RING_TEST(a_kill_ends_the_ring),
	    RING_TEST(a_shutdown_ends_the_ring),
	    RING_TEST(long_calls_pause_the_ring),
	    RING_TEST(unfinished_direct_call_repeats),
	    RING_TEST(unfinished_ring_call_stays_in_its_slot),
	    RING_TEST(short_calls_check_the_stretch_every_8),
	    RING_TEST(the_ring_pauses_when_the_stretch_is_spent),
	    RING_TEST(strings_end_where_ram_does),
	    RING_TEST(notify_above_ram_is_for_devices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
