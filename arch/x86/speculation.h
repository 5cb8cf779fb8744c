/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Barriers that keep one guest from using branch predictions and buffers that another guest has
 * left in the CPU (docs/evidence.md, Speculation). CPUID tells which of them a CPU has.
 */
#ifndef ARCH_X86_SPECULATION_H
#define ARCH_X86_SPECULATION_H

#include "lib/types.h"

/* Words of CPUID; 0 where it has no such leaf. */
struct speculation_cpuid {
	u32 leaf_7_edx;
	u32 extended_8_ebx;
};

struct speculation_barriers {
	bool any;
	bool predictors; /* IBPB: no indirect branch goes where another guest's went */
	bool buffers;    /* VERW: empties the buffers that MDS reads */
	bool returns;    /* fills the return stack: no RET goes where another guest's went */
};

extern struct speculation_barriers speculation_barriers;

/* The barriers for a CPU with these words of CPUID. */
struct speculation_barriers speculation_choose(const struct speculation_cpuid *cpu);

/* Chooses for this CPU, after cpu_detect; executes the barriers. */
void speculation_init(void);
void speculation_barrier(void);

/* Between one guest and another. For hv/sched/schedule.c. */
static inline void speculation_switch_guests(void)
{
	if (__builtin_expect(speculation_barriers.any, false))
		speculation_barrier();
}

#endif
