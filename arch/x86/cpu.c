/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds out what the CPU can do, from an early 486 up, and sets its control registers. */
#include "arch/x86/cpu.h"

#include "arch/x86/registers.h"
#include "lib/string.h"

struct cpu_features cpu_features HOT_DATA;

#define CPUID_EXTENDED 0x80000000u
#define CPUID_1_EDX_FPU (1u << 0)
#define CPUID_1_EDX_PSE (1u << 3)
#define CPUID_1_EDX_TSC (1u << 4)
#define CPUID_1_EDX_MSR (1u << 5)
#define CPUID_1_EDX_PAE (1u << 6)
#define CPUID_1_EDX_SEP (1u << 11)
#define CPUID_1_EDX_FXSR (1u << 24)
#define CPUID_1_EDX_SSE (1u << 25)
#define CPUID_1_ECX_RDRAND (1u << 30)
#define CPUID_1_ECX_HYPERVISOR (1u << 31)
#define CPUID_EXT1_EDX_NX (1u << 20)
#define CPUID_EXT7_EDX_CONSTANT_TSC (1u << 8)

#define MSR_SYSENTER_CS 0x174u
#define MSR_EFER 0xC0000080u
#define EFER_NXE (1u << 11)

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

/* An FPU that is there answers FNINIT with a clear status word. */
static bool has_fpu(void)
{
	u16 status = 0xFFFF;

	write_cr0(read_cr0() & ~(CR0_EM | CR0_TS));
	__asm__ volatile("fninit; fnstsw %0" : "+m"(status));
	return status == 0;
}

static void detect_extended(const struct cpuid *basic)
{
	u32 most = cpuid(CPUID_EXTENDED).eax;

	if (most >= CPUID_EXTENDED + 1)
		cpu_features.nx = cpuid(CPUID_EXTENDED + 1).edx & CPUID_EXT1_EDX_NX;
	if (most >= CPUID_EXTENDED + 7)
		cpu_features.tsc_constant =
		    cpuid(CPUID_EXTENDED + 7).edx & CPUID_EXT7_EDX_CONSTANT_TSC;
	/* An emulator's counter has one rate, whatever model it plays. */
	if (basic->ecx & CPUID_1_ECX_HYPERVISOR)
		cpu_features.tsc_constant = cpu_features.tsc;
}

static u64 read_msr(u32 msr)
{
	u64 value;

	__asm__ volatile("rdmsr" : "=A"(value) : "c"(msr));
	return value;
}

static void write_msr(u32 msr, u64 value)
{
	__asm__ volatile("wrmsr" : : "c"(msr), "A"(value));
}

/* The first Pentium Pros report SYSENTER and do not have it (SDM vol. 2, SYSENTER). */
static bool has_sysenter(const struct cpuid *basic)
{
	u32 family = basic->eax >> 8 & 0xF, model_and_stepping = basic->eax & 0xFF;

	return (basic->edx & CPUID_1_EDX_SEP) && (basic->edx & CPUID_1_EDX_MSR) &&
	       !(family == 6 && model_and_stepping < 0x33);
}

/* SYSENTER with a null code segment in its MSR is #GP (SDM vol. 2, SYSENTER): disabled for good.
 * SYSCALL needs EFER.SCE, which nobody sets. */
static void disable_sysenter(const struct cpuid *basic)
{
	if (has_sysenter(basic))
		write_msr(MSR_SYSENTER_CS, 0);
}

void cpu_enable_nx(void)
{
	if (cpu_features.nx)
		write_msr(MSR_EFER, read_msr(MSR_EFER) | EFER_NXE);
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
	cpu_features.rdrand = basic.ecx & CPUID_1_ECX_RDRAND;
	detect_extended(&basic);
	disable_sysenter(&basic);
}

/*
 * CR0: WP, since ring 1 is supervisor and must not write read-only pages; AM and NE as every kernel
 * sets them (alignment checks in ring 3, FPU errors by vector 16); EM only if there is no FPU.
 * CR4: 4 MB pages for the one-to-one map, SSE for the guests. Off: PGE (a global translation would
 * survive the way into a guest), TSD (guests may read the time), PCE, SMEP and SMAP (a ring-1
 * kernel may run and read its user's pages), MCE; PAE comes later, with its tables.
 */
void cpu_control_setup(void)
{
	u32 cr0 = read_cr0() & ~(CR0_EM | CR0_TS | CR0_MP);
	u32 cr4 = 0;

	write_cr0(cr0 | CR0_WP | CR0_AM | CR0_NE | (cpu_features.fpu ? CR0_MP : CR0_EM));
	if (cpu_features.pse)
		cr4 |= CR4_PSE;
	if (cpu_features.fxsr)
		cr4 |= CR4_OSFXSR;
	if (cpu_features.sse)
		cr4 |= CR4_OSXMMEXCPT;
	if (cpu_features.cr4)
		write_cr4(cr4);
	__asm__ volatile("movl %0, %%dr7" : : "r"(0x400)); /* no breakpoints left from the loader */
}
