/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The features of the CPU that the hypervisor uses. */
#ifndef ARCH_X86_CPU_FEATURES_H
#define ARCH_X86_CPU_FEATURES_H

#include "arch/x86/speculation.h"
#include "lib/types.h"

struct cpu_features {
	bool cpuid; /* the CPUID instruction itself, which early 486s lack */
	bool cr4;
	bool fpu, fxsr, sse;
	bool tsc;
	bool tsc_constant; /* its rate never changes */
	bool pse, pae, nx;
	bool msr, apic, pat, sysenter, syscall;
	bool rdrand;
	u8 family;
	struct speculation_cpuid speculation;
	char vendor[13];
};

/* The answers of the instruction CPUID. */
struct cpuid {
	u32 eax, ebx, ecx, edx;
};

typedef struct cpuid cpuid_function(u32 leaf);

/* Fills in everything but `fpu`, which CPUID does not decide. `cpuid` NULL: the CPU has no such
 * instruction, as an early 486. */
void cpu_features_decode(struct cpu_features *f, cpuid_function *cpuid);

#endif
