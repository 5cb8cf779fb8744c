/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Model-specific registers (SDM vol. 4). Only a CPU with cpu_features.msr has any. */
#ifndef ARCH_X86_MSR_H
#define ARCH_X86_MSR_H

#define MSR_EFER 0xC0000080 /* without u: for assembly too */

#ifndef __ASSEMBLER__
#include "arch/x86/trap_frame.h"
#include "lib/types.h"

#define EFER_NXE (1u << 11)

#define MSR_TSC 0x10u
#define MSR_APIC_BASE 0x1Bu
#define MSR_PREDICTOR_COMMAND 0x49u
#define MSR_ARCH_CAPABILITIES 0x10Au
#define MSR_SYSENTER_CS 0x174u
#define MSR_SYSENTER_ESP 0x175u
#define MSR_SYSENTER_EIP 0x176u
#define MSR_DEBUGCTL 0x1D9u
#define MSR_PAT 0x277u
#define MSR_X2APIC 0x800u /* the local APIC's registers, one for every 16 bytes of its page */
#define MSR_INTERRUPT_PENDING 0xC0010055u /* AMD, families 0F to 11 */
#define MSR_STAR 0xC0000081u
#define MSR_LSTAR 0xC0000082u
#define MSR_CSTAR 0xC0000083u
#define MSR_SFMASK 0xC0000084u

#ifdef CONFIG_NATIVE /* a unit test has the registers */
u64 read_msr(u32 msr);
void write_msr(u32 msr, u64 value);
#else
static inline u64 read_msr(u32 msr)
{
	u64 value;

	__asm__ volatile("rdmsr" : "=A"(value) : "c"(msr));
	return value;
}

static inline void write_msr(u32 msr, u64 value)
{
	__asm__ volatile("wrmsr" : : "c"(msr), "A"(value));
}
#endif

/* Writes a register that only some models have; false if this one has not. After cpu_tables_init,
 * since WRMSR then faults (SDM vol. 2, WRMSR). Defined in msr.S. */
bool try_write_msr(u32 msr, u32 low, u32 high);

/* Reads the lower half of such a register; false if the CPU has none. */
bool try_read_msr(u32 msr, u32 *low);

/* For hypervisor_trap: true if the trap is the #GP of one of these. Then it has changed frame->eip,
 * so that the function returns false. Defined in cpu.c. */
bool msr_recover(struct trap_frame *frame);

#endif
#endif
