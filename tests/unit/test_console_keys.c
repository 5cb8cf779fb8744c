// SPDX-License-Identifier: GPL-2.0-or-later
/* Keys go to the guest in front or to the monitor; the key after Ctrl-A is a command. */
#include "tests/unit/console_line.h"

#include <string.h>

#define CTRL_A "\001"

static char typed[CONSOLES][64];

static int start_keys(void **state)
{
	start_front(state);
	memset(typed, 0, sizeof(typed));
	for (u32 i = 0; i < CONSOLES; i++)
		console_listen(&consoles[i], typed[i], NULL, take_key);
	return 0;
}

#define KEYS_TEST(test) cmocka_unit_test_setup(test, start_keys)

static void keys_go_to_the_front_console(void **state)
{
	(void)state;
	type("abc" CTRL_A "n"
	     "def" CTRL_A "3"
	     "ghi" CTRL_A "p" CTRL_A "p" CTRL_A "p"
	     "j" CTRL_A CTRL_A "k");
	assert_string_equal(typed[0], "abc");
	assert_string_equal(typed[1], "def");
	assert_string_equal(typed[2], "ghi");
	assert_string_equal(typed[3], "");
	assert_string_equal(typed[4], "j" CTRL_A "k");
	type(CTRL_A "n"
		    "l");
	assert_string_equal(typed[0], "abcl");
}

static void unknown_command_keys_print_a_hint(void **state)
{
	(void)state;
	type(CTRL_A "9");
	assert_output("umbra: Ctrl-A 9: there is no such guest\r\n");
	type(CTRL_A "x"
		    "y");
	assert_output("umbra: after Ctrl-A comes n, p, 1 to 9, m, h or Ctrl-A: Ctrl-A h helps\r\n");
	type(CTRL_A "h");
	send_all();
	assert_true(contains(output, "Ctrl-A 1 to 9     the guest of this number\r\n"));
	assert_string_equal(typed[0], "y");
}

static char monitor_keys[64];
static u32 monitors;

static void open_monitor(void)
{
	monitors++;
	console_print("umbra> ");
}

static void monitor_key(char byte)
{
	if (byte == 'q')
		console_leave_monitor();
	else
		take_key(monitor_keys, byte);
}

static void open_monitor_receives_keys(void **state)
{
	(void)state;
	memset(monitor_keys, 0, sizeof(monitor_keys));
	monitors = 0;
	console_set_monitor(NULL, NULL);
	type(CTRL_A "m");
	console_set_monitor(open_monitor, monitor_key);
	type("a" CTRL_A "mb" CTRL_A "mc");
	assert_int_equal(monitors, 1);
	assert_null(console_front());
	print(0, "kept\n");
	assert_output("umbra> ");
	console_to_front(&consoles[2]); /* a guest starts: the monitor stays */
	assert_null(console_front());
	type("q"
	     "d");
	assert_string_equal(typed[0], "a");
	assert_string_equal(typed[2], "d");
	assert_string_equal(monitor_keys, "bc");
	assert_output("\r\n--- guest guest-3 ---\r\n");
	type(CTRL_A "m" CTRL_A "1"
		    "e");
	assert_int_equal(monitors, 2);
	assert_string_equal(typed[0], "ae");
	assert_output("umbra> \r\n--- guest a ---\r\nkept\r\n");
	type(CTRL_A "m" CTRL_A "n"
		    "f");
	assert_string_equal(typed[1], "f");
	console_set_monitor(NULL, NULL);
}

static u32 room; /* for so many keys */

static bool take_key_if_room(void *owner, char byte)
{
	return room && room-- && take_key(owner, byte);
}

static void keys_wait_for_the_guest_to_take_them(void **state)
{
	(void)state;
	console_listen(&consoles[0], typed[0], NULL, take_key_if_room);
	room = 2;
	type("abcde");
	assert_string_equal(typed[0], "ab");
	assert_true(console_input_deadline() == now + CONSOLE_KEY_PATIENCE_NS);
	room = 2;
	now += CONSOLE_KEY_PATIENCE_NS - 1;
	polls = 0;
	console_input_retry();
	assert_int_equal(polls, 1);
	type("f");
	assert_string_equal(typed[0], "abcd");
	assert_true(console_input_deadline() ==
		    now + CONSOLE_KEY_PATIENCE_NS); /* it has taken some */
	room = 3;
	type(CTRL_A CTRL_A);
	assert_string_equal(typed[0], "abcdef\001");
	assert_true(console_input_deadline() == TIMER_NEVER);
	console_input_retry();
	assert_int_equal(polls, 1);
}

static void keys_are_lost_when_the_guest_takes_none_for_a_second(void **state)
{
	(void)state;
	console_listen(&consoles[0], typed[0], NULL, take_key_if_room);
	room = 1;
	type("abc" CTRL_A "n"
	     "de");
	assert_string_equal(typed[1], "");
	now += CONSOLE_KEY_PATIENCE_NS;
	type("");
	assert_string_equal(typed[0], "a");
	assert_string_equal(typed[1], "de");
	type(CTRL_A "p"
		    "f" CTRL_A "n"
		    "g"); /* a guest takes keys again: the first one has its second again */
	assert_string_equal(typed[1], "de");
	room = 1;
	type("");
	assert_string_equal(typed[0], "af");
	assert_string_equal(typed[1], "deg");
	type(CTRL_A "h");
	send_all();
	assert_true(contains(output, "umbra: 2 keys were lost"));
}

static void lost_keys_are_counted(void **state)
{
	(void)state;
	for (u32 i = 0; i < 300; i++)
		console_input_put('x');
	console_listen(&consoles[0], NULL, NULL, NULL);
	type(CTRL_A "h");
	type(CTRL_A "h");
	send_all();
	assert_true(contains(output, "umbra: 48 keys were lost"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    KEYS_TEST(keys_go_to_the_front_console),
	    KEYS_TEST(unknown_command_keys_print_a_hint),
	    KEYS_TEST(open_monitor_receives_keys),
	    KEYS_TEST(keys_wait_for_the_guest_to_take_them),
	    KEYS_TEST(keys_are_lost_when_the_guest_takes_none_for_a_second),
	    KEYS_TEST(lost_keys_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
