/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Intel, "Speculative Execution Side Channel Mitigations" (336996) and "Microarchitectural Data
 * Sampling"; AMD, "Indirect Branch Control Extension".
 */
#include "arch/x86/speculation.h"

#include "arch/x86/cpu.h"
#include "arch/x86/descriptors.h"
#include "arch/x86/msr.h"

#define LEAF_7_EDX_MD_CLEAR (1u << 10)
#define LEAF_7_EDX_IBRS_IBPB (1u << 26)
#define EXTENDED_8_EBX_IBPB (1u << 12)
#define EXTENDED_8_EBX_IBPB_RETURNS (1u << 30) /* and the return stack with it */

#define PREDICTOR_BARRIER 1

struct speculation_barriers speculation_barriers;

/* CPUID has no bit for a barrier of the return stack. A CPU whose predictors need a barrier also
 * gets a barrier of the return stack, unless CPUID says that IBPB clears the return stack. */
struct speculation_barriers speculation_choose(const struct speculation_cpuid *cpu)
{
	struct speculation_barriers b = {.any = false};

	b.predictors =
	    (cpu->leaf_7_edx & LEAF_7_EDX_IBRS_IBPB) || (cpu->extended_8_ebx & EXTENDED_8_EBX_IBPB);
	b.buffers = cpu->leaf_7_edx & LEAF_7_EDX_MD_CLEAR;
	b.returns = b.predictors && !(cpu->extended_8_ebx & EXTENDED_8_EBX_IBPB_RETURNS);
	b.any = b.predictors || b.buffers;
	return b;
}

void speculation_init(void)
{
	speculation_barriers = speculation_choose(&cpu_features.speculation);
}

/* 32 calls are twice the entries of most return stacks. Speculation after a RET lands in an endless
 * loop. */
static void fill_return_stack(void)
{
	u32 calls = 32;

	__asm__ volatile("1:\tcall 3f\n"
			 "2:\tpause\n\t"
			 "jmp 2b\n"
			 "3:\tdecl %0\n\t"
			 "jnz 1b\n\t"
			 "addl %1, %%esp"
			 : "+r"(calls)
			 : "i"(32 * sizeof(u32))
			 : "cc", "memory");
}

/* VERW with its operand in memory: the form with a register does not empty the buffers. */
static void empty_buffers(void)
{
	u16 selector = HOST_DS;

	__asm__ volatile("verw %0" : : "m"(selector) : "cc");
}

void speculation_barrier(void)
{
	if (speculation_barriers.predictors)
		write_msr(MSR_PREDICTOR_COMMAND, PREDICTOR_BARRIER);
	if (speculation_barriers.returns)
		fill_return_stack();
	if (speculation_barriers.buffers)
		empty_buffers();
}
