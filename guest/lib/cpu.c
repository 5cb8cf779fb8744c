// SPDX-License-Identifier: GPL-2.0-or-later
/* Features of this CPU. */
#include "guest/include/cpu.h"
#include "guest/include/hypercall.h"
#include "guest/include/probe.h"

#define CPUID_FEATURES 1
#define CPUID_EDX_TSC 0x10u

/* The results of FNSTSW and FNSTCW after FNINIT (Intel SDM 1, 8.1.10). They also tell a 486 with an
 * FPU from one without. */
#define FPU_STATUS_INITIAL 0x0000u
#define FPU_CONTROL_INITIAL 0x037Fu

/* The upper halves of these words are reserved and written as ones. */
const struct fpu_state fpu_initial_state = {
    .control = 0xFFFF0000u | FPU_CONTROL_INITIAL,
    .status = 0xFFFF0000u | FPU_STATUS_INITIAL,
    .tag = 0xFFFFFFFFu,
};

bool cpu_has_cpuid(void)
{
	u32 before = eflags_read(), after;

	eflags_write(before ^ EFLAGS_ID);
	after = eflags_read();
	eflags_write(before);
	return (before ^ after) & EFLAGS_ID;
}

static struct cpuid_result execute_cpuid(u32 leaf)
{
	struct cpuid_result r;

	__asm__ volatile("cpuid" : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx) : "0"(leaf));
	return r;
}

struct cpuid_result cpuid(u32 leaf)
{
	if (!cpu_has_cpuid() || leaf > execute_cpuid(leaf & 0x80000000u).eax)
		return (struct cpuid_result){0, 0, 0, 0};
	return execute_cpuid(leaf);
}

static u32 execute_rdtsc(u32 unused)
{
	(void)unused;
	return (u32)rdtsc();
}

/* CPUID says that it exists; CR4.TSD, which ring 1 cannot read, may still forbid it. */
bool cpu_has_tsc(void)
{
	return (cpuid(CPUID_FEATURES).edx & CPUID_EDX_TSC) && !try_call(execute_rdtsc, 0).trapped;
}

/* Without an FPU, the two words stay unchanged. */
static u32 ask_fpu(u32 unused)
{
	u16 status = 0xFFFF, control = 0xFFFF;

	(void)unused;
	__asm__ volatile("fninit; fnstsw %0; fnstcw %1" : "+m"(status), "+m"(control));
	return status == FPU_STATUS_INITIAL && control == FPU_CONTROL_INITIAL;
}

bool cpu_has_fpu(void)
{
	struct outcome asked;

	hcall_ts(false);
	asked = try_call(ask_fpu, 0);
	return !asked.trapped && asked.value;
}
