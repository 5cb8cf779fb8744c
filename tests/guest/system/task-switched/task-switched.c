/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: With TS set by the hypercall, the first FPU instruction in ring 1 or ring 3 is #NM for
 * the guest, and so is WAIT; with TS clear there is none. Exits change neither TS nor the FPU's
 * registers.
 *
 * Reason: A kernel switches the FPU to another process only when that process uses it.
 *
 * Method: FNSTSW, FLDZ and WAIT with TS set and clear, with exits in between.
 *
 * Expect: shut down "tap: "
 */
#include "guest/include/kit.h"

#define VALUE 0xBEEF

static u32 load_zero(u32 unused)
{
	__asm__ volatile("fldz; fstp %%st(0)" : : : "memory");
	return unused;
}

static u32 wait(u32 unused)
{
	__asm__ volatile("fwait");
	return unused;
}

static USER_CODE u32 load_in_ring3(u32 unused)
{
	__asm__ volatile("fldz; fstp %%st(0)" : : : "memory");
	return unused;
}

static void try_set(const char *when)
{
	is_trap(try_call(load_zero, 0), VECTOR_NM, 0, "TS is set: #NM %s", when);
}

/* A handler like a kernel's: it clears TS and repeats the instruction. */
static void on_no_fpu(struct trap_frame *frame)
{
	(void)frame;
	hcall_ts(false);
}

static void test_handler(void)
{
	u32 got = 0;

	trap_handlers[VECTOR_NM] = on_no_fpu;
	hcall_ts(false);
	got = VALUE;
	__asm__ volatile("fninit; fildl %0" : : "m"(got));
	hcall_ts(true);
	got = 0;
	__asm__ volatile("fistpl %0" : "=m"(got));
	is_equal(got, VALUE,
		 "the handler clears TS, and the instruction goes on with its registers");
}

const char *guest_main(void)
{
	paging_start();
	user_map(kernel_directory);
	if (!cpu_has_fpu()) {
		skip("no FPU");
		done();
	}
	is_fine(try_call(load_zero, 0), "TS is clear: no trap");
	hcall_ts(true);
	try_set("in ring 1");
	is_trap(try_call(wait, 0), VECTOR_NM, 0, "TS is set: #NM at WAIT");
	is_trap(ring3_call(load_in_ring3, 0), VECTOR_NM, 0, "TS is set: #NM in ring 3");
	try_in(0x64, 1);
	clock_sleep_ms(1);
	try_set("behind other exits");
	hcall_ts(true);
	try_set("when it is set again");
	hypercall(HCALL_TS, 0x100, 0, 0, 0);
	try_set("with any value but 0");
	hcall_ts(false);
	is_fine(try_call(load_zero, 0), "TS is clear: no trap in ring 1");
	is_fine(try_call(wait, 0), "TS is clear: no trap at WAIT");
	is_fine(ring3_call(load_in_ring3, 0), "TS is clear: no trap in ring 3");
	hypercall_async(HCALL_TS, 1, 0, 0, 0);
	hcall_flush_async();
	try_set("by the ring");
	test_handler();
	done();
}
