/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: A far jump, call or return to the hypervisor's segments or task states, and a segment
 * load of them, is the CPU's #GP with that selector. IRET cannot raise IOPL.
 *
 * Reason: Their descriptors are in the same table as the guest's, behind them.
 *
 * Method: Each selector from the guest's last one to beyond the table's end, with RPL 0 and 1, by
 * ljmp, lcall, lret and iret, and as a data segment. The error code is the selector without its RPL
 * (Intel SDM 3, 5.8 and 5.6).
 *
 * Expect: shut down "tap: "
 */
#include "guest/include/kit.h"

#define FIRST GUEST_GDT_ENTRIES
#define LAST (GUEST_GDT_ENTRIES + 8) /* the table is shorter */

struct far_pointer {
	u32 offset;
	u16 selector;
} PACKED;

static void landed(void)
{
	panic("a far transfer has worked, and cs is %#x", cs_read());
}

static u32 far_jump(u32 selector)
{
	struct far_pointer to = {(u32)landed, selector};

	__asm__ volatile("ljmp *%0" : : "m"(to) : "memory");
	return 0;
}

static u32 far_call(u32 selector)
{
	struct far_pointer to = {(u32)landed, selector};

	__asm__ volatile("lcall *%0" : : "m"(to) : "memory");
	return 0;
}

static u32 far_return(u32 selector)
{
	__asm__ volatile("pushl %0; pushl %1; lret" : : "r"(selector), "r"(landed) : "memory");
	return 0;
}

static u32 interrupt_return(u32 selector)
{
	__asm__ volatile("pushfl; pushl %0; pushl %1; iret"
			 :
			 : "r"(selector), "r"(landed)
			 : "memory");
	return 0;
}

static u32 load_segment(u32 selector)
{
	gs_write(selector);
	return 0;
}

static void try_selectors(u32 (*way)(u32), const char *name)
{
	struct outcome outcome;
	u32 entry, rpl, bad = 0;

	for (entry = FIRST; entry <= LAST; entry++) {
		for (rpl = 0; rpl <= 1; rpl++) {
			outcome = try_call(way, entry * 8 + rpl);
			if (outcome.trapped && outcome.vector == VECTOR_GP &&
			    outcome.error == entry * 8)
				continue;
			note("entry %u, RPL %u: %s", entry, rpl, outcome_text(&outcome));
			bad++;
		}
	}
	is_equal(bad, 0, "%s", name);
}

/* IOPL 3 and IF 0 in the flags that are returned with. */
static u32 iret_with_iopl(u32 unused)
{
	u32 eflags;

	(void)unused;
	__asm__ volatile("pushl %1; pushl %2; pushl $1f; iret\n1: pushfl; popl %0"
			 : "=r"(eflags)
			 : "i"(EFLAGS_ALWAYS | EFLAGS_IOPL), "i"(GUEST_CS)
			 : "memory", "cc");
	return eflags;
}

static u32 popf_with_iopl(u32 unused)
{
	(void)unused;
	eflags_write(EFLAGS_ALWAYS | EFLAGS_IOPL);
	return eflags_read();
}

const char *guest_main(void)
{
	const u32 fixed = EFLAGS_IOPL | EFLAGS_IF;

	paging_start();
	try_selectors(far_jump, "ljmp");
	try_selectors(far_call, "lcall");
	try_selectors(far_return, "lret");
	try_selectors(interrupt_return, "iret");
	try_selectors(load_segment, "a data segment register");
	is_equal(try_call(iret_with_iopl, 0).value & fixed, EFLAGS_IF,
		 "IRET changes neither IOPL nor the real IF");
	is_equal(try_call(popf_with_iopl, 0).value & fixed, EFLAGS_IF,
		 "POPF changes neither IOPL nor the real IF");
	is_trap(try_call(interrupt_return, 0), VECTOR_GP, 0, "IRET to a null selector");
	is_trap(try_call(interrupt_return, GUEST_DS), VECTOR_GP, GUEST_DS & ~3u,
		"IRET to a data segment");
	done();
}
