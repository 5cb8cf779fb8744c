// SPDX-License-Identifier: GPL-2.0-or-later
/* Scan codes from the 8042, and the bytes that a VT100's keyboard would send for them. */
#include "tests/unit/native.h"

#include <string.h>

#include "hv/console/scancodes.h"

static struct keyboard keyboard;

static int start(void **state)
{
	(void)state;
	memset(&keyboard, 0, sizeof(keyboard));
	return 0;
}

#define assert_types(expected, ...)                                                                \
	do {                                                                                       \
		static const u8 codes[] = {__VA_ARGS__};                                           \
                                                                                                   \
		check_types(expected, sizeof(expected) - 1, codes, sizeof(codes));                 \
	} while (0)

static void check_types(const char *expected, u32 length, const u8 *codes, u32 count)
{
	char typed[64];
	u32 size = 0;

	for (u32 i = 0; i < count; i++) {
		assert_true(size + KEY_BYTES_MAX <= sizeof(typed));
		size += scancode_decode(&keyboard, codes[i], typed + size);
	}
	assert_int_equal(size, length);
	assert_memory_equal(typed, expected, length);
}

static void plain_keys(void **state)
{
	(void)state;
	assert_types("hello", 0x23, 0xA3, 0x12, 0x92, 0x26, 0xA6, 0x26, 0xA6, 0x18, 0x98);
	assert_types("1234567890-=", 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13);
	assert_types("[];'`\\,./ ", 0x1A, 0x1B, 0x27, 0x28, 0x29, 0x2B, 0x33, 0x34, 0x35, 0x39);
	assert_types("\033\177\t\r", 0x01, 0x0E, 0x0F, 0x1C);
}

static void a_held_key_repeats(void **state)
{
	(void)state;
	assert_types("aaa", 0x1E, 0x1E, 0x1E, 0x9E);
}

static void shift(void **state)
{
	(void)state;
	assert_types("Ab", 0x2A, 0x1E, 0x9E, 0xAA, 0x30);
	assert_types("!@#$%^&*()_+", 0x36, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 0xB6);
	assert_types("{}:\"~|<>?", 0x36, 0x1A, 0x1B, 0x27, 0x28, 0x29, 0x2B, 0x33, 0x34, 0x35,
		     0xB6);
	/* Both are held: one let go is not enough. */
	assert_types("AAa", 0x2A, 0x36, 0x1E, 0xAA, 0x1E, 0xB6, 0x1E);
}

static void caps_lock(void **state)
{
	(void)state;
	assert_types("A1b", 0x3A, 0xBA, 0x1E, 0x02, 0x2A, 0x30, 0xAA);
	assert_types("a", 0x3A, 0xBA, 0x1E);
}

/* Held keys repeat their code. */
static void locks_toggle_once_however_long_they_are_held(void **state)
{
	(void)state;
	assert_types("A", 0x3A, 0x3A, 0x3A, 0x3A, 0xBA, 0x1E);
	assert_types("a", 0x3A, 0x3A, 0x3A, 0xBA, 0x1E);
	assert_types("\033[H", 0x45, 0x45, 0x45, 0x45, 0xC5, 0x47);
	assert_types("7", 0x45, 0x45, 0xC5, 0x47);
	assert_types("a", 0x3A, 0x3A, 0xBA, 0x3A, 0x3A, 0xBA, 0x1E);
	/* With another key pressed meanwhile. */
	assert_types("AB", 0x3A, 0x3A, 0x1E, 0x9E, 0xBA, 0x30);
	assert_types("a", 0x3A, 0x3A, 0x2A, 0xAA, 0xBA, 0x1E);
}

/* If the code of a release is lost, the next press still counts. */
static void lost_release_is_recovered(void **state)
{
	(void)state;
	assert_types("A", 0x3A, 0x1E, 0x9E);
	assert_types("a", 0x3A, 0xBA, 0x1E, 0x9E);
	/* If the keyboard reports lost codes, all keys count as released. */
	assert_types("Aa", 0x2A, 0x1E, 0xFF, 0x1E);
	assert_types("\001a", 0x1D, 0x1E, 0x00, 0x1E);
	assert_types("A", 0x3A, 0xFF, 0xBA, 0x1E, 0x9E);
	assert_types("a", 0x3A, 0xBA, 0x1E);
}

/* After the beginning of Pause's sequence, codes that do not belong to it are keys. */
static void truncated_pause_sequence_is_ignored(void **state)
{
	(void)state;
	assert_types("ab", 0xE1, 0x1E, 0x30);
	assert_types("\001a", 0xE1, 0x1D, 0x1D, 0x1E, 0x9D, 0x1E);
	assert_types("7", 0xE1, 0x1D, 0x45, 0xE1, 0x9D, 0xC5, 0x47);
	assert_types("a", 0xE1, 0x1D, 0xE1, 0x1D, 0x45, 0xE1, 0x9D, 0xC5, 0x1E);
}

static void control(void **state)
{
	(void)state;
	assert_types("\001\003\032", 0x1D, 0x1E, 0x2E, 0x2C, 0x9D);
	assert_types("\033\034\035\000\000\036\037\037", 0x1D, 0x1A, 0x2B, 0x1B, 0x39, 0x03, 0x07,
		     0x0C, 0x35, 0x9D);
	assert_types("\001a", 0xE0, 0x1D, 0x1E, 0xE0, 0x9D, 0x1E);
	assert_types("\r\177", 0x1D, 0x1C, 0x0E, 0x9D);
}

static void alt(void **state)
{
	(void)state;
	assert_types("\033xx", 0x38, 0x2D, 0xB8, 0x2D);
	assert_types("\033Xx", 0xE0, 0x38, 0x2A, 0x2D, 0xE0, 0xB8, 0xAA, 0x2D);
	assert_types("\033\030", 0x38, 0x1D, 0x2D, 0x9D, 0xB8);
}

static void cursor_keys(void **state)
{
	(void)state;
	assert_types("\033[A\033[B\033[C\033[D", 0xE0, 0x48, 0xE0, 0xC8, 0xE0, 0x50, 0xE0, 0x4D,
		     0xE0, 0x4B);
	assert_types("\033[H\033[F\033[5~\033[6~\033[2~\033[3~", 0xE0, 0x47, 0xE0, 0x4F, 0xE0, 0x49,
		     0xE0, 0x51, 0xE0, 0x52, 0xE0, 0x53);
	/* With Num Lock or Shift the keyboard puts shifts of its own around them. */
	assert_types("\033[Aa", 0xE0, 0x2A, 0xE0, 0x48, 0xE0, 0xC8, 0xE0, 0xAA, 0x1E);
	assert_types("\033[AA", 0x2A, 0xE0, 0xAA, 0xE0, 0x48, 0xE0, 0xC8, 0xE0, 0x2A, 0x1E, 0xAA);
}

static void a_key_while_a_cursor_key_is_held(void **state)
{
	(void)state;
	assert_types("\033[AA", 0x2A, 0xE0, 0xAA, 0xE0, 0x48, 0x1E, 0xE0, 0xC8, 0xE0, 0x2A, 0xAA);
}

static void function_keys(void **state)
{
	(void)state;
	assert_types("\033OP\033OS\033[15~\033[21~\033[23~\033[24~", 0x3B, 0x3E, 0x3F, 0x44, 0x57,
		     0x58);
}

static void keypad(void **state)
{
	(void)state;
	assert_types("7894561230.+-", 0x47, 0x48, 0x49, 0x4B, 0x4C, 0x4D, 0x4F, 0x50, 0x51, 0x52,
		     0x53, 0x4E, 0x4A);
	assert_types("*/\r", 0x37, 0xE0, 0x35, 0xE0, 0x1C);
	assert_types("\033[A8", 0x2A, 0x48, 0xAA, 0x48);
	assert_types("\033[A8+5", 0x45, 0xC5, 0x48, 0x2A, 0x48, 0xAA, 0x4E, 0x4C);
}

static void keys_without_a_character(void **state)
{
	(void)state;
	/* Pause, Print Screen, Ctrl-Pause, Scroll Lock, the window keys, a mouse's or keyboard's
	 * answers. */
	assert_types("a", 0xE1, 0x1D, 0x45, 0xE1, 0x9D, 0xC5, 0x1E);
	assert_types("a", 0xE0, 0x2A, 0xE0, 0x37, 0xE0, 0xB7, 0xE0, 0xAA, 0x1E);
	assert_types("a", 0xE0, 0x46, 0xE0, 0xC6, 0x46, 0xC6, 0x1E);
	assert_types("a", 0xE0, 0x5B, 0xE0, 0xDB, 0xE0, 0x5C, 0xE0, 0x5D, 0xE0, 0xDD, 0x1E);
	assert_types("a", 0xFA, 0xFE, 0x00, 0xFF, 0xEE, 0x1E);
	assert_types("7", 0x47);
}

static void random_scan_codes_do_no_harm(void **state)
{
	char bytes[KEY_BYTES_MAX];

	(void)state;
	for (u32 i = 0; i < 100000; i++)
		assert_true(scancode_decode(&keyboard, random_below(256), bytes) <= KEY_BYTES_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define KEYBOARD_TEST(test) cmocka_unit_test_setup(test, start)
	    KEYBOARD_TEST(plain_keys),
	    KEYBOARD_TEST(a_held_key_repeats),
	    KEYBOARD_TEST(shift),
	    KEYBOARD_TEST(caps_lock),
	    KEYBOARD_TEST(locks_toggle_once_however_long_they_are_held),
	    KEYBOARD_TEST(lost_release_is_recovered),
	    KEYBOARD_TEST(truncated_pause_sequence_is_ignored),
	    KEYBOARD_TEST(control),
	    KEYBOARD_TEST(alt),
	    KEYBOARD_TEST(cursor_keys),
	    KEYBOARD_TEST(function_keys),
	    KEYBOARD_TEST(a_key_while_a_cursor_key_is_held),
	    KEYBOARD_TEST(keypad),
	    KEYBOARD_TEST(keys_without_a_character),
	    KEYBOARD_TEST(random_scan_codes_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
