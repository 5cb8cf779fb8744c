// SPDX-License-Identifier: GPL-2.0-or-later
/* Words of the monitor's command line: cut out, compared, read as numbers. */
#include "tests/unit/native.h"

#include <string.h>

#include "hv/text_match.h"

static char *words[4];

static u32 split(const char *line)
{
	static char copy[128];

	strcpy(copy, line);
	memset(words, 0, sizeof(words));
	return words_split(copy, words, ARRAY_SIZE(words));
}

static void words_split_cuts_at_blanks(void **state)
{
	(void)state;
	assert_int_equal(split(""), 0);
	assert_int_equal(split("   "), 0);
	assert_int_equal(split("guests"), 1);
	assert_int_equal(split("  walk   linux 0x10 "), 3);
	assert_string_equal(words[0], "walk");
	assert_string_equal(words[1], "linux");
	assert_string_equal(words[2], "0x10");
	assert_int_equal(split("a b c d e f"), 4);
	assert_string_equal(words[3], "d e f");
}

static void assert_distance(const char *a, const char *b, u32 expected)
{
	assert_int_equal(words_distance(a, b), expected);
	assert_int_equal(words_distance(b, a), expected);
}

static void counts_typing_errors(void **state)
{
	char many[100];

	(void)state;
	assert_distance("", "", 0);
	assert_distance("guests", "guests", 0);
	assert_distance("", "help", 4);
	assert_distance("guest", "guests", 1);
	assert_distance("geusts", "guests", 1);
	assert_distance("gusets", "guests", 1);
	assert_distance("kitten", "sitting", 3);
	assert_distance("trcae", "trace", 1);
	assert_distance("ecart", "trace", 4);
	memset(many, 'x', sizeof(many));
	many[99] = 0;
	assert_distance(many, "x", WORD_COMPARED - 1);
}

static const char *command(u32 n)
{
	static const char *const commands[] = {"cap",  "guests", "pause",   "poweroff",
					       "stat", "stats",  "version", "walk"};

	return n < ARRAY_SIZE(commands) ? commands[n] : NULL;
}

static void assert_finds(const char *word, enum words_match match, u32 index)
{
	u32 found = 99;

	assert_int_equal(words_find(word, command, &found), match);
	assert_int_equal(found, index);
}

static void finds_words(void **state)
{
	(void)state;
	assert_finds("guests", WORDS_FOUND, 1);
	assert_finds("g", WORDS_FOUND, 1);
	assert_finds("stat", WORDS_FOUND, 4); /* the very word, though another begins so */
	assert_finds("p", WORDS_AMBIGUOUS, 2);
	assert_finds("sta", WORDS_AMBIGUOUS, 4);
	assert_finds("guets", WORDS_UNKNOWN, 1);
	assert_finds("pwoerof", WORDS_UNKNOWN, 3);
	assert_finds("wlak", WORDS_UNKNOWN, 7);
	assert_finds("xyz", WORDS_UNKNOWN, WORDS_NONE);
	assert_finds("Versoin", WORDS_UNKNOWN, 6);
}

/* Any bytes at all. */
static void random_words_do_no_harm(void **state)
{
	char a[40], b[40];
	u32 found;

	(void)state;
	for (u32 i = 0; i < 20000; i++) {
		u32 length = random_below(sizeof(a));

		for (u32 j = 0; j < sizeof(a); j++) {
			a[j] = j < length ? 1 + random_below(255) : 0;
			b[j] = j < sizeof(b) - 1 ? "ab"[random_below(2)] : 0;
		}
		a[sizeof(a) - 1] = 0;
		assert_true(words_distance(a, b) <= WORD_COMPARED);
		words_find(a, command, &found);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(words_split_cuts_at_blanks),
	    cmocka_unit_test(counts_typing_errors),
	    cmocka_unit_test(finds_words),
	    cmocka_unit_test(random_words_do_no_harm),
	};

	return cmocka_run_group_tests_name("words", tests, NULL, NULL);
}
