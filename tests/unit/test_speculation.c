// SPDX-License-Identifier: GPL-2.0-or-later
/* The barriers that a CPU gets, by its CPUID flags; and indices that speculation cannot take out of
 * bounds. */
#include "tests/unit/native.h"

#include "arch/x86/cpu.h"
#include "arch/x86/msr.h"
#include "arch/x86/speculation.h"
#include "lib/index.h"

struct cpu_features cpu_features;

void write_msr(u32 msr, u64 value)
{
	(void)msr;
	(void)value;
}

#define MD_CLEAR (1u << 10)
#define SPEC_CTRL (1u << 26)
#define STIBP (1u << 27)
#define ARCH_CAPABILITIES (1u << 29)
#define AMD_IBPB (1u << 12)
#define AMD_IBRS (1u << 14)
#define AMD_IBPB_RET (1u << 30)

static const struct {
	const char *cpu;
	struct speculation_cpuid cpuid;
	bool predictors, buffers, returns;
} cpus[] = {
    {"one from before 2018", {0, 0}, false, false, false},
    {"an Intel with microcode of 2018", {SPEC_CTRL | STIBP, 0}, true, false, true},
    {"and of 2019", {SPEC_CTRL | STIBP | MD_CLEAR, 0}, true, true, true},
    {"one without MDS", {SPEC_CTRL | STIBP | ARCH_CAPABILITIES, 0}, true, false, true},
    {"an AMD", {0, AMD_IBPB | AMD_IBRS}, true, false, true},
    {"an AMD whose barrier takes the return stack along",
     {0, AMD_IBPB | AMD_IBPB_RET},
     true,
     false,
     false},
    {"a virtual one that has VERW only", {MD_CLEAR, 0}, false, true, false},
    {"one that has all other bits", {~(MD_CLEAR | SPEC_CTRL), ~AMD_IBPB}, false, false, false},
};

static void test_barriers_are_those_that_cpuid_has(void **state)
{
	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(cpus); i++) {
		struct speculation_barriers b = speculation_choose(&cpus[i].cpuid);

		if (b.predictors != cpus[i].predictors || b.buffers != cpus[i].buffers ||
		    b.returns != cpus[i].returns ||
		    b.any != (b.predictors || b.buffers || b.returns))
			fail_msg("%s: predictors %d, buffers %d, returns %d, any %d", cpus[i].cpu,
				 b.predictors, b.buffers, b.returns, b.any);
	}
}

static void test_index_beyond_the_limit_is_0(void **state)
{
	static const u32 beyond[] = {0, 1, 2, 0x7FFFFFFF, 0x80000000, 0x80000001, 0xFFFFFFFF};
	static const u32 limits[] = {1, 2, 17, 32, 256, 0x7FFFFFFF, 0x80000000};

	(void)state;
	for (u32 l = 0; l < ARRAY_SIZE(limits); l++) {
		u32 limit = limits[l];

		assert_int_equal(index_within(0, limit), 0);
		assert_int_equal(index_within(limit - 1, limit), limit - 1);
		assert_int_equal(index_within(limit, limit), 0);
		for (u32 i = 0; i < ARRAY_SIZE(beyond); i++)
			assert_int_equal(index_within(beyond[i], limit),
					 beyond[i] < limit ? beyond[i] : 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_barriers_are_those_that_cpuid_has),
	    cmocka_unit_test(test_index_beyond_the_limit_is_0),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
