/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds out what the CPU can do, from an early 486 up, and sets its control registers. */
#include "arch/x86/cpu.h"

#include "arch/x86/msr.h"
#include "arch/x86/trap_frame.h"
#include "lib/string.h"

struct cpu_features cpu_features HOT_DATA;

#define CPUID_EXTENDED 0x80000000u
#define CPUID_1_EDX_FPU (1u << 0)
#define CPUID_1_EDX_PSE (1u << 3)
#define CPUID_1_EDX_TSC (1u << 4)
#define CPUID_1_EDX_MSR (1u << 5)
#define CPUID_1_EDX_PAE (1u << 6)
#define CPUID_1_EDX_APIC (1u << 9)
#define CPUID_1_EDX_SEP (1u << 11)
#define CPUID_1_EDX_PAT (1u << 16)
#define CPUID_1_EDX_FXSR (1u << 24)
#define CPUID_1_EDX_SSE (1u << 25)
#define CPUID_1_ECX_RDRAND (1u << 30)
#define CPUID_1_ECX_HYPERVISOR (1u << 31)
#define CPUID_EXT1_EDX_SYSCALL (1u << 11)
#define CPUID_EXT1_EDX_NX (1u << 20)
#define CPUID_EXT7_EDX_CONSTANT_TSC (1u << 8)

#define EFER_NXE (1u << 11)

/* WB, WT, UC-, UC, and the same again (SDM vol. 3, 11.12.4). */
/* As after reset, but for entry 1, which an entry with PWT alone selects: write-combining. */
#define PAT_ENTRIES 0x0007040600070106ull

#define FAMILY_WITH_DEBUGCTL 6 /* P6 and K7 (SDM vol. 4; AMD's manual vol. 2, 13.1.1) */

struct cpuid {
	u32 eax, ebx, ecx, edx;
};

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

static void detect_extended(const struct cpuid *basic)
{
	u32 most = cpuid(CPUID_EXTENDED).eax, edx;

	if (most >= CPUID_EXTENDED + 1) {
		edx = cpuid(CPUID_EXTENDED + 1).edx;
		cpu_features.nx = edx & CPUID_EXT1_EDX_NX;
		cpu_features.syscall = edx & CPUID_EXT1_EDX_SYSCALL;
	}
	if (most >= CPUID_EXTENDED + 7)
		cpu_features.tsc_constant =
		    cpuid(CPUID_EXTENDED + 7).edx & CPUID_EXT7_EDX_CONSTANT_TSC;
	if (most >= CPUID_EXTENDED + 8)
		cpu_features.speculation.extended_8_ebx = cpuid(CPUID_EXTENDED + 8).ebx;
	/* An emulator's TSC has a constant rate, independent of the CPU model that it shows. */
	if (basic->ecx & CPUID_1_ECX_HYPERVISOR)
		cpu_features.tsc_constant = cpu_features.tsc;
}

/* The first Pentium Pros report SYSENTER and do not have it (SDM vol. 2, SYSENTER). */
static bool has_sysenter(const struct cpuid *basic)
{
	u32 model_and_stepping = basic->eax & 0xFF;

	return (basic->edx & CPUID_1_EDX_SEP) && (basic->edx & CPUID_1_EDX_MSR) &&
	       !(cpu_features.family == 6 && model_and_stepping < 0x33);
}

void cpu_detect(void)
{
	struct cpuid vendor, basic;

	cpu_features.fpu = has_fpu();
	strlcpy(cpu_features.vendor, "486", sizeof(cpu_features.vendor));
	cpu_features.cpuid = has_cpuid();
	if (!cpu_features.cpuid)
		return;
	vendor = cpuid(0);
	memcpy(cpu_features.vendor, &vendor.ebx, 4);
	memcpy(cpu_features.vendor + 4, &vendor.edx, 4);
	memcpy(cpu_features.vendor + 8, &vendor.ecx, 4);
	cpu_features.vendor[12] = '\0';
	if (vendor.eax < 1)
		return;
	basic = cpuid(1);
	cpu_features.cr4 = basic.edx & ~CPUID_1_EDX_FPU; /* some feature that CR4 would switch */
	cpu_features.pse = basic.edx & CPUID_1_EDX_PSE;
	cpu_features.tsc = basic.edx & CPUID_1_EDX_TSC;
	cpu_features.pae = basic.edx & CPUID_1_EDX_PAE;
	cpu_features.fxsr = basic.edx & CPUID_1_EDX_FXSR;
	cpu_features.sse = basic.edx & CPUID_1_EDX_SSE;
	cpu_features.msr = basic.edx & CPUID_1_EDX_MSR;
	cpu_features.apic = basic.edx & CPUID_1_EDX_APIC;
	cpu_features.pat = basic.edx & CPUID_1_EDX_PAT;
	cpu_features.rdrand = basic.ecx & CPUID_1_ECX_RDRAND;
	cpu_features.family = basic.eax >> 8 & 0xF;
	cpu_features.sysenter = has_sysenter(&basic);
	if (vendor.eax >= 7)
		cpu_features.speculation.leaf_7_edx = cpuid(7).edx;
	detect_extended(&basic);
}

/* From msr.S. */
extern const char try_write_msr_faults[], try_write_msr_faulted[];

bool msr_recover(struct trap_frame *frame)
{
	if (frame->trap != VECTOR_GP || frame->eip != (u32)(uintptr_t)try_write_msr_faults)
		return false;
	frame->eip = (u32)(uintptr_t)try_write_msr_faulted;
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
 * PKE. host_use_pae sets PAE later.
 *
 * EFER: NXE, which has an effect only with PAE.
 */
void cpu_control_setup(void)
{
	u32 cr4 = 0;

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
