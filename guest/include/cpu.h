/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Features of this CPU, detected in a way that works on a 486, and the FPU's registers. */
#ifndef GUEST_CPU_H
#define GUEST_CPU_H

#define EFLAGS_CARRY 0x1
#define EFLAGS_ALWAYS 0x2 /* bit 1 always reads as 1 */
#define EFLAGS_ZERO 0x40
#define EFLAGS_TF 0x100
#define EFLAGS_IF 0x200
#define EFLAGS_DF 0x400
#define EFLAGS_OF 0x800
#define EFLAGS_IOPL 0x3000
#define EFLAGS_NT 0x4000
#define EFLAGS_RF 0x10000
#define EFLAGS_VM 0x20000
#define EFLAGS_AC 0x40000
#define EFLAGS_ID 0x200000 /* can be changed exactly where CPUID exists */

#ifndef __ASSEMBLER__
#include "lib/types.h"

struct cpuid_result {
	u32 eax, ebx, ecx, edx;
};

bool cpu_has_cpuid(void);
struct cpuid_result cpuid(u32 leaf); /* all zero without CPUID or beyond its last leaf */

/* The time-stamp counter: there is none on a 486. */
bool cpu_has_tsc(void);

static inline u64 rdtsc(void)
{
	u64 now;

	__asm__ volatile("rdtsc" : "=A"(now));
	return now;
}

static inline u32 eflags_read(void)
{
	u32 eflags;

	__asm__ volatile("pushfl; popl %0" : "=r"(eflags));
	return eflags;
}

static inline void eflags_write(u32 eflags)
{
	__asm__ volatile("pushl %0; popfl" : : "r"(eflags) : "cc", "memory");
}

/*
 * The FPU. Compiled code never uses it (-mgeneral-regs-only): only the functions here and inline
 * assembly do, so a kernel need not save it around its own work.
 */
bool cpu_has_fpu(void); /* clears TS for the test: call it once, early */

/* The image FNSAVE writes in 32-bit protected mode (Intel SDM 1, 8.1.10): 28 bytes of control
 * words, then eight registers of ten bytes. */
struct fpu_state {
	u32 control, status, tag, other[4];
	u8 registers[8][10];
};
_Static_assert(sizeof(struct fpu_state) == 108, "FNSAVE image");

/* As after FNINIT. */
extern const struct fpu_state fpu_initial_state;

/* FNSAVE also resets the FPU. */
static inline void fpu_save(struct fpu_state *state)
{
	__asm__ volatile("fnsave %0" : "=m"(*state) : : "memory");
}

static inline void fpu_restore(const struct fpu_state *state)
{
	__asm__ volatile("frstor %0" : : "m"(*state));
}

#endif
#endif
