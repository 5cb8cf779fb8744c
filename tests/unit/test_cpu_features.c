// SPDX-License-Identifier: GPL-2.0-or-later
/* The features of CPUs of all ages, from words of CPUID that are played, and what must
 * not differ between two CPUs. */
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

/* -- Differences ------------------------------------------------------------------------------- */

static struct cpu_features boot, other;

static void assert_differs_in(u32 leaf, const char *name, u32 bit)
{
	struct cpu_difference d;

	assert_true(cpu_features_differ(&boot, &other, &d));
	assert_int_equal(d.leaf, leaf);
	assert_string_equal(d.name, name);
	assert_int_equal(d.bit, bit);
}

/* Whichever of them is the boot CPU. */
static void assert_both_differ_in(u32 leaf, const char *name, u32 bit)
{
	struct cpu_features swapped = boot;

	assert_differs_in(leaf, name, bit);
	boot = other;
	other = swapped;
	assert_differs_in(leaf, name, bit);
	boot = swapped;
}

static void assert_fits(void)
{
	struct cpu_difference d;

	assert_false(cpu_features_differ(&boot, &other, &d));
}

/* A CPU of today with all bits set, and another one with the same. */
static int start_pair(void **state)
{
	start(state);
	memset(&cpu.basic[1].ecx, 0xFF, sizeof(u32));
	memset(&cpu.basic[7], 0xFF, sizeof(cpu.basic[7]));
	memset(&cpu.extended, 0xFF, sizeof(cpu.extended));
	cpu.extended[0].eax = EXTENDED + 8;
	decode(7, "GenuineIntel", 0x6F0, 0xFFFFFFFF);
	boot = other = f;
	return 0;
}

static void equal_cpus_do_not_differ(void **state)
{
	(void)state;
	assert_fits();
	boot = other = (struct cpu_features){.family = 5};
	assert_fits();
}

static void decode_other(u32 *word, u32 value)
{
	u32 before = *word;

	*word = value;
	cpu_features_decode(&other, played);
	*word = before;
}

/* Each bit of each word counts, but those that software sets: lacking, or additional. */
static void each_feature_that_differs_is_found(void **state)
{
	const struct {
		u32 *word, leaf, ignored;
		const char *name;
	} words[] = {
	    {&cpu.basic[1].edx, 1, 1 << 9, "EDX"},
	    {&cpu.basic[1].ecx, 1, 1 << 27, "ECX"},
	    {&cpu.basic[7].ebx, 7, 0, "EBX"},
	    {&cpu.basic[7].ecx, 7, 1 << 4, "ECX"},
	    {&cpu.basic[7].edx, 7, 0, "EDX"},
	    {&cpu.extended[1].edx, EXTENDED + 1, 1 << 9, "EDX"},
	    {&cpu.extended[1].ecx, EXTENDED + 1, 0, "ECX"},
	    {&cpu.extended[7].edx, EXTENDED + 7, ~(1u << 8), "EDX"},
	    {&cpu.extended[8].ebx, EXTENDED + 8, 0, "EBX"},
	};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(words); i++)
		for (u32 bit = 0; bit < 32; bit++) {
			decode_other(words[i].word, ~(1u << bit));
			if (words[i].ignored >> bit & 1)
				assert_fits();
			else
				assert_both_differ_in(words[i].leaf, words[i].name, bit);
		}
}

/* By the signature: the bits are the same. */
static void sysenter_must_exist_on_both(void **state)
{
	(void)state;
	boot.sysenter = false;
	assert_differs_in(1, "EDX", 11);
	boot.sysenter = true;
	other.sysenter = false;
	assert_differs_in(1, "EDX", 11);
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
	    cmocka_unit_test_setup(equal_cpus_do_not_differ, start_pair),
	    cmocka_unit_test_setup(each_feature_that_differs_is_found, start_pair),
	    cmocka_unit_test_setup(sysenter_must_exist_on_both, start_pair),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
