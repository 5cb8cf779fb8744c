/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds out what the CPU can do, from an early 486 up, and sets its control registers. */
#include "arch/x86/cpu.h"

#include "arch/x86/host_paging.h"
#include "arch/x86/msr.h"
#include "arch/x86/trap_frame.h"
#include "lib/string.h"

struct cpu_features cpu_features HOT_DATA;

/* As after reset, WB, WT, UC-, UC and the same again (SDM vol. 3, 11.12.4); but entry 1, which an
 * entry with PWT alone selects, is write-combining. */
#define PAT_ENTRIES 0x0007040600070106ull

#define FAMILY_WITH_DEBUGCTL 6 /* P6 and K7 (SDM vol. 4; AMD's manual vol. 2, 13.1.1) */

static struct cpuid cpuid(u32 leaf)
{
	struct cpuid r;

	__asm__ volatile("cpuid"
			 : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
			 : "a"(leaf), "c"(0));
	return r;
}

/* CPUID exists if software can change EFLAGS.ID (SDM vol. 1, 20.1.2). */
static bool has_cpuid(void)
{
	u32 before, after;

	__asm__ volatile("pushfl\n\t"
			 "popl %0\n\t"
			 "movl %0, %1\n\t"
			 "xorl %2, %1\n\t"
			 "pushl %1\n\t"
			 "popfl\n\t"
			 "pushfl\n\t"
			 "popl %1\n\t"
			 "pushl %0\n\t"
			 "popfl"
			 : "=&r"(before), "=&r"(after)
			 : "i"(EFLAGS_ID));
	return (before ^ after) & EFLAGS_ID;
}

/* An FPU answers FNINIT with a clear status word. */
static bool has_fpu(void)
{
	u16 status = 0xFFFF;

	write_cr0(read_cr0() & ~(CR0_EM | CR0_TS));
	__asm__ volatile("fninit; fnstsw %0" : "+m"(status));
	return status == 0;
}

void cpu_detect(void)
{
	cpu_features_decode(&cpu_features, has_cpuid() ? cpuid : NULL);
	cpu_features.fpu = has_fpu();
	cpu_features.sse2 = cpu_features.sse2 && cpu_features.fpu; /* CR0.EM forbids both */
}

bool cpu_differs(struct cpu_difference *difference)
{
	struct cpu_features its;

	cpu_features_decode(&its, has_cpuid() ? cpuid : NULL);
	return cpu_features_differ(&cpu_features, &its, difference);
}

/* From msr.S. */
extern const char try_write_msr_faults[], try_write_msr_faulted[];
extern const char try_read_msr_faults[], try_read_msr_faulted[];

bool msr_recover(struct trap_frame *frame)
{
	if (frame->trap != VECTOR_GP)
		return false;
	if (frame->eip == (u32)(uintptr_t)try_write_msr_faults)
		frame->eip = (u32)(uintptr_t)try_write_msr_faulted;
	else if (frame->eip == (u32)(uintptr_t)try_read_msr_faults)
		frame->eip = (u32)(uintptr_t)try_read_msr_faulted;
	else
		return false;
	return true;
}

/* A page's type may change only while nothing is cached (SDM vol. 3, 11.12.4 and 11.11.8). */
static void set_pat(void)
{
	u32 cr0 = read_cr0();

	if (!cpu_features.pat || read_msr(MSR_PAT) == PAT_ENTRIES)
		return;
	write_cr0(cr0 | CR0_CD);
	flush_caches();
	write_cr3(read_cr3());
	write_msr(MSR_PAT, PAT_ENTRIES);
	flush_caches();
	write_cr3(read_cr3());
	write_cr0(cr0);
}

/*
 * SYSENTER with a null code segment in its MSR is #GP, and SYSCALL without EFER.SCE is #UD (SDM
 * vol. 2): no guest gets into ring 0 by either. DEBUGCTL is off, so branches are not traced to
 * memory, and TF steps over single instructions, not from branch to branch.
 */
static void reset_msrs(void)
{
	if (cpu_features.sysenter) {
		write_msr(MSR_SYSENTER_CS, 0);
		write_msr(MSR_SYSENTER_ESP, 0);
		write_msr(MSR_SYSENTER_EIP, 0);
	}
	if (cpu_features.syscall || cpu_features.nx)
		write_msr(MSR_EFER, cpu_features.nx ? EFER_NXE : 0);
	for (u32 msr = MSR_STAR; cpu_features.syscall && msr <= MSR_SFMASK; msr++)
		try_write_msr(msr, 0, 0); /* all but the first exist on 64-bit CPUs only */
	if (cpu_features.msr && cpu_features.family >= FAMILY_WITH_DEBUGCTL)
		try_write_msr(MSR_DEBUGCTL, 0, 0);
	set_pat();
}

/*
 * CR0: WP, since ring 1 is supervisor and must not write read-only pages; AM and NE as every kernel
 * sets them (alignment checks in ring 3, FPU errors by vector 16); EM only if there is no FPU. CD
 * and NW are clear.
 *
 * CR4: PSE for the 4 MB pages of the one-to-one map, OSFXSR and OSXMMEXCPT for the guests' SSE.
 * Off: PGE (a global translation would survive a VM entry), TSD (guests may read the time), VME,
 * PVI and UMIP (the guest must not see their effects), PCE, SMEP and SMAP (a ring-1 kernel may run
 * and read its user's pages), MCE, OSXSAVE (the hypervisor does not save those registers), CET,
 * PKE. PAE as it is: on the boot CPU host_use_pae sets it later.
 *
 * EFER: NXE, which has an effect only with PAE.
 */
void cpu_control_setup(void)
{
	u32 cr4 = host_uses_pae() ? CR4_PAE : 0;

	write_cr0(CR0_PG | CR0_PE | CR0_ET | CR0_WP | CR0_AM | CR0_NE |
		  (cpu_features.fpu ? CR0_MP : CR0_EM));
	if (cpu_features.pse)
		cr4 |= CR4_PSE;
	if (cpu_features.fxsr)
		cr4 |= CR4_OSFXSR;
	if (cpu_features.sse)
		cr4 |= CR4_OSXMMEXCPT;
	if (cpu_features.cr4)
		write_cr4(cr4);
	reset_msrs();
}

void cpu_forbid_tsc(bool forbid)
{
	u32 cr4;

	__asm__ volatile("movl %%cr4, %0" : "=r"(cr4));
	write_cr4(forbid ? cr4 | CR4_TSD : cr4 & ~CR4_TSD);
}
