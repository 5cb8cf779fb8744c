// SPDX-License-Identifier: GPL-2.0-or-later
/* The option serial=: every form, and forms that are refused. */
#include "tests/unit/native.h"

#include "boot/serial_option.h"

/* serial_find.c's, whose search is not part of this test. */
const struct serial_place serial_coms[SERIAL_COMS] = {
    {SERIAL_PORTS, 0x3F8, 1, 1, 4, 115200, 1843200},
    {SERIAL_PORTS, 0x2F8, 1, 1, 3, 115200, 1843200},
    {SERIAL_PORTS, 0x3E8, 1, 1, 4, 115200, 1843200},
    {SERIAL_PORTS, 0x2E8, 1, 1, 3, 115200, 1843200},
};

static struct serial_wish wish;

static void assert_place(const char *value, u32 base, u32 stride, u32 irq, u32 baud)
{
	assert_true(serial_option_parse(value, &wish));
	assert_int_equal(wish.kind, SERIAL_AT);
	assert_int_equal(wish.place.space, base < 0x10000 ? SERIAL_PORTS : SERIAL_MEMORY);
	assert_int_equal(wish.place.base, base);
	assert_int_equal(wish.place.stride, stride);
	assert_int_equal(wish.place.irq, irq);
	assert_int_equal(wish.place.baud, baud);
}

static void every_form_is_read(void **state)
{
	(void)state;
	assert_place("0x2f8,9600", 0x2F8, 1, 3, 9600);
	assert_place("1016", 0x3F8, 1, 4, 115200);
	assert_place("0x1000", 0x1000, 1, SERIAL_NO_IRQ, 115200);
	assert_place("com2", 0x2F8, 1, 3, 115200);
	assert_place("com4,300", 0x2E8, 1, 3, 300);
	assert_place("mmio:0xfe034000", 0xFE034000, 1, SERIAL_NO_IRQ, 115200);
	assert_place("mmio32:0xfe034000,57600", 0xFE034000, 4, SERIAL_NO_IRQ, 57600);
	assert_true(serial_option_parse("", &wish));
	assert_int_equal(wish.kind, SERIAL_ANY);
	assert_true(serial_option_parse("off", &wish));
	assert_int_equal(wish.kind, SERIAL_OFF);
	assert_true(serial_option_parse("pci", &wish));
	assert_int_equal(wish.kind, SERIAL_ON_PCI);
	assert_int_equal(wish.place.baud, 115200);
	assert_true(serial_option_parse("pci,19200", &wish));
	assert_int_equal(wish.place.baud, 19200);
}

static void wrong_forms_are_refused(void **state)
{
	static const char *const wrong[] = {
	    "com",         "com0",        "com5",        "com11",           "off,9600", "offs",
	    "pci0",        "mmio:",       "mmio:0x3f8",  "mmio:x",          "0x20",     "0x10000",
	    "0xffff",      "ttyS0",       "com1,",       "com1,fast",       "com1,0",   "com1,299",
	    "com1,115201", "com1,9600n8", "com1,9600,8", "com1,4294967296", ",9600",    "0x3f8 ",
	    "4294967297",  "com1,75000"};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(wrong); i++) {
		if (serial_option_parse(wrong[i], &wish))
			fail_msg("%s is accepted", wrong[i]);
		assert_int_equal(wish.kind, SERIAL_ANY);
	}
}

static void rates_near_a_divisor_are_accepted(void **state)
{
	(void)state;
	assert_place("com1,56000", 0x3F8, 1, 4, 56000); /* 57600: 2.9 % */
	assert_place("com1,14400", 0x3F8, 1, 4, 14400);
	assert_false(serial_option_parse("com1,90000", &wish));
}

static void place_is_described(void **state)
{
	struct serial_place place = serial_coms[1];
	char text[80];

	(void)state;
	serial_describe(&place, text, sizeof(text));
	assert_string_equal(text, "I/O port 0x2f8, 115200 baud, IRQ 3");
	place = (struct serial_place){SERIAL_MEMORY, 0xFE034000,       4, 4,
				      SERIAL_NO_IRQ, SERIAL_BAUD_KEPT, 0};
	serial_describe(&place, text, sizeof(text));
	assert_string_equal(text, "memory 0xfe034000, firmware's baud, polled");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_form_is_read),
	    cmocka_unit_test(wrong_forms_are_refused),
	    cmocka_unit_test(rates_near_a_divisor_are_accepted),
	    cmocka_unit_test(place_is_described),
	};

	return cmocka_run_group_tests_name("serial_option", tests, NULL, NULL);
}
