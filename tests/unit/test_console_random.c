// SPDX-License-Identifier: GPL-2.0-or-later
/* Consoles that are written to at random: no byte is lost, and no line cut. */
#include "tests/unit/console_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WRITTEN_MAX (1u << 20)
#define SAID "umbra: line "
#define HOSTILE_BYTES 100000u

/* The bytes that each console has written; in merged mode without the carriage returns of newlines.
 * */
static char *written[CONSOLES];
static u32 written_size[CONSOLES];
static u32 lines_said;

static void write_randomly(u32 console)
{
	char text[300];
	u32 size = random_below(sizeof(text)), taken;

	for (u32 i = 0; i < size; i++)
		text[i] = random_below(40) ? 'a' + random_below(26) : '\n';
	if (written_size[console] + size > WRITTEN_MAX)
		return;
	taken = console_keep(&consoles[console], text, size);
	assert_true(taken == size || console_room(&consoles[console]) < 2);
	memcpy(written[console] + written_size[console], text, taken);
	written_size[console] += taken;
}

static void some_steps(u32 steps, u32 writers)
{
	for (u32 i = 0; i < CONSOLES; i++) {
		written[i] = calloc(WRITTEN_MAX + 1, 1);
		written_size[i] = 0;
	}
	lines_said = 0;
	for (u32 i = 0; i < steps && output_size < OUTPUT_SIZE / 2; i++) {
		now += random_below(MERGED_LINE_WAIT_NS / 100);
		write_randomly(random_below(writers));
		send(random_below(800));
		if (!random_below(100))
			say("line %u", lines_said++);
	}
	for (u32 i = 0; i < CONSOLES; i++)
		console_is_out(&consoles[i]);
	send_all();
}

static void release_written(void)
{
	for (u32 i = 0; i < CONSOLES; i++)
		free(written[i]);
}

/* Checks a line that begins with "NAME| " or "NAME> " against what that console has written. */
static void check_merged_line(const char *line, u32 length, u32 *seen)
{
	const char *mark = line + strcspn(line, "|>");

	for (u32 i = 0; i < CONSOLES; i++) {
		u32 text = length - (mark + 2 - line);

		if (strlen(names[i]) != (size_t)(mark - line) ||
		    strncmp(line, names[i], mark - line))
			continue;
		if (*mark == '|' && seen[i])
			assert_int_equal(written[i][seen[i]++], '\n');
		assert_true(seen[i] + text <= written_size[i]);
		assert_memory_equal(mark + 2, written[i] + seen[i], text);
		seen[i] += text;
		return;
	}
	fail_msg("whose line is this: %.*s", (int)length, line);
}

/* strstr would be slow: the sanitizer checks all of the text at each call. */
static char *next_line_end(char *line)
{
	return memchr(line, '\r', output + output_size - line);
}

static void merged_output_is_complete(void **state)
{
	u32 seen[CONSOLES] = {0}, said = 0, number;

	(void)state;
	some_steps(8000, CONSOLES);
	for (char *line = output, *end; (end = next_line_end(line)); line = end + 2) {
		*end = '\0';
		if (sscanf(line, SAID "%u", &number) == 1)
			assert_int_equal(number, said++);
		else
			check_merged_line(line, end - line, seen);
	}
	assert_int_equal(said, lines_said);
	for (u32 i = 0; i < CONSOLES; i++) {
		assert_true(written_size[i] > 100000);
		/* Only a last line without an end may still be open, or its newline not be seen. */
		assert_true(written_size[i] - seen[i] < 400);
	}
	release_written();
}

/* The terminal gets well-formed UTF-8 without control characters, for any bytes that guests write.
 * */
static void merged_output_is_harmless(void **state)
{
	static const u8 bytes[] = {0x1B, 0x80, 0x9B, 0x9F, 0xA0, 0xBF, 0xC0, 0xC2, 0xC3, 0xE0, 0xE2,
				   0xED, 0xF0, 0xF4, 0xF5, 0xFF, 'a',  'b',  '\n', '\r', 0x7F};
	struct utf8 decoder = {.size = 0};

	(void)state;
	for (u32 i = 0; i < HOSTILE_BYTES; i++) {
		char byte = bytes[random_below(sizeof(bytes))];

		now += random_below(MERGED_LINE_WAIT_NS / 10);
		console_keep(&consoles[random_below(CONSOLES)], &byte, 1);
		send(random_below(4));
		if (!random_below(20))
			say("line");
	}
	send_all();
	for (u32 i = 0; i < output_size; i++) {
		enum utf8_outcome outcome = utf8_take(&decoder, output[i]);

		assert_true(outcome == UTF8_MORE || outcome == UTF8_CHARACTER);
		if (outcome == UTF8_CHARACTER && output[i] != '\n' && output[i] != '\r')
			assert_true(utf8_value(&decoder) >= 0xA0 || (u8)(output[i] - ' ') < 0x5F);
	}
	assert_true(output_size > HOSTILE_BYTES);
}

/* One console is in front, and the hypervisor's lines come in between. The output without these
 * lines is the console's text. */
static void front_output_is_complete(void **state)
{
	u32 seen = 0;

	(void)state;
	some_steps(8000, 1);
	for (char *at = output; *at; at++) {
		if (!strncmp(at, SAID, sizeof(SAID) - 1))
			at = strchr(at, '\n');
		else if (*at != '\r' && !(*at == '\n' && written[0][seen] != '\n'))
			assert_int_equal(*at, written[0][seen++]);
	}
	assert_int_equal(seen, written_size[0]);
	assert_true(seen > 500000);
	release_written();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    MERGED_TEST(merged_output_is_complete),
	    MERGED_TEST(merged_output_is_harmless),
	    FRONT_TEST(front_output_is_complete),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
