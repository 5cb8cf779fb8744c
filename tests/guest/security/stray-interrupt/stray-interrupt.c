/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: An interrupt of the machine that no device of the hypervisor asked for never reaches a
 * guest: not at a vector without a gate, not at that of its system call, and not through a direct
 * gate.
 *
 * Reason: A loader, a device or another CPU may leave one pending at any vector. The local APIC
 * delivers it as the hypervisor's, and the CPU as the guest's own `int n`.
 *
 * Method: The debug build's hypercall makes the local APIC interrupt itself as soon as the guest
 * runs. First with a low task priority, so that the interrupt comes and has to be told from `int
 * n`. Then with a priority that holds all of them back, because an interrupt through a direct gate
 * cannot be told from `int n`.
 *
 * Expect: shut down "tap: "
 */
#include "guest/include/kit.h"

#define HCALL_TEST 0x554D4252 /* "UMBR" */
#define TEST_INTERRUPT 6      /* vector; 1: with the task priority down */
#define A_TIMERS_VECTOR 239
#define APIC_VECTOR 0xF5
#define SOME_TIME 100000u

static volatile u32 calls;

static void count_call(struct trap_frame *frame)
{
	(void)frame;
	calls++;
}

static void interrupt_us(u32 vector, bool unheld)
{
	volatile u32 time = 0;

	calls = 0;
	hypercall(HCALL_TEST, TEST_INTERRUPT, vector, unheld, 0);
	while (time < SOME_TIME)
		time++;
}

static void system_call(void)
{
	__asm__ volatile("int %0" : : "i"(SYSCALL_VECTOR) : "memory");
}

const char *guest_main(void)
{
	trap_handlers[SYSCALL_VECTOR] = count_call;
	trap_gate(SYSCALL_VECTOR, GATE_INTERRUPT, 3);

	interrupt_us(A_TIMERS_VECTOR, true);
	ok(true, "an interrupt at vector %u does no harm", A_TIMERS_VECTOR);
	interrupt_us(SYSCALL_VECTOR, true);
	is_equal(calls, 0, "an interrupt at the system call's vector is no system call");
	system_call();
	is_equal(calls, 1, "a system call after that interrupt arrives");

	trap_gate(SYSCALL_VECTOR, GATE_TRAP, 3);
	interrupt_us(SYSCALL_VECTOR, false);
	is_equal(calls, 0, "a held interrupt at a direct gate's vector is no system call");
	system_call();
	is_equal(calls, 1,
		 "a system call through a direct gate arrives while the interrupt is held");

	/* A vector that the task priority lets through while the local APIC's timer is the alarm. */
	trap_handlers[APIC_VECTOR] = count_call;
	trap_gate(APIC_VECTOR, GATE_TRAP, 3);
	interrupt_us(APIC_VECTOR, false);
	is_equal(calls, 0, "an interrupt at a vector of the local APIC is no call");
	__asm__ volatile("int %0" : : "i"(APIC_VECTOR) : "memory");
	is_equal(calls, 1, "a call at a vector of the local APIC arrives");
	done();
}
