// SPDX-License-Identifier: GPL-2.0-or-later
/* The features of CPUs of all ages, from words of CPUID that are played. */
#include "tests/unit/native.h"

#include <string.h>

#include "arch/x86/cpu_features.h"

#define EXTENDED 0x80000000u
#define LEAVES 9u

static struct {
	struct cpuid basic[LEAVES], extended[LEAVES];
} cpu;

static struct cpu_features f;

/* A leaf beyond the last is answered with the words of the last basic one (SDM vol. 2, CPUID). */
static struct cpuid played(u32 leaf)
{
	u32 last = cpu.basic[0].eax < LEAVES ? cpu.basic[0].eax : LEAVES - 1;

	if (leaf >= EXTENDED && cpu.extended[0].eax >= leaf && leaf - EXTENDED < LEAVES)
		return cpu.extended[leaf - EXTENDED];
	return cpu.basic[leaf <= last ? leaf : last];
}

/* A CPU with leaves up to `last`, and words 1: signature and EDX. */
static void decode(u32 last, const char *vendor, u32 signature, u32 edx)
{
	cpu.basic[0].eax = last;
	memcpy(&cpu.basic[0].ebx, vendor, 4);
	memcpy(&cpu.basic[0].edx, vendor + 4, 4);
	memcpy(&cpu.basic[0].ecx, vendor + 8, 4);
	cpu.basic[1].eax = signature;
	cpu.basic[1].edx = edx;
	cpu_features_decode(&f, played);
}

static int start(void **state)
{
	(void)state;
	memset(&cpu, 0, sizeof(cpu));
	memset(&f, 0xA5, sizeof(f));
	return 0;
}

static void assert_none(void)
{
	assert_false(f.cr4 || f.tsc || f.tsc_constant || f.pse || f.pae || f.nx || f.msr || f.apic);
	assert_false(f.pat || f.sysenter || f.syscall || f.rdrand || f.fxsr || f.sse);
	assert_int_equal(f.speculation.leaf_7_edx, 0);
	assert_int_equal(f.speculation.extended_8_ebx, 0);
}

static void an_early_486_has_no_cpuid(void **state)
{
	(void)state;
	cpu_features_decode(&f, NULL);
	assert_false(f.cpuid);
	assert_string_equal(f.vendor, "486");
	assert_int_equal(f.family, 0);
	assert_none();
}

/* CR4 exists if there is something to switch: the FPU alone is nothing. */
static void a_late_486_has_cpuid_and_no_cr4(void **state)
{
	(void)state;
	decode(1, "GenuineIntel", 0x480, 1);
	assert_true(f.cpuid);
	assert_string_equal(f.vendor, "GenuineIntel");
	assert_int_equal(f.family, 4);
	assert_none();
	decode(0, "UMC UMC UMC ", 0, 0); /* with the vendor's name only */
	assert_string_equal(f.vendor, "UMC UMC UMC ");
	assert_none();
}

/* Its last basic leaf answers for the extended ones: no bit of it may count. */
static void a_pentium_has_no_extended_leaves(void **state)
{
	(void)state;
	decode(1, "GenuineIntel", 0x52C, 0xFFFFFFFF & ~(1u << 6));
	assert_true(f.cr4 && f.tsc && f.pse && f.msr && f.apic);
	assert_false(f.pae || f.nx || f.syscall || f.tsc_constant);
	assert_int_equal(f.family, 5);
	cpu.basic[1].eax = 0xFFFFFFFF;
	cpu_features_decode(&f, played);
	assert_false(f.nx || f.syscall || f.tsc_constant);
}

static void first_pentium_pros_have_no_sysenter(void **state)
{
	(void)state;
	decode(2, "GenuineIntel", 0x619, 1 << 11 | 1 << 5);
	assert_false(f.sysenter);
	decode(2, "GenuineIntel", 0x632, 1 << 11 | 1 << 5);
	assert_false(f.sysenter);
	decode(2, "GenuineIntel", 0x633, 1 << 11 | 1 << 5);
	assert_true(f.sysenter);
	decode(2, "AuthenticAMD", 0x633, 1 << 11);
	assert_false(f.sysenter); /* its MSRs are missing */
}

static void extended_leaves_count_up_to_the_last(void **state)
{
	(void)state;
	cpu.extended[1].edx = 1 << 20 | 1 << 11;
	cpu.extended[7].edx = 1 << 8;
	cpu.extended[8].ebx = 0x1234;
	for (u32 last = 0; last < LEAVES; last++) {
		cpu.extended[0].eax = EXTENDED + last;
		decode(7, "AuthenticAMD", 0x6F0, 1 << 4);
		assert_int_equal(f.nx, last >= 1);
		assert_int_equal(f.syscall, last >= 1);
		assert_int_equal(f.tsc_constant, last >= 7);
		assert_int_equal(f.speculation.extended_8_ebx, last >= 8 ? 0x1234 : 0);
	}
}

static void leaf_7_counts_from_7_on(void **state)
{
	(void)state;
	cpu.basic[7].edx = 0x04000000;
	decode(6, "GenuineIntel", 0x6F0, 0);
	assert_int_equal(f.speculation.leaf_7_edx, 0);
	decode(7, "GenuineIntel", 0x6F0, 0);
	assert_int_equal(f.speculation.leaf_7_edx, 0x04000000);
}

static void the_tsc_of_an_emulator_is_constant(void **state)
{
	(void)state;
	cpu.basic[1].ecx = 1u << 31;
	decode(1, "GenuineIntel", 0x500, 1 << 4);
	assert_true(f.tsc_constant);
	decode(1, "GenuineIntel", 0x480, 1);
	assert_false(f.tsc_constant); /* without a TSC */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(an_early_486_has_no_cpuid, start),
	    cmocka_unit_test_setup(a_late_486_has_cpuid_and_no_cr4, start),
	    cmocka_unit_test_setup(a_pentium_has_no_extended_leaves, start),
	    cmocka_unit_test_setup(first_pentium_pros_have_no_sysenter, start),
	    cmocka_unit_test_setup(extended_leaves_count_up_to_the_last, start),
	    cmocka_unit_test_setup(leaf_7_counts_from_7_on, start),
	    cmocka_unit_test_setup(the_tsc_of_an_emulator_is_constant, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
