/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The features of the CPU that the hypervisor uses. */
#ifndef ARCH_X86_CPU_FEATURES_H
#define ARCH_X86_CPU_FEATURES_H

#include "arch/x86/speculation.h"
#include "lib/types.h"

#define CPUID_EXTENDED 0x80000000u
#define CPUID_1_EDX_PSE (1u << 3)
#define CPUID_1_EDX_PAE (1u << 6)
#define CPUID_EXT1_EDX_NX (1u << 20)

/* Words of CPUID whose bits stand for features. Guests see them, too: CPUID is not trapped. */
enum cpuid_word {
	CPUID_1_EDX,
	CPUID_1_ECX,
	CPUID_7_EBX,
	CPUID_7_ECX,
	CPUID_7_EDX,
	CPUID_EXT1_EDX,
	CPUID_EXT1_ECX,
	CPUID_EXT7_EDX,
	CPUID_EXT8_EBX,
	CPUID_WORDS
};

struct cpu_features {
	bool cpuid; /* the CPUID instruction itself, which early 486s lack */
	bool cr4;
	bool fpu, fxsr, sse, sse2;
	bool tsc;
	bool tsc_constant; /* its rate never changes */
	bool pse, pae, nx;
	bool msr, apic, pat, sysenter, syscall;
	bool rdrand;
	u8 family;
	struct speculation_cpuid speculation;
	char vendor[13];
	u32 words[CPUID_WORDS];
};

/* The answers of the instruction CPUID. */
struct cpuid {
	u32 eax, ebx, ecx, edx;
};

typedef struct cpuid cpuid_function(u32 leaf);

/* Fills in everything but `fpu`, which CPUID does not decide. `cpuid` NULL: the CPU has no such
 * instruction, as an early 486. */
void cpu_features_decode(struct cpu_features *f, cpuid_function *cpuid);

/* A bit of CPUID. */
struct cpu_difference {
	u32 leaf;
	const char *name; /* of the register */
	u32 bit;
};

/* True, with the first such bit, if `other` has not the features of the boot CPU: the hypervisor, and a
 * guest that moves, would use on one CPU what they have found on the other. */
bool cpu_features_differ(const struct cpu_features *boot, const struct cpu_features *other,
			 struct cpu_difference *difference);

#endif
