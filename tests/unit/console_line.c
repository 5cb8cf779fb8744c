// SPDX-License-Identifier: GPL-2.0-or-later
/* Consoles, and the line that they share. */
#include "tests/unit/console_line.h"

#include <stdio.h>
#include <string.h>

struct console consoles[CONSOLES];
const char *const names[CONSOLES] = {"a", "bb", "guest-3", "d", "e"};
char output[OUTPUT_SIZE];
u32 output_size;
u64 now;
u32 polls;

/* -- Sending and own text, without hardware
 * ------------------------------------------------------ */

u64 timer_now(void)
{
	return now;
}

void console_request_poll(void)
{
	polls++;
}

void send(u32 most)
{
	while (most-- && multiplexer_next(&output[output_size]))
		assert_true(++output_size < OUTPUT_SIZE);
}

void send_all(void)
{
	send(UINT32_MAX);
	output[output_size] = '\0';
}

static void own(const char *text)
{
	while (*text)
		if (multiplexer_put_own(*text))
			text++;
		else
			send(1);
}

static void say_arguments(const char *start, const char *text, va_list arguments, const char *end)
{
	char line[256];

	vsnprintf(line, sizeof(line), text, arguments);
	own(start);
	own(line);
	own(end);
}

void say(const char *text, ...)
{
	va_list arguments;

	va_start(arguments, text);
	say_arguments(multiplexer_own_line_is_open() ? "\numbra: " : "umbra: ", text, arguments,
		      "\n");
	va_end(arguments);
}

void console_print(const char *text, ...)
{
	va_list arguments;

	va_start(arguments, text);
	say_arguments("", text, arguments, "");
	va_end(arguments);
	send_all();
}

/* -- Helpers ---------------------------------------------------------------------------------- */

static void open_all(bool merged)
{
	memset(consoles, 0x5A, sizeof(consoles));
	multiplexer_init(merged);
	output_size = 0;
	now = 1;
	for (u32 i = 0; i < CONSOLES; i++)
		console_open(&consoles[i], names[i]);
}

int start_front(void **state)
{
	(void)state;
	open_all(false);
	return 0;
}

int start_merged(void **state)
{
	(void)state;
	open_all(true);
	return 0;
}

u32 print(u32 console, const char *text)
{
	return console_keep(&consoles[console], text, strlen(text));
}

void type(const char *keys)
{
	while (*keys)
		console_input_put(*keys++);
	console_input_poll();
}

bool take_key(void *owner, char byte)
{
	char *text = owner;

	text[strlen(text)] = byte;
	return true;
}

/* The output since the last call. */
void assert_output(const char *expected)
{
	send_all();
	assert_string_equal(output, expected);
	output_size = 0;
}
