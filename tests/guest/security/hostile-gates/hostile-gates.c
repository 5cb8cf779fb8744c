/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: A gate into the top 4 MB gives no more than a jump there: behind the Switcher's text a
 * page fault, in it the guest's own end. Ring 3 executes none of it. The machine's vectors keep
 * their function, whatever gate they are given.
 *
 * Reason: The hypervisor's entry points are at known addresses, and a guest may name them.
 *
 * Method: INT3 through both gate types, and a jump; `int n` for the machine's vectors. The
 * Switcher's text loads a stack pointer and segments that are not ring 1's.
 *
 * Module: cpus=0
 * Case: direct killed
 * Case: reflected killed
 * Case: jump killed
 * Case: elsewhere shut down "tap: 12 passed"
 */
#include "guest/include/kit.h"

#define TEXT_PAGE SWITCHER_START
#define ERROR_IDT 2 /* in a selector error code (Intel SDM 3, 6.13) */
#define STEP 64
#define OPCODE_RET 0xC3
#define REGISTERS_PAGE (TEXT_PAGE + PAGE_SIZE)
/* In it: between the counts, which the hypervisor clears at the end of a turn, and the frames. */
#define UNUSED 0x5C0
/* The Switcher's page, the CPU's two, and some of the pages behind them. */
#define TRIED_END (TEXT_PAGE + 8 * PAGE_SIZE)

static u32 breakpoint(u32 argument)
{
	__asm__ volatile("int3" : : : "memory");
	return argument;
}

/* It trapped in the top 4 MB, or returned: the Switcher's text has a RET too. */
static bool harmless(struct outcome outcome)
{
	return !outcome.trapped || outcome.frame.eip >= SWITCHER_START;
}

static void try_gates(u32 type)
{
	u32 at, bad = 0;

	for (at = TEXT_PAGE + PAGE_SIZE; at < TRIED_END; at += PAGE_SIZE) {
		gate_set(VECTOR_BP, type, 0, at);
		bad += !harmless(try_call(breakpoint, 0));
	}
	trap_gate(VECTOR_BP, GATE_TRAP, 3);
	is_equal(bad, 0, "handlers of type %x behind the Switcher", type);
	is_trap(try_call(breakpoint, 0), VECTOR_BP, 0, "a good gate works afterwards");
}

/* The guest can write to the registers page, and without NX execute it: without a RET of its own there it would run
 * into the registers of its last VM exit, and do to itself whatever they mean. The page is its CPU's, so it stays on
 * that CPU. */
static void test_execute(void)
{
	volatile u8 *ret = (volatile u8 *)(REGISTERS_PAGE + UNUSED);
	u32 at, ring1 = 0, ring3 = 0;

	*ret = OPCODE_RET;
	for (at = TEXT_PAGE; at < TEXT_PAGE + PAGE_SIZE; at += STEP)
		ring3 += ring3_execute(at).vector != VECTOR_PF;
	for (at = TEXT_PAGE + PAGE_SIZE; at < TRIED_END; at += PAGE_SIZE) {
		ring1 += !harmless(try_execute(at == REGISTERS_PAGE ? (u32)ret : at));
		ring3 += ring3_execute(at).vector != VECTOR_PF;
	}
	*ret = 0;
	is_equal(ring1, 0, "executed in ring 1: nothing happens below the top 4 MB");
	is_equal(ring3, 0, "executed in ring 3: page faults");
}

/* `int n` cannot have n in a register. */
#define INT_FUNCTION(vector)                                                                       \
	static u32 int_##vector(u32 argument)                                                      \
	{                                                                                          \
		__asm__ volatile("int %0" : : "i"(vector) : "memory");                             \
		return argument;                                                                   \
	}
INT_FUNCTION(2)
INT_FUNCTION(8)
INT_FUNCTION(14)
INT_FUNCTION(18)
INT_FUNCTION(33)

static void test_vectors(void)
{
	static const struct {
		u32 vector;
		u32 (*function)(u32);
	} machine[] = {{2, int_2}, {8, int_8}, {14, int_14}, {18, int_18}, {33, int_33}};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(machine); i++) {
		/* #PF's own stays: the probes need it. */
		if (machine[i].vector != VECTOR_PF)
			gate_set(machine[i].vector, GATE_TRAP, 3, TEXT_PAGE);
		is_trap(try_call(machine[i].function, 0), VECTOR_GP,
			machine[i].vector * 8 + ERROR_IDT, "int %u", machine[i].vector);
	}
	gate_set(HCALL_VECTOR, GATE_TRAP, 3, TEXT_PAGE);
	hcall_flush_async();
	ok(true, "vector 31 is still the hypercall");
}

static const char *into_text(char how)
{
	u32 at;

	for (at = TEXT_PAGE; at < TEXT_PAGE + PAGE_SIZE; at += STEP) {
		gate_set(VECTOR_BP, how == 'd' ? GATE_TRAP : GATE_INTERRUPT, 0, at);
		if (how == 'j')
			try_execute(at);
		else
			try_call(breakpoint, 0);
	}
	return "survived";
}

const char *guest_main(void)
{
	char name[32] = "";

	paging_start();
	user_map(kernel_directory);
	boot_option_value("case", name, sizeof(name));
	if (name[0] != 'e')
		return into_text(name[0]);
	try_gates(GATE_TRAP);
	try_gates(GATE_INTERRUPT);
	test_execute();
	test_vectors();
	done();
}
