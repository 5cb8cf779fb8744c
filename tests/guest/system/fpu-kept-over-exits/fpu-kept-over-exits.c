/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: The registers of the FPU, and of SSE where there is one, are unchanged after each kind
 * of exit. Their exceptions (16 and 19) arrive directly.
 *
 * Reason: The hypervisor leaves the values in the registers. It compares page tables and zeroes frames
 * with two of those of SSE, which it has to restore, and CR0.TS, too.
 *
 * Method: Eight numbers in st0 to st7 and a pattern in xmm0 to xmm7 and MXCSR. Then a hypercall, a
 * filled page fault, a reflected trap, an ignored IN, a sleep, a flush; then each bit is compared.
 * The flush and the fill once more with TS set: it has to be set behind them.
 *
 * Expect: shut down "tap: "
 */
#include "guest/include/kit.h"

#define XMM_COUNT 8
#define XMM_SIZE 16
#define MXCSR 0x5F80u   /* all masked, round up: not what reset gives */
#define CONTROL 0x0F7Fu /* all masked, round to zero: not what FNINIT gives */
#define CONTROL_UNMASKED_ZERO 0x037Bu
#define MXCSR_UNMASKED_ZERO 0x1D80u
#define CPUID_SSE 0x02000000u /* leaf 1, edx */

static u8 xmm_pattern[XMM_COUNT][XMM_SIZE], xmm_found[XMM_COUNT][XMM_SIZE];
static bool has_sse;

static void load_x87(void)
{
	static const u16 control = CONTROL;
	u32 i, number;

	__asm__ volatile("fninit; fldcw %0" : : "m"(control));
	for (i = 0; i < 8; i++) {
		number = 1000 + i;
		__asm__ volatile("fildl %0" : : "m"(number));
	}
}

#define EACH_XMM(move, n)                                                                          \
	move(0, n) move(1, n) move(2, n) move(3, n) move(4, n) move(5, n) move(6, n) move(7, n)
#define LOAD(i, n) "movups " #i "*16(" n "), %%xmm" #i "\n"
#define STORE(i, n) "movups %%xmm" #i ", " #i "*16(" n ")\n"

static void load_sse(void)
{
	static const u32 mxcsr = MXCSR;

	memset(xmm_pattern, 0, sizeof(xmm_pattern));
	for (u32 i = 0; i < sizeof(xmm_pattern); i++)
		xmm_pattern[i / XMM_SIZE][i % XMM_SIZE] = 3 * i + 1;
	__asm__ volatile(EACH_XMM(LOAD, "%0") "ldmxcsr %1" : : "r"(xmm_pattern), "m"(mxcsr));
}

static bool sse_is_unchanged(void)
{
	u32 mxcsr;

	__asm__ volatile(EACH_XMM(STORE, "%1") "stmxcsr %0"
			 : "=m"(mxcsr)
			 : "r"(xmm_found)
			 : "memory");
	return mxcsr == MXCSR && !memcmp(xmm_found, xmm_pattern, sizeof(xmm_pattern));
}

static void check_after(const char *what, void (*leave)(void))
{
	struct fpu_state before, after;

	load_x87();
	fpu_save(&before);
	fpu_restore(&before);
	if (has_sse)
		load_sse();
	leave();
	fpu_save(&after);
	ok(!memcmp(before.registers, after.registers, sizeof(after.registers)) &&
	       before.control == after.control && before.status == after.status &&
	       before.tag == after.tag,
	   "x87 after %s", what);
	if (has_sse)
		ok(sse_is_unchanged(), "SSE after %s", what);
}

static void by_hypercall(void)
{
	hcall_flush_async();
}

static void by_notify(void)
{
	printf("# a line\n");
}

static void by_fill(void)
{
	const u32 address = 0x20000000;
	u32 *page = page_alloc();

	page_map(kernel_directory, address, gpa_of(page), PTE_WRITE);
	try_write(address, 1);
}

static void by_reflection(void)
{
	try_read(0x30000000);
}

static void by_io(void)
{
	try_in(0x64, 1);
}

static void by_sleep(void)
{
	clock_sleep_ms(5);
}

static void by_switch(void)
{
	struct page_table *other = directory_new();

	directory_switch(other);
	directory_switch(kernel_directory);
	directory_free(other);
}

/* A flush that has a page table to compare, and a page of memory that is new. */
static void by_flush(void)
{
	const u32 address = 0x21000000;
	static u32 pages;
	u32 *page = page_alloc();

	page_map(kernel_directory, address + pages * PAGE_SIZE, gpa_of(page), PTE_WRITE);
	try_write(address + pages++ * PAGE_SIZE, 1);
	hcall_flush_tlb_user();
	hcall_flush_tlb_all();
}

static u32 use_x87(u32 unused)
{
	__asm__ volatile("fnop");
	return unused;
}

static void by_flush_with_ts(void)
{
	hcall_ts(true);
	by_flush();
	is_trap(try_call(use_x87, 0), VECTOR_NM, 0, "TS is still set behind a flush");
	hcall_ts(false);
}

/* 1 / 0 with that exception unmasked; WAIT is where x87 tells. */
static u32 divide_x87(u32 unused)
{
	static const u16 control = CONTROL_UNMASKED_ZERO;

	__asm__ volatile("fninit; fldcw %0; fld1; fldz; fdivrp; fwait" : : "m"(control));
	return unused;
}

static u32 divide_sse(u32 unused)
{
	static const u32 mxcsr = MXCSR_UNMASKED_ZERO;
	static const u32 one = 0x3F800000; /* 1.0f */

	__asm__ volatile("ldmxcsr %0; xorps %%xmm1, %%xmm1; movss %1, %%xmm0; divss %%xmm1, %%xmm0"
			 :
			 : "m"(mxcsr), "m"(one));
	return unused;
}

static void test_exceptions(void)
{
	struct outcome outcome;

	is_trap(try_call(divide_x87, 0), VECTOR_MF, 0, "1 / 0 in x87 is vector 16");
	__asm__ volatile("fninit");
	if (!has_sse)
		return;
	outcome = try_call(divide_sse, 0);
	if (outcome.trapped)
		is_trap(outcome, VECTOR_XM, 0, "1 / 0 in SSE is vector 19");
	else
		skip("this emulator leaves SSE's exceptions out");
}

const char *guest_main(void)
{
	if (!cpu_has_fpu()) {
		skip("no FPU");
		done();
	}
	has_sse = cpuid(1).edx & CPUID_SSE;
	paging_start();
	check_after("a hypercall", by_hypercall);
	check_after("NOTIFY", by_notify);
	check_after("a fill", by_fill);
	check_after("a reflected page fault", by_reflection);
	check_after("an ignored IN", by_io);
	check_after("a sleep", by_sleep);
	check_after("other page tables", by_switch);
	check_after("a flush", by_flush);
	check_after("a flush with TS set", by_flush_with_ts);
	test_exceptions();
	done();
}
