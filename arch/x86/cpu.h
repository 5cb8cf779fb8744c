/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The features of this CPU, and its control registers (SDM vol. 3, 2.5). */
#ifndef ARCH_X86_CPU_H
#define ARCH_X86_CPU_H

#include "arch/x86/cpu_features.h"
#include "lib/types.h"

extern struct cpu_features cpu_features;

/* Fills cpu_features. The first thing that boot_main does. */
void cpu_detect(void);

/* True, with the difference, if this CPU must not be used beside the boot CPU. */
bool cpu_differs(struct cpu_difference *difference);

/* Sets each bit of CR0, CR4 and of the model-specific registers that matter; start.S has cleared
 * those that could not wait. After cpu_tables_init, since WRMSR may fault. */
void cpu_control_setup(void);

/* RDTSC faults in rings 1 to 3, or does not. Only if cpu_features.cr4. */
void cpu_forbid_tsc(bool forbid);

#define CR0_PE (1u << 0)
#define CR0_MP (1u << 1)
#define CR0_EM (1u << 2)
#define CR0_TS (1u << 3)
#define CR0_ET (1u << 4) /* always 1 from the 486 on */
#define CR0_NE (1u << 5)
#define CR0_WP (1u << 16)
#define CR0_AM (1u << 18)
#define CR0_CD (1u << 30)
#define CR0_PG (1u << 31)
#define CR4_TSD (1u << 2)
#define CR4_PSE (1u << 4)
#define CR4_PAE (1u << 5)
#define CR4_OSFXSR (1u << 9)
#define CR4_OSXMMEXCPT (1u << 10)

static inline u32 read_cr0(void)
{
	u32 value;

	__asm__ volatile("movl %%cr0, %0" : "=r"(value));
	return value;
}

static inline void write_cr0(u32 value)
{
	__asm__ volatile("movl %0, %%cr0" : : "r"(value));
}

static inline u32 read_cr2(void)
{
	u32 value;

	__asm__ volatile("movl %%cr2, %0" : "=r"(value));
	return value;
}

static inline u32 read_cr3(void)
{
	u32 value;

	__asm__ volatile("movl %%cr3, %0" : "=r"(value));
	return value;
}

static inline void write_cr3(u32 value)
{
	__asm__ volatile("movl %0, %%cr3" : : "r"(value) : "memory");
}

static inline void write_cr4(u32 value)
{
	__asm__ volatile("movl %0, %%cr4" : : "r"(value) : "memory");
}

#define DR6_RESET 0xFFFF0FF0u /* the bits that are always 1 (SDM vol. 3, 17.2.3) */
#define DR6_STEP (1u << 14)   /* BS */

static inline u32 read_dr6(void)
{
	u32 value;

	__asm__ volatile("movl %%dr6, %0" : "=r"(value));
	return value;
}

static inline void write_dr6(u32 value)
{
	__asm__ volatile("movl %0, %%dr6" : : "r"(value));
}

static inline void flush_page(const void *address)
{
	__asm__ volatile("invlpg %0" : : "m"(*(const u8 *)address) : "memory");
}

/* Writes back and empties the caches. From the 486 on. */
static inline void flush_caches(void)
{
	__asm__ volatile("wbinvd" : : : "memory");
}

#ifdef CONFIG_NATIVE /* a unit test plays the counter; a thread of it that waits gives its processor away */
u64 read_tsc(void);
void cpu_pause(void);
#else
static inline u64 read_tsc(void)
{
	u64 value;

	__asm__ volatile("rdtsc" : "=A"(value));
	return value;
}

/* Once in each loop that waits for another CPU (SDM vol. 2, PAUSE; a NOP on older CPUs). */
static inline void cpu_pause(void)
{
	__builtin_ia32_pause();
}
#endif

/* A random number; false if the hardware has none ready (SDM vol. 2, RDRAND). Only if
 * cpu_features.rdrand. */
static inline bool read_random(u32 *value)
{
	u8 ready;

	__asm__ volatile("rdrand %0; setc %1" : "=r"(*value), "=qm"(ready) : : "cc");
	return ready;
}

/* Takes interrupts, and halts until one has come. STI takes effect after the next instruction, so
 * none is taken between STI and HLT (SDM vol. 2, STI). For hv/stretch.c, and for the waits of boot/
 * and hv/console before and after guests run: hv/base/stretch.h has the rule on interrupts. */
static inline void wait_for_interrupt(void)
{
	__asm__ volatile("sti; hlt; cli" : : : "memory");
}

/* Takes the pending interrupts and goes on; the same callers. */
static inline void take_interrupts(void)
{
	__asm__ volatile("sti; nop; nop; cli" : : : "memory");
}

NORETURN static inline void halt_forever(void)
{
	for (;;)
		__asm__ volatile("cli; hlt");
}

#endif
