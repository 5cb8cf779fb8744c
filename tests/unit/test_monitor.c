// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Typed text stays readable in the monitor when the hypervisor prints lines of its own.
 */
#include "tests/unit/native.h"

#include <string.h>

#include "arch/x86/timer.h"
#include "hv/base/log.h"
#include "hv/base/stretch.h"
#include "hv/console/console_input.h"
#include "hv/console/console_screen.h"
#include "hv/console/console_text.h"
#include "hv/monitor/monitor.h"
#include "hv/monitor/monitor_commands.h"
#include "lib/format.h"
#include "lib/line_editor.h"

#define ERASED "\r\x1b[2K" /* written by say() over an unfinished line of the hypervisor */
#define DRAWN "\rumbra> "
#define DRAWN_END "\x1b[K"

static char shown[1024];
static u32 lines_said;
static u32 pieces_left; /* of the one command that there is */
static bool is_open;
static void (*open_it)(void);
static void (*key)(char byte);
static const struct poller *poller;

/* -- Functions that the monitor calls ---------------------------------------------------------- */

static void show(const char *text)
{
	assert_true(strlen(shown) + strlen(text) < sizeof(shown));
	strcat(shown, text);
}

void console_print(const char *text, ...)
{
	char printed[256];
	va_list arguments;

	va_start(arguments, text);
	vsnprintf(printed, sizeof(printed), text, arguments);
	va_end(arguments);
	show(printed);
}

void say(const char *text, ...)
{
	show(ERASED);
	show(text);
	show("\n");
	lines_said++;
}

u32 log_count(void)
{
	return lines_said;
}

u32 console_print_room(void)
{
	return 1u << 20;
}

void console_set_monitor(void (*open)(void), void (*input)(char byte))
{
	open_it = open;
	key = input;
}

bool console_monitor_is_open(void)
{
	return is_open;
}

void console_leave_monitor(void)
{
	is_open = false;
}

void console_set_status_line(void (*write)(char *text, u32 width))
{
	(void)write;
}

void status_line(char *text, u32 width)
{
	(void)text;
	(void)width;
}

void schedule_add_poller(const struct poller *its)
{
	poller = its;
}

void schedule_stop_others(void) {}

void schedule_resume_others(void) {}

u64 timer_now(void)
{
	static u64 now;

	return now += NS_PER_MS * 10;
}

void stretch_window(struct guest *g, const char *cause)
{
	(void)g;
	(void)cause;
}

bool domain_pause(struct domain *domain, bool paused)
{
	(void)domain;
	(void)paused;
	return false;
}

static bool work(struct monitor_call *call)
{
	(void)call;
	monitor_line("piece");
	return --pieces_left;
}

const struct monitor_command *monitor_parse(struct monitor_call *call)
{
	static const struct monitor_command command = {.name = "work", .handler = work};

	return strcmp(call->word[0], "work") ? NULL : &command;
}

const char *monitor_candidate(const char *line, u32 word, u32 n)
{
	(void)line;
	(void)word;
	(void)n;
	return NULL;
}

/* -- The tests --------------------------------------------------------------------------------- */

static void type(const char *keys)
{
	while (*keys)
		key(*keys++);
}

static void assert_shown(const char *expected)
{
	assert_string_equal(shown, expected);
	shown[0] = 0;
}

static int start(void **state)
{
	(void)state;
	shown[0] = 0;
	monitor_init();
	is_open = true;
	open_it();
	assert_shown(DRAWN DRAWN_END);
	return 0;
}

static void line_is_redrawn_below_messages(void **state)
{
	(void)state;
	type("wo");
	say("a guest has started");
	poller->poll();
	poller->poll();
	assert_shown("wo" ERASED "a guest has started\n" DRAWN "wo" DRAWN_END);
}

static void line_is_redrawn_before_the_next_key(void **state)
{
	(void)state;
	type("wo");
	say("a guest has started");
	type("r");
	poller->poll();
	assert_shown("wo" ERASED "a guest has started\n" DRAWN "wo" DRAWN_END "r");
}

/* The executed line stands above the output of its command. */
static void line_is_redrawn_before_return(void **state)
{
	(void)state;
	pieces_left = 1;
	type("work");
	say("a guest has started");
	type("\r");
	assert_shown("work" ERASED "a guest has started\n" DRAWN "work" DRAWN_END
		     "\npiece\n" DRAWN DRAWN_END);
}

static void keys_wait_while_a_command_runs(void **state)
{
	(void)state;
	pieces_left = 2;
	type("work\rnext");
	say("a guest has started");
	poller->poll();
	poller->poll();
	assert_shown("work\npiece\n" ERASED "a guest has started\npiece\n" DRAWN DRAWN_END "next");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(line_is_redrawn_below_messages, start),
	    cmocka_unit_test_setup(line_is_redrawn_before_the_next_key, start),
	    cmocka_unit_test_setup(line_is_redrawn_before_return, start),
	    cmocka_unit_test_setup(keys_wait_while_a_command_runs, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
