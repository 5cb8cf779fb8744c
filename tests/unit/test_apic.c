// SPDX-License-Identifier: GPL-2.0-or-later
/* The local APIC as memory and as model-specific registers: what is written to it, and where. */
#include "tests/unit/native.h"

#include <string.h>

#include "arch/x86/apic.h"
#include "arch/x86/cpu.h"
#include "arch/x86/host_windows.h"
#include "arch/x86/msr.h"

#define FRAME 0xFEE00u
#define ON (1u << 11)
#define X2APIC (1u << 10)
#define BOOT_CPU (1u << 8)

#define LAST_LVT (5u << 16) /* of the version: all that are here but the machine check's */
#define MASKED (1u << 16)

struct cpu_features cpu_features;

static u32 page[1024]; /* xAPIC */
static struct {
	u64 base;       /* of this CPU */
	u64 x2apic[64]; /* the registers, by number */
} msrs;

volatile u32 *host_map_device(pfn_t frame)
{
	assert_int_equal(pfn_value(frame), FRAME);
	return page;
}

u64 read_msr(u32 msr)
{
	if (msr == MSR_APIC_BASE)
		return msrs.base;
	assert_true(msrs.base & X2APIC);
	return msrs.x2apic[msr - MSR_X2APIC];
}

void write_msr(u32 msr, u64 value)
{
	if (msr == MSR_APIC_BASE) {
		msrs.base = value;
		return;
	}
	assert_true(msrs.base & X2APIC);
	msrs.x2apic[msr - MSR_X2APIC] = value;
}

static u32 reg(u32 at)
{
	return msrs.base & X2APIC ? msrs.x2apic[at / 16] : page[at / 4];
}

/* All registers have nonsense in them. */
static void forget(void)
{
	memset(page, 0x5A, sizeof(page));
	memset(msrs.x2apic, 0x5A, sizeof(msrs.x2apic));
	page[0x30 / 4] = msrs.x2apic[3] = LAST_LVT | 0x14;
	page[0x20 / 4] = 3u << 24;
	msrs.x2apic[2] = 300;
	page[0x300 / 4] = page[0x310 / 4] = 0;
	msrs.x2apic[0x30] = 0;
	for (u32 i = 0; i < 8; i++)
		page[0x100 / 4 + 4 * i] = msrs.x2apic[0x10 + i] = 0;
}

static void boot(u64 base)
{
	cpu_features.apic = cpu_features.msr = true;
	cpu_features.family = 6;
	msrs.base = base | BOOT_CPU;
	forget();
	apic_init();
}

static int start_memory(void **state)
{
	(void)state;
	boot(FRAME << 12 | ON);
	return 0;
}

static int start_x2apic(void **state)
{
	(void)state;
	boot(FRAME << 12 | ON | X2APIC);
	return 0;
}

/* -- Setting up -- */

static void assert_settings(u32 priority, u32 lint0, u32 lint1)
{
	static const u32 masked[] = {0x320, 0x330, 0x340, 0x370};

	assert_int_equal(reg(0x80), priority);
	assert_int_equal(reg(0xF0), 0x12F);
	assert_int_equal(reg(0x350), lint0);
	assert_int_equal(reg(0x360), lint1);
	for (u32 i = 0; i < ARRAY_SIZE(masked); i++)
		assert_int_equal(reg(masked[i]), MASKED | 0x2F);
	assert_int_equal(reg(0x380), 0);
}

static void pins_work_on_the_boot_cpu_only(void **state)
{
	(void)state;
	assert_settings(0xFF, 0x700, 0x400);
	forget();
	msrs.base &= ~(u64)BOOT_CPU;
	assert_true(apic_init_this_cpu());
	assert_settings(0xEF, MASKED | 0x2F, MASKED | 0x2F);
}

static void other_cpu_is_switched_to_x2apic_mode(void **state)
{
	(void)state;
	msrs.base = FRAME << 12 | ON;
	assert_true(apic_init_this_cpu());
	assert_int_equal(msrs.base, FRAME << 12 | ON | X2APIC);
	assert_settings(0xEF, MASKED | 0x2F, MASKED | 0x2F);
}

static void other_cpu_with_another_address_is_refused(void **state)
{
	static const u64 wrong[] = {(FRAME + 1) << 12 | ON, FRAME << 12 | ON | X2APIC, FRAME << 12,
				    (1ull << 32) | FRAME << 12 | ON};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(wrong); i++) {
		forget();
		msrs.base = wrong[i];
		assert_false(apic_init_this_cpu());
		assert_int_equal(page[0x80 / 4], 0x5A5A5A5A);
		assert_int_equal(msrs.base, wrong[i]);
	}
}

static void other_cpu_whose_apic_is_off_is_refused(void **state)
{
	(void)state;
	msrs.base = FRAME << 12;
	assert_false(apic_init_this_cpu());
	assert_int_equal(msrs.base, FRAME << 12);
}

/* -- Sending -- */

/* The command that was sent last, and to whom. */
static void assert_sent(u32 apic_id, u32 command)
{
	if (msrs.base & X2APIC) {
		assert_true(msrs.x2apic[0x30] == ((u64)apic_id << 32 | command));
		msrs.x2apic[0x30] = 0;
	} else {
		assert_int_equal(page[0x300 / 4], command);
		assert_int_equal(page[0x310 / 4], apic_id << 24);
		page[0x300 / 4] = page[0x310 / 4] = 0;
	}
}

static void commands_have_delivery_mode_and_assert(void **state)
{
	(void)state;
	apic_send(5, 0xF2);
	assert_sent(5, 0x40F2);
	apic_send_nmi(0);
	assert_sent(0, 0x4400);
	apic_send_init(254);
	assert_sent(254, 0x4500);
	apic_send_startup(1, 8);
	assert_sent(1, 0x4608);
}

static void ids_of_32_bits_are_for_x2apics(void **state)
{
	(void)state;
	assert_true(apic_can_address(0xFF));
	assert_false(apic_can_address(0xFFFFFFFF));
	apic_send_init(0x12345678);
	assert_sent(0x12345678, 0x4500);
	apic_send_init(0xFFFFFFFF);
	assert_sent(0, 0);
	assert_int_equal(apic_number(), 300);
}

static void ids_of_8_bits_are_for_xapics(void **state)
{
	(void)state;
	assert_true(apic_can_address(0xFE));
	assert_false(apic_can_address(0xFF));
	apic_send_init(0xFF); /* all CPUs */
	assert_sent(0, 0);
	apic_send_init(0x101); /* CPU 1, without the upper bits */
	assert_sent(0, 0);
	assert_int_equal(apic_number(), 3);
}

static void command_that_never_leaves_is_no_endless_loop(void **state)
{
	(void)state;
	page[0x300 / 4] = 1u << 12;
	apic_send_nmi(2);
	assert_sent(2, 0x4400);
}

static void without_apic_nothing_is_sent(void **state)
{
	(void)state;
	cpu_features.apic = false;
	apic_init();
	forget();
	apic_send_nmi(2);
	assert_int_equal(page[0x300 / 4], 0);
	assert_false(apic_init_this_cpu());
}

#define MEMORY_TEST(name) cmocka_unit_test_setup(name, start_memory)
#define X2APIC_TEST(name) cmocka_unit_test_setup(name, start_x2apic)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    MEMORY_TEST(pins_work_on_the_boot_cpu_only),
	    X2APIC_TEST(pins_work_on_the_boot_cpu_only),
	    X2APIC_TEST(other_cpu_is_switched_to_x2apic_mode),
	    MEMORY_TEST(other_cpu_with_another_address_is_refused),
	    X2APIC_TEST(other_cpu_whose_apic_is_off_is_refused),
	    MEMORY_TEST(commands_have_delivery_mode_and_assert),
	    X2APIC_TEST(commands_have_delivery_mode_and_assert),
	    X2APIC_TEST(ids_of_32_bits_are_for_x2apics),
	    MEMORY_TEST(ids_of_8_bits_are_for_xapics),
	    MEMORY_TEST(command_that_never_leaves_is_no_endless_loop),
	    MEMORY_TEST(without_apic_nothing_is_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
