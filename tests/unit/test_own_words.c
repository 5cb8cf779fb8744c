// SPDX-License-Identifier: GPL-2.0-or-later
/* The hypervisor's own words: the accepted ones, and the message about each other one. */
#include "tests/unit/native.h"

#include <string.h>

#include "boot/own_words.h"

static char problem[160];

static void assert_problem(const char *word, const char *expected)
{
	assert_true(own_word_problem(word, false, problem, sizeof(problem)));
	assert_string_equal(problem, expected);
}

static void correct_and_loader_words_are_accepted(void **state)
{
	static const char *const right[] = {
	    "console=vga",  "console=seral", "stats",      "monitor=guests; mem", "end=halt",
	    "run=parallel", "paging=pae",    "trace=ring", "BOOT_IMAGE=/umbra"};
	static const char *const files[] = {"build/umbra.elf", "/boot/a=b/umbra", "umbra.elf",
					    "umbra", "/boot/console"};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(right); i++)
		if (own_word_problem(right[i], false, problem, sizeof(problem)))
			fail_msg("%s: %s", right[i], problem);
	for (u32 i = 0; i < ARRAY_SIZE(files); i++)
		if (own_word_problem(files[i], true, problem, sizeof(problem)))
			fail_msg("%s: %s", files[i], problem);
}

static void names_each_word_that_is_wrong(void **state)
{
	(void)state;
	assert_problem("stats=1", "stats=1 takes no value: write stats");
	assert_problem("stats=", "stats= takes no value: write stats");
	assert_problem("console=",
		       "console= has no value: write console=serial, vga, both or merged");
	assert_problem("end", "end has no value: write end=wait, poweroff, reboot or halt");
	assert_problem("consol=vga", "\"consol=vga\" is not known: did you mean console=?");
	assert_problem("stat", "\"stat\" is not known: did you mean stats?");
	assert_problem("Monitor=mem", "\"Monitor=mem\" is not known: did you mean monitor=?");
	assert_problem("colour=red", "\"colour=red\" is not known, and is ignored");
	assert_problem("quiet", "\"quiet\" is not known, and is ignored");
	assert_problem("build/umbra.elf", "\"build/umbra.elf\" is not known, and is ignored");
	assert_problem("x\x1b[2J=", "\"x?[2J=\" is not known, and is ignored");
}

static void misspelt_first_word_is_no_file_name(void **state)
{
	(void)state;
	assert_true(own_word_problem("stat", true, problem, sizeof(problem)));
	assert_true(own_word_problem("colour=red", true, problem, sizeof(problem)));
}

static void long_word_is_cut_in_the_message(void **state)
{
	char word[300], small[8];

	(void)state;
	memset(word, 'x', sizeof(word) - 1);
	word[sizeof(word) - 1] = 0;
	assert_true(own_word_problem(word, false, problem, sizeof(problem)));
	assert_int_equal(strlen(problem), sizeof(problem) - 1);
	assert_true(own_word_problem(word, false, small, sizeof(small)));
	assert_string_equal(small, "\"xxxxxx");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(correct_and_loader_words_are_accepted),
	    cmocka_unit_test(names_each_word_that_is_wrong),
	    cmocka_unit_test(misspelt_first_word_is_no_file_name),
	    cmocka_unit_test(long_word_is_cut_in_the_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
