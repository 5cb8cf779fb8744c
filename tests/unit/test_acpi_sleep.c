// SPDX-License-Identifier: GPL-2.0-or-later
/* The way to S5: the writes to ports and registers, and their order. */
#include "tests/unit/acpi_machine.h"

static void assert_written(const char *expected)
{
	assert_true(find());
	acpi_power_off(&found);
	assert_string_equal(ports.log, expected);
}

/* 0x1C00 is the type's field, 0x2000 starts the sleep. */
static void types_are_written_before_enable(void **state)
{
	(void)state;
	ports.control[0] = 0x0001;
	ports.control[1] = 0x1E06;
	assert_written("400=8000 500=8000 404=1401 504=1a06 404=3401 504=3a06 ");
}

static void acpi_mode_is_entered_first(void **state)
{
	(void)state;
	assert_written("b2=f1 400=8000 500=8000 404=1401 504=1800 404=3401 504=3800 ");
}

static void no_smi_means_acpi_mode(void **state)
{
	(void)state;
	put32(FADT + 48, 0);
	put32(FADT + 68, 0);
	put32(FADT + 60, 0);
	assert_written("400=8000 404=1400 404=3400 ");
}

static void wait_for_acpi_mode_is_bounded(void **state)
{
	(void)state;
	ports.never_enters = true;
	assert_written("b2=f1 400=8000 500=8000 404=1400 504=1800 404=3400 504=3800 ");
	assert_true(ports.looks < 4000000);
}

static void registers_in_memory_are_written(void **state)
{
	u16 *registers = (u16 *)(machine_memory + REGISTERS);

	(void)state;
	put_header(FADT, "FACP", FADT_6_SIZE);
	put_generic(FADT + 148, SPACE_MEMORY, REGISTERS + 0x10);
	put_generic(FADT + 172, SPACE_MEMORY, REGISTERS + FRAME_SIZE - 2);
	registers[FRAME_SIZE / 2 - 1] = 0x0203;
	assert_written("500=8000 504=1800 504=3800 ");
	assert_int_equal(registers[8], 0x8000);
	assert_int_equal(registers[FRAME_SIZE / 2 - 1], 0x3603);
}

static void hardware_reduced_uses_sleep_control(void **state)
{
	(void)state;
	put_header(FADT, "FACP", FADT_6_SIZE);
	put32(FADT + 112, 1 << 20);
	put_generic(FADT + 244, SPACE_PORT, 0x605);
	put_generic(FADT + 256, SPACE_MEMORY, REGISTERS + 3);
	assert_written("605=34 ");
	assert_int_equal(machine_memory[REGISTERS + 3], 0x80);
	put_generic(FADT + 244, SPACE_PORT, 0);
	assert_false(find());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    ACPI_TEST(types_are_written_before_enable),
	    ACPI_TEST(acpi_mode_is_entered_first),
	    ACPI_TEST(no_smi_means_acpi_mode),
	    ACPI_TEST(wait_for_acpi_mode_is_bounded),
	    ACPI_TEST(registers_in_memory_are_written),
	    ACPI_TEST(hardware_reduced_uses_sleep_control),
	};

	return cmocka_run_group_tests_name("acpi_sleep", tests, NULL, NULL);
}
