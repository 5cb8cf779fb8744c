/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 *	1. Printing
 *	2. Running a line
 *	3. By hand
 *	4. From the command line
 */
#include "hv/monitor/monitor.h"

#include "arch/x86/timer.h"
#include "hv/base/log.h"
#include "hv/base/stretch.h"
#include "hv/console/console_input.h"
#include "hv/console/console_screen.h"
#include "hv/console/console_text.h"
#include "hv/monitor/line_editor.h"
#include "hv/monitor/monitor_commands.h"
#include "hv/monitor/status_line.h"
#include "hv/sched/schedule.h"
#include "hv/text_match.h"
#include "lib/format.h"
#include "lib/string.h"

#define CONTROL_C 3
#define TYPED_AHEAD 128
#define PIECE_ROOM (2 * MONITOR_PIECE * MONITOR_COLUMNS) /* what a job may print without waiting */
#define PIECE_NS (5u * NS_PER_MS) /* between two pieces of a job: for the line and for the guests */

static struct {
	bool leaving, by_hand;
	const struct monitor_command *job; /* that is not over yet, or NULL */
	struct domain *held;               /* whose guest stands still until it is */
	struct monitor_call call;
	char line[LINE_SIZE]; /* which call.word point into */
	struct line_editor editor;
	char ahead[TYPED_AHEAD]; /* keys that came while a job ran */
	u32 typed;               /* how many of them */
	u32 said;                /* lines of Umbra's that were there when it was drawn */
} monitor;

/* -- 1. Printing ---------------------------------------------------------------------------- */

static void print_line(const char *text, va_list arguments)
{
	char line[MONITOR_COLUMNS];

	vsnprintf(line, sizeof(line), text, arguments);
	if (monitor.by_hand)
		console_print("%s\n", line);
	else
		say("%s", line);
	stretch_window(NULL, "monitor"); /* a command prints a dozen lines at a time */
}

void monitor_line(const char *text, ...)
{
	va_list arguments;

	va_start(arguments, text);
	print_line(text, arguments);
	va_end(arguments);
}

bool monitor_refuse(const char *text, ...)
{
	va_list arguments;

	va_start(arguments, text);
	print_line(text, arguments);
	va_end(arguments);
	return false;
}

void monitor_hold(struct domain *domain)
{
	if (domain_pause(domain, true))
		monitor.held = domain;
}

bool monitor_needs_life(const struct domain *domain)
{
	return domain->state == DOMAIN_ALIVE || monitor_refuse("%s is not alive", domain->name);
}

/* -- 2. Running a line ---------------------------------------------------------------------- */

static void end_job(void)
{
	monitor.job = NULL;
	if (monitor.held)
		domain_pause(monitor.held, false);
	monitor.held = NULL;
}

static void call_job(void)
{
	struct monitor_call *call = &monitor.call;
	bool more;

	call->wake = 0;
	more = monitor.job->handler(call);
	call->piece++;
	if (!more)
		end_job();
	else if (!call->wake)
		call->wake = timer_now() + PIECE_NS;
}

/* Runs a line, at least the first piece of it. */
static void run_line(const char *line, bool by_hand)
{
	struct monitor_call *call = &monitor.call;

	monitor.by_hand = by_hand;
	*call = (struct monitor_call){.by_hand = by_hand};
	strlcpy(monitor.line, line, sizeof(monitor.line));
	call->words = words_split(monitor.line, call->word, MONITOR_WORDS);
	if (!call->words)
		return;
	monitor.job = monitor_understand(call);
	if (monitor.job)
		call_job();
}

/* -- 3. By hand ----------------------------------------------------------------------------- */

static void print(const char *text)
{
	console_print("%s", text);
}

static const struct line_editor_output output = {
    .prompt = "umbra> ", .print = print, .candidate = monitor_candidate};

/* After a command: the next one, or back to the guests. */
static void go_on(void)
{
	if (monitor.job)
		return;
	if (!monitor.leaving) {
		line_editor_start(&monitor.editor);
		monitor.said = log_count();
		return;
	}
	console_leave_monitor();
}

static void open_monitor(void)
{
	monitor.leaving = false;
	monitor.typed = 0;
	monitor.said = log_count();
	end_job();
	line_editor_start(&monitor.editor);
}

/* If Umbra has said something, the line that was being written is no longer the last one. */
static void draw_again(void)
{
	if (!monitor.job && log_count() != monitor.said)
		line_editor_draw(&monitor.editor);
	monitor.said = log_count();
}

/* False if the key has to wait until the job is over. */
static bool take_key(char key)
{
	if (monitor.job && !monitor.call.until_key && key != CONTROL_C)
		return false;
	draw_again(); /* what the key changes must be on the screen: Return leaves it there */
	if (monitor.job)
		end_job();
	else if (line_editor_input(&monitor.editor, key))
		run_line(monitor.editor.line, true);
	else
		return true;
	go_on();
	return true;
}

static void input(char key)
{
	if (!take_key(key) && monitor.typed < ARRAY_SIZE(monitor.ahead))
		monitor.ahead[monitor.typed++] = key;
}

/* What was typed while a job ran. */
static void take_typed(void)
{
	u32 taken = 0;

	while (taken < monitor.typed && take_key(monitor.ahead[taken]))
		taken++;
	monitor.typed -= taken;
	memmove(monitor.ahead, monitor.ahead + taken, monitor.typed);
}

void monitor_leave(void)
{
	monitor.leaving = true;
}

static void go_on_with_job(void)
{
	if (timer_now() < monitor.call.wake)
		return;
	if (console_print_room() < PIECE_ROOM) {
		monitor.call.wake = timer_now() + PIECE_NS;
		return;
	}
	call_job();
	go_on();
}

static void poll(void)
{
	if (!console_monitor_is_open()) { /* any more: nobody sees what a job would print */
		end_job();
		return;
	}
	if (monitor.job)
		go_on_with_job();
	if (monitor.job || !console_monitor_is_open())
		return;
	take_typed();
	draw_again();
}

static u64 deadline(void)
{
	return monitor.job ? monitor.call.wake : TIMER_NEVER;
}

static const struct poller poller = {
    .name = "monitor", .poll = poll, .deadline = deadline, .is_active = console_monitor_is_open};

void monitor_init(void)
{
	line_editor_init(&monitor.editor, &output);
	console_set_monitor(open_monitor, input);
	console_set_status_line(status_line);
	schedule_add_poller(&poller);
}

/* -- 4. From the command line --------------------------------------------------------------- */

void monitor_run_script(const char *text)
{
	char line[LINE_SIZE];
	const char *end;

	for (; *text; text = *end ? end + 1 : end) {
		while (*text == ' ')
			text++;
		for (end = text; *end && *end != ';';)
			end++;
		snprintf(line, sizeof(line), "%.*s", (int)(end - text), text);
		say("monitor: %s", line);
		for (run_line(line, false); monitor.job;)
			call_job();
	}
}
