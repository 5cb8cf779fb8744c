/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: A system call vector of one guest is no gate in the guests beside it.
 *
 * Reason: The gate leads from ring 3 directly to the ring 1 of its guest. The table of a guest with
 * another vector must not have it.
 *
 * Method: This guest has its system call at vector 0x40 and uses it now and then, for ms=
 * milliseconds. isolation-cpu-state, beside it, tries the same vector.
 *
 * Module: mem=2M -- ms=100
 * Expect: shut down "isolation-syscall-vector: "
 * Runner: tests/system/beside.t
 */
#include "guest/include/kit.h"

const u32 guest_options = GUEST_NO_INIT | GUEST_NO_TRAPS;

static volatile bool over;
static u32 calls;

static void on_clock(struct trap_frame *frame)
{
	(void)frame;
	over = true;
}

static void on_call(struct trap_frame *frame)
{
	(void)frame;
	calls++;
}

const char *guest_main(void)
{
	lguest_data.syscall_vec = SYSCALL_VECTOR_ALTERNATE;
	hcall_lguest_init(gpa_of(&lguest_data));
	kit_start_traps();
	trap_gate(SYSCALL_VECTOR_ALTERNATE, GATE_TRAP, 3);
	trap_handlers[SYSCALL_VECTOR_ALTERNATE] = on_call;
	irq_handle(GUEST_IRQ_TIMER, on_clock);
	hcall_set_clockevent(boot_option_number("ms", 100) * NS_PER_MS);
	irq_enable();
	while (!over)
		__asm__ volatile("int %0" : : "i"(SYSCALL_VECTOR_ALTERNATE));
	shutdown("isolation-syscall-vector: %s", calls ? "always answered" : "never answered");
}
