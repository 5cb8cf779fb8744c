/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hypercalls by the ring: order, wrap, bounds, and the calls that stop it. */
#include "tests/unit/ring_guest.h"

#include <string.h>

#include "hv/hypercalls.h"

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

/* Served in the loop around the guest. */
static void unfinished_set_pgd_repeats(void **state)
{
	static const u32 wanted[] = {0x5000, 7, 0x5000, 7};

	(void)state;
	stretches = 1;
	regs = (struct trap_frame){.eip = EIP, .eax = HCALL_SET_PGD, .ebx = 0x5000, .ecx = 7};
	hypercalls_set_pgd(&guest);
	assert_int_equal(regs.eip, EIP - 2);
	regs.eip = EIP;
	hypercalls_set_pgd(&guest);
	assert_int_equal(regs.eip, EIP);
	assert_record(wanted, 4);
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
		direct(HCALL_SEND_INTERRUPTS, 0, 0);
		assert_int_equal(regs.eip, EIP - 2);
	}
	parts_left = UINT32_MAX;
	direct(HCALL_SEND_INTERRUPTS, 0, 0);
	assert_int_equal(regs.eip, EIP);
	assert_int_equal(recorded, HCALL_RING_SIZE);
}

static void the_stretch_is_not_checked_after_the_last_call(void **state)
{
	(void)state;
	parts_left = 0;
	queue(0, HCALL_FLUSH_TLB, 0);
	direct(HCALL_FLUSH_ASYNC, 0, 0);
	assert_int_equal(regs.eip, EIP);
	queue(1, HCALL_FLUSH_TLB, 0);
	direct(HCALL_SEND_INTERRUPTS, 0, 0); /* which has to run too */
	assert_int_equal(regs.eip, EIP - 2);
	parts_left = UINT32_MAX;
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

/* -- Umbra's own calls ------------------------------------------------------------------------- */

static void question_is_answered_in_a_direct_call(void **state)
{
	(void)state;
	direct(HCALL_SEND_INTERRUPTS, 0, 0);
	assert_int_equal(regs.eax, HCALL_SEND_INTERRUPTS);
	queue(0, HCALL_SEND_INTERRUPTS, UMBRA_QUESTION);
	direct(HCALL_FLUSH_ASYNC, UMBRA_QUESTION, 0);
	assert_int_equal(regs.eax, HCALL_FLUSH_ASYNC);
	direct(HCALL_SEND_INTERRUPTS, UMBRA_QUESTION, 0);
	assert_int_equal(regs.eax, UMBRA_ANSWER);
	assert_int_equal(guest.space.state, GUEST_ALIVE);
}

static void clone_is_left_to_the_next_turn(void **state)
{
	(void)state;
	direct(HCALL_CLONE, 3, 0);
	assert_true(guest.clones_by_call);
	assert_int_equal(guest.clones_wanted, 3);
	assert_int_equal(regs.eax, 0);
	assert_int_equal(regs.ebx, 0);
	assert_int_equal(regs.eip, EIP);
	assert_string_equal(hypercall_name(HCALL_CLONE), "CLONE");
}

static void clone_comes_after_those_of_a_user(void **state)
{
	(void)state;
	guest.clones_wanted = 2;
	direct(HCALL_CLONE, 3, 0);
	assert_false(guest.clones_by_call);
	assert_int_equal(guest.clones_wanted, 2);
	assert_int_equal(regs.eax, HCALL_CLONE);
	assert_int_equal(regs.eip, EIP - 2);
}

static void clone_is_a_direct_call(void **state)
{
	(void)state;
	queue(0, HCALL_CLONE, 1);
	direct(HCALL_FLUSH_ASYNC, 0, 0);
	assert_string_equal(guest.reason, "hypercall CLONE in the ring");
	assert_int_equal(guest.clones_wanted, 0);
}

static void clone_comes_after_init(void **state)
{
	(void)state;
	direct(HCALL_CLONE, 1, 0);
	assert_string_equal(guest.reason, "hypercall CLONE before LGUEST_INIT");
	assert_int_equal(guest.clones_wanted, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(nothing_runs_before_init, start, stop),
	    cmocka_unit_test_setup_teardown(clone_comes_after_init, start, stop),
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
	    RING_TEST(unfinished_set_pgd_repeats),
	    RING_TEST(unfinished_ring_call_stays_in_its_slot),
	    RING_TEST(short_calls_check_the_stretch_every_8),
	    RING_TEST(the_ring_pauses_when_the_stretch_is_spent),
	    RING_TEST(the_stretch_is_not_checked_after_the_last_call),
	    RING_TEST(strings_end_where_ram_does),
	    RING_TEST(notify_above_ram_is_for_devices),
	    RING_TEST(question_is_answered_in_a_direct_call),
	    RING_TEST(clone_is_left_to_the_next_turn),
	    RING_TEST(clone_comes_after_those_of_a_user),
	    RING_TEST(clone_is_a_direct_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
