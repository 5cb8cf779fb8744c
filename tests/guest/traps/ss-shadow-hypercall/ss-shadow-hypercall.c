/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: MOV SS followed by a hypercall, both under TF, makes the hypercall, and no debug trap
 * occurs in the hypervisor.
 *
 * Reason: MOV SS holds debug traps back for one instruction (Intel SDM 3, 6.8.3), which may be the
 * one that enters ring 0.
 *
 * Method: POPF sets TF, with a handler that counts; then MOV SS and INT 0x1F. The same with INT3
 * and INT 0x80, and with gates of both types for vector 1.
 *
 * Expect: shut down "tap: "
 */
#include "guest/include/kit.h"

static volatile u32 steps, breaks;

static void on_debug(struct trap_frame *frame)
{
	(void)frame;
	steps++;
}

static void on_break(struct trap_frame *frame)
{
	(void)frame;
	breaks++;
}

#define UNDER_TF(instruction)                                                                      \
	__asm__ volatile("pushfl\n\t"                                                              \
			 "pushfl\n\t"                                                              \
			 "orl %0, (%%esp)\n\t"                                                     \
			 "popfl\n\t"                                                               \
			 "movl %%edx, %%ss\n\t" instruction "\n\t"                                 \
			 "popfl\n\t"                                                               \
			 "nop"                                                                     \
			 :                                                                         \
			 : "i"(EFLAGS_TF), "d"(GUEST_DS), "a"(HCALL_FLUSH_ASYNC)                   \
			 : "memory")

static void try_all(u32 gate)
{
	trap_gate(VECTOR_DB, gate, 0);
	steps = breaks = 0;
	UNDER_TF("int $0x1f");
	ok(steps > 0, "hypercall, gate %X: %u steps", gate, steps);
	UNDER_TF("int3");
	UNDER_TF("int $0x80");
	UNDER_TF("inb $0x60, %%al");
	is_equal(breaks, 2, "breakpoint and system call, gate %X: %u steps", gate, steps);
}

const char *guest_main(void)
{
	paging_start();
	trap_handlers[VECTOR_DB] = on_debug;
	trap_handlers[VECTOR_BP] = on_break;
	trap_handlers[SYSCALL_VECTOR] = on_break;
	try_all(GATE_TRAP);
	try_all(GATE_INTERRUPT);
	done();
}
