// SPDX-License-Identifier: GPL-2.0-or-later
/* arch/x86/keyboard.c with a simulated 8042, which answers right, wrong, late or not at all. */
#include "tests/unit/native.h"

#include <string.h>

#include "arch/x86/io.h"
#include "arch/x86/keyboard.h"

#define DATA 0x60
#define STATUS 0x64

#define KEYBOARD_OFF 0x10
#define TRANSLATE 0x40
#define OTHERS 0x04 /* a bit of the firmware's */

#define OUTPUT_FULL 0x01
#define ACKNOWLEDGE 0xFA
#define ANSWERS_MAX 32

static struct {
	bool absent, is_dumb; /* no such controller; it does not return its configuration */
	u8 configuration;
	u8 wrong[ANSWERS_MAX]; /* instead of it, at first */
	u32 wrong_answers;
	u8 answer;
	bool full;
	u8 command; /* that waits for its byte */
	u32 reads, accesses;
	bool keyboard_enabled;
} controller;

static int start(void **state)
{
	(void)state;
	memset(&controller, 0, sizeof(controller));
	controller.configuration = KEYBOARD_OFF | OTHERS | 0x02;
	return 0;
}

static void answer(u8 byte)
{
	controller.answer = byte;
	controller.full = true;
}

static void take_command(u8 command)
{
	controller.command = command;
	if (command != 0x20 || controller.is_dumb)
		return;
	if (controller.reads < controller.wrong_answers)
		answer(controller.wrong[controller.reads]);
	else
		answer(controller.configuration);
	controller.reads++;
}

static void take_data(u8 byte)
{
	if (controller.command == 0x60) {
		controller.configuration = byte;
	} else if (byte == 0xF4) {
		controller.keyboard_enabled = true;
		answer(ACKNOWLEDGE);
	}
	controller.command = 0;
}

void outb(u16 port, u8 value)
{
	controller.accesses++;
	if (port == STATUS)
		take_command(value);
	else if (port == DATA)
		take_data(value);
}

u8 inb(u16 port)
{
	controller.accesses++;
	if (controller.absent)
		return 0xFF;
	if (port == STATUS)
		return controller.full ? OUTPUT_FULL : 0;
	controller.full = false;
	return controller.answer;
}

void outw(u16 port, u16 value)
{
	fail_msg("port %x is written %x", port, value);
}

u16 inw(u16 port)
{
	fail_msg("port %x is read", port);
	return 0;
}

static void assert_configured(u8 configuration)
{
	assert_int_equal(controller.configuration, configuration);
	assert_true(controller.keyboard_enabled);
	assert_false(controller.full);
}

static void the_controller_is_configured(void **state)
{
	(void)state;
	assert_true(keyboard_init());
	assert_configured(OTHERS | TRANSLATE | 0x01);
	assert_int_equal(controller.reads, 2);
}

static void configuration_byte_is_read_until_equal_twice(void **state)
{
	static const u8 wrong[] = {0x1C, 0x00, 0xFF, 0x1C};

	(void)state;
	memcpy(controller.wrong, wrong, sizeof(wrong));
	controller.wrong_answers = sizeof(wrong);
	assert_true(keyboard_init());
	assert_configured(OTHERS | TRANSLATE | 0x01);
	assert_int_equal(controller.reads, sizeof(wrong) + 2);
}

/* The driver then writes nothing: the keyboard may work as the firmware left it. */
static void unstable_controller_is_given_up(void **state)
{
	u8 before = controller.configuration;

	(void)state;
	for (u32 i = 0; i < ANSWERS_MAX; i++)
		controller.wrong[i] = i;
	controller.wrong_answers = ANSWERS_MAX;
	assert_true(keyboard_init());
	assert_configured(before);
	assert_int_equal(controller.reads, 10);
}

static void silent_controller_is_given_up(void **state)
{
	u8 before = controller.configuration;

	(void)state;
	controller.is_dumb = true;
	assert_true(keyboard_init());
	assert_configured(before);
	assert_true(controller.accesses < 200000);
}

static void missing_controller_is_ignored(void **state)
{
	u8 code;

	(void)state;
	controller.absent = true;
	assert_false(keyboard_init());
	assert_false(keyboard_read(&code));
}

static void scan_codes_are_read(void **state)
{
	u8 code;

	(void)state;
	assert_false(keyboard_read(&code));
	answer(0x1E);
	assert_true(keyboard_read(&code));
	assert_int_equal(code, 0x1E);
	assert_false(keyboard_read(&code));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CONTROLLER_TEST(test) cmocka_unit_test_setup(test, start)
	    CONTROLLER_TEST(the_controller_is_configured),
	    CONTROLLER_TEST(configuration_byte_is_read_until_equal_twice),
	    CONTROLLER_TEST(unstable_controller_is_given_up),
	    CONTROLLER_TEST(silent_controller_is_given_up),
	    CONTROLLER_TEST(missing_controller_is_ignored),
	    CONTROLLER_TEST(scan_codes_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
