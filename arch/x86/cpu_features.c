/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SDM vol. 2, CPUID; AMD's manual vol. 3, appendix E. */
#include "arch/x86/cpu_features.h"

#include "lib/string.h"

#define CPUID_1_EDX_FPU (1u << 0)
#define CPUID_1_EDX_TSC (1u << 4)
#define CPUID_1_EDX_MSR (1u << 5)
#define CPUID_1_EDX_APIC (1u << 9)
#define CPUID_1_EDX_SEP (1u << 11)
#define CPUID_1_EDX_PAT (1u << 16)
#define CPUID_1_EDX_FXSR (1u << 24)
#define CPUID_1_EDX_SSE (1u << 25)
#define CPUID_1_EDX_SSE2 (1u << 26)
#define CPUID_1_ECX_OSXSAVE (1u << 27)
#define CPUID_1_ECX_RDRAND (1u << 30)
#define CPUID_1_ECX_HYPERVISOR (1u << 31)
#define CPUID_7_ECX_OSPKE (1u << 4)
#define CPUID_EXT1_EDX_SYSCALL (1u << 11)
#define CPUID_EXT7_EDX_CONSTANT_TSC (1u << 8)

#define FAMILY(eax) ((eax) >> 8 & 0xF)
#define MODEL_AND_STEPPING(eax) ((eax)&0xFF)
#define VENDOR_LENGTH 12

/* The last extended leaf. A CPU without extended leaves answers with another leaf's words. */
static u32 last_extended(cpuid_function *cpuid)
{
	u32 last = cpuid(CPUID_EXTENDED).eax;

	return last >> 16 == CPUID_EXTENDED >> 16 ? last : 0;
}

static void decode_extended(struct cpu_features *f, cpuid_function *cpuid)
{
	u32 last = last_extended(cpuid), edx;

	if (last >= CPUID_EXTENDED + 1) {
		struct cpuid first = cpuid(CPUID_EXTENDED + 1);

		f->words[CPUID_EXT1_EDX] = edx = first.edx;
		f->words[CPUID_EXT1_ECX] = first.ecx;
		f->nx = edx & CPUID_EXT1_EDX_NX;
		f->syscall = edx & CPUID_EXT1_EDX_SYSCALL;
	}
	if (last >= CPUID_EXTENDED + 7)
		f->words[CPUID_EXT7_EDX] = cpuid(CPUID_EXTENDED + 7).edx;
	f->tsc_constant = f->words[CPUID_EXT7_EDX] & CPUID_EXT7_EDX_CONSTANT_TSC;
	if (last >= CPUID_EXTENDED + 8)
		f->words[CPUID_EXT8_EBX] = f->speculation.extended_8_ebx =
		    cpuid(CPUID_EXTENDED + 8).ebx;
}

/* The first Pentium Pros report SYSENTER and do not have it (SDM vol. 2, SYSENTER). */
static bool has_sysenter(const struct cpuid *basic)
{
	return (basic->edx & CPUID_1_EDX_SEP) && (basic->edx & CPUID_1_EDX_MSR) &&
	       !(FAMILY(basic->eax) == 6 && MODEL_AND_STEPPING(basic->eax) < 0x33);
}

static void decode_basic(struct cpu_features *f, const struct cpuid *basic)
{
	f->words[CPUID_1_EDX] = basic->edx;
	f->words[CPUID_1_ECX] = basic->ecx;
	f->cr4 = basic->edx & ~CPUID_1_EDX_FPU; /* some feature that CR4 would switch */
	f->pse = basic->edx & CPUID_1_EDX_PSE;
	f->tsc = basic->edx & CPUID_1_EDX_TSC;
	f->pae = basic->edx & CPUID_1_EDX_PAE;
	f->fxsr = basic->edx & CPUID_1_EDX_FXSR;
	f->sse = basic->edx & CPUID_1_EDX_SSE;
	f->sse2 = f->fxsr && (basic->edx & CPUID_1_EDX_SSE2);
	f->msr = basic->edx & CPUID_1_EDX_MSR;
	f->apic = basic->edx & CPUID_1_EDX_APIC;
	f->pat = basic->edx & CPUID_1_EDX_PAT;
	f->rdrand = basic->ecx & CPUID_1_ECX_RDRAND;
	f->family = FAMILY(basic->eax);
	f->sysenter = has_sysenter(basic);
}

static void decode_leaf_7(struct cpu_features *f, cpuid_function *cpuid)
{
	struct cpuid leaf = cpuid(7);

	f->words[CPUID_7_EBX] = leaf.ebx;
	f->words[CPUID_7_ECX] = leaf.ecx;
	f->words[CPUID_7_EDX] = f->speculation.leaf_7_edx = leaf.edx;
}

static void copy_vendor(struct cpu_features *f, const struct cpuid *first)
{
	memcpy(f->vendor, &first->ebx, 4);
	memcpy(f->vendor + 4, &first->edx, 4);
	memcpy(f->vendor + 8, &first->ecx, 4);
	f->vendor[VENDOR_LENGTH] = '\0';
}

void cpu_features_decode(struct cpu_features *f, cpuid_function *cpuid)
{
	struct cpuid first, basic;

	memset(f, 0, sizeof(*f));
	strlcpy(f->vendor, "486", sizeof(f->vendor));
	f->cpuid = cpuid;
	if (!cpuid)
		return;
	first = cpuid(0);
	copy_vendor(f, &first);
	if (first.eax < 1)
		return;
	basic = cpuid(1);
	decode_basic(f, &basic);
	if (first.eax >= 7)
		decode_leaf_7(f, cpuid);
	decode_extended(f, cpuid);
	/* An emulator's TSC has a constant rate, independent of the CPU model that it shows. */
	if (basic.ecx & CPUID_1_ECX_HYPERVISOR)
		f->tsc_constant = f->tsc;
}

/* -- Differences between CPUs ------------------------------------------------------------------ */

static const struct {
	u32 leaf;
	const char *name;
	u32 state; /* bits that show what software has set, not a feature */
} words[CPUID_WORDS] = {
    [CPUID_1_EDX] = {1, "EDX", CPUID_1_EDX_APIC},
    [CPUID_1_ECX] = {1, "ECX", CPUID_1_ECX_OSXSAVE},
    [CPUID_7_EBX] = {7, "EBX", 0},
    [CPUID_7_ECX] = {7, "ECX", CPUID_7_ECX_OSPKE},
    [CPUID_7_EDX] = {7, "EDX", 0},
    [CPUID_EXT1_EDX] = {CPUID_EXTENDED + 1, "EDX", CPUID_1_EDX_APIC}, /* AMD repeats leaf 1 */
    [CPUID_EXT1_ECX] = {CPUID_EXTENDED + 1, "ECX", 0},
    [CPUID_EXT7_EDX] = {CPUID_EXTENDED + 7, "EDX", ~CPUID_EXT7_EDX_CONSTANT_TSC},
    [CPUID_EXT8_EBX] = {CPUID_EXTENDED + 8, "EBX", 0},
};

/* The first Pentium Pros report SYSENTER as the others do. */
static u32 differing(u32 word, const struct cpu_features *boot, const struct cpu_features *other)
{
	u32 bits = (boot->words[word] ^ other->words[word]) & ~words[word].state;

	if (word == CPUID_1_EDX && boot->sysenter != other->sysenter)
		bits |= CPUID_1_EDX_SEP;
	return bits;
}

bool cpu_features_differ(const struct cpu_features *boot, const struct cpu_features *other,
			 struct cpu_difference *difference)
{
	for (u32 word = 0; word < CPUID_WORDS; word++) {
		u32 bits = differing(word, boot, other);

		if (!bits)
			continue;
		*difference = (struct cpu_difference){words[word].leaf, words[word].name,
						      (u32)__builtin_ctz(bits)};
		return true;
	}
	return false;
}
