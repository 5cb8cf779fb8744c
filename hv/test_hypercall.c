// SPDX-License-Identifier: GPL-2.0-or-later
/* Breaks the hypervisor on purpose: debug builds only. */
#include "hv/test_hypercall.h"

#ifdef CONFIG_TEST_HYPERCALL

#include "arch/x86/apic.h"
#include "arch/x86/cpus.h"
#include "arch/x86/memory_map.h"
#include "lib/panic.h"

#define HCALL_TEST 0x554D4252u
#define TEST_PANIC 0 /* in ebx */
#define TEST_NULL_POINTER 1
#define TEST_STACK_OVERFLOW 2
#define TEST_WRITE_TEXT 3
#define TEST_EXECUTE_DATA 4
#define TEST_EXECUTE_ALIAS 5 /* text, where the one-to-one map has it */
#define TEST_INTERRUPT 6     /* vector in ecx, edx: apic_test_interrupt() */
#define TEST_NMI 7           /* to the CPU in ecx */
#define OPCODE_RET 0xC3

/* Overflows any stack; volatile prevents that the compiler makes a loop of it. */
static u32 recurse(volatile u32 *depth)
{
	volatile u32 deeper = *depth + 1;

	return deeper < UINT32_MAX ? recurse(&deeper) + deeper : 0;
}

static void execute(u32 address)
{
	((void (*)(void))(uintptr_t)address)();
}

static void do_nothing(void) {}

static u8 returning_data = OPCODE_RET;

static void execute_where_none_may(bool alias)
{
	u32 address = (u32)(uintptr_t)(alias ? (void *)do_nothing : (void *)&returning_data);

	execute(alias ? address - TOP_START + TOP_LOAD : address);
}

bool test_hypercall(const struct hypercall_slot *call)
{
	volatile u32 depth = 0;

	if (call->eax != HCALL_TEST)
		return false;
	if (call->ebx == TEST_INTERRUPT) {
		apic_test_interrupt(call->ecx, call->edx);
		return true;
	}
	if (call->ebx == TEST_NMI) {
		cpu_send_nmi(call->ecx);
		return true;
	}
	if (call->ebx == TEST_NULL_POINTER)
		/* cppcheck-suppress nullPointer; NOLINTNEXTLINE(*-core.NullDereference) */
		*(volatile u32 *)NULL = 0;
	if (call->ebx == TEST_STACK_OVERFLOW)
		recurse(&depth);
	if (call->ebx == TEST_WRITE_TEXT)
		*(volatile u8 *)(uintptr_t)do_nothing = 0;
	if (call->ebx == TEST_EXECUTE_DATA || call->ebx == TEST_EXECUTE_ALIAS)
		execute_where_none_may(call->ebx == TEST_EXECUTE_ALIAS);
	panic("a guest asked for it, as a test");
}

#endif
