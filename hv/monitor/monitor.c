/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The path of a key:
 *
 *	console_input.c -> input -> take_key -> line editor -> run_line -> the command's handler
 *
 * A handler that returns true is a job: the scheduler's poller calls it again when its time has
 * come and there is room for its output. Keys that are typed meanwhile wait, and are taken when the
 * job has ended.
 *
 * 1. Printing
 * 2. Running a line
 * 3. Interactive use
 * 4. Scripts of the hypervisor's command line
 */
#include "hv/monitor/monitor.h"

#include "arch/x86/timer.h"
#include "hv/base/log.h"
#include "hv/base/stretch.h"
#include "hv/console/console_input.h"
#include "hv/console/console_screen.h"
#include "hv/console/console_text.h"
#include "hv/domain/domain_run.h"
#include "hv/monitor/monitor_commands.h"
#include "hv/monitor/status_line.h"
#include "hv/sched/schedule.h"
#include "hv/text_match.h"
#include "lib/format.h"
#include "lib/line_editor.h"
#include "lib/string.h"

#define CONTROL_C 3
#define TYPED_MAX 128 /* keys that wait for the end of a job */

/* A job is called again when there is room for all that one call may print, and after a pause in
 * which the line transmits and guests run. */
#define PIECE_ROOM (2 * MONITOR_PIECE * MONITOR_COLUMNS)
#define PIECE_NS (5u * NS_PER_MS)

static struct {
	bool leaving;                      /* after the current command */
	bool interactive;                  /* the current line was typed */
	const struct monitor_command *job; /* the command that is running, or NULL */
	struct domain *paused;             /* its guest is paused until the job ends; or NULL */
	struct monitor_call call;
	char line[LINE_SIZE]; /* the words of `call` */
	struct line_editor editor;
	char typed[TYPED_MAX]; /* keys that wait for the end of the job ... */
	u32 queued;            /* ... and their number */
	u32 log_seen;          /* log_count(), when the line was drawn last */
} monitor;

/* -- 1. Printing ------------------------------------------------------------------------------- */

static void print_line(const char *text, va_list arguments)
{
	char line[MONITOR_COLUMNS];

	vsnprintf(line, sizeof(line), text, arguments);
	if (monitor.interactive)
		console_print("%s\n", line);
	else
		say("%s", line);
	stretch_window(NULL, "monitor"); /* after each line: a command prints up to a dozen */
}

void monitor_line(const char *text, ...)
{
	va_list arguments;

	va_start(arguments, text);
	print_line(text, arguments);
	va_end(arguments);
}

bool monitor_error(const char *text, ...)
{
	va_list arguments;

	va_start(arguments, text);
	print_line(text, arguments);
	va_end(arguments);
	return false;
}

void monitor_pause_guest(struct domain *domain)
{
	if (domain_pause(domain, true))
		monitor.paused = domain;
}

bool monitor_require_alive(const struct domain *domain)
{
	return domain->state == DOMAIN_ALIVE || monitor_error("%s is not alive", domain->name);
}

/* -- 2. Running a line ------------------------------------------------------------------------- */

static void end_job(void)
{
	monitor.job = NULL;
	if (monitor.paused)
		domain_pause(monitor.paused, false);
	monitor.paused = NULL;
}

static void call_job(void)
{
	struct monitor_call *call = &monitor.call;
	bool more;

	call->wake = 0;
	schedule_stop_others(); /* the command finds all guests at rest, as on a machine with one CPU */
	more = monitor.job->handler(call);
	schedule_resume_others();
	call->piece++;
	if (!more)
		end_job();
	else if (!call->wake)
		call->wake = timer_now() + PIECE_NS;
}

/* Runs a line: the whole command, or the first piece of a job. */
static void run_line(const char *line, bool interactive)
{
	struct monitor_call *call = &monitor.call;

	monitor.interactive = interactive;
	*call = (struct monitor_call){.interactive = interactive};
	strlcpy(monitor.line, line, sizeof(monitor.line));
	call->words = words_split(monitor.line, call->word, MONITOR_WORDS);
	if (!call->words)
		return;
	monitor.job = monitor_parse(call);
	if (monitor.job)
		call_job();
}

/* -- 3. Interactive use ------------------------------------------------------------------------ */

static void print(const char *text)
{
	console_print("%s", text);
}

static const struct line_editor_output output = {
    .prompt = "umbra> ", .print = print, .candidate = monitor_candidate};

/* A command has ended, unless it is a job: prompts for the next one, or leaves the monitor. */
static void end_line(void)
{
	if (monitor.job)
		return;
	if (!monitor.leaving) {
		line_editor_start(&monitor.editor);
		monitor.log_seen = log_count();
		return;
	}
	console_leave_monitor();
}

static void open_monitor(void)
{
	monitor.leaving = false;
	monitor.queued = 0;
	monitor.log_seen = log_count();
	end_job();
	line_editor_start(&monitor.editor);
}

/* After a message of the hypervisor, the line being edited has to be drawn again below it. */
static void redraw_line(void)
{
	if (!monitor.job && log_count() != monitor.log_seen)
		line_editor_draw(&monitor.editor);
	monitor.log_seen = log_count();
}

/* False if the key has to wait until the job has ended. */
static bool take_key(char key)
{
	if (monitor.job && !monitor.call.until_key && key != CONTROL_C)
		return false;
	redraw_line(); /* before the key acts: Return leaves the line on the screen */
	if (monitor.job)
		end_job();
	else if (line_editor_input(&monitor.editor, key))
		run_line(monitor.editor.line, true);
	else
		return true;
	end_line();
	return true;
}

static void input(char key)
{
	if (!take_key(key) && monitor.queued < ARRAY_SIZE(monitor.typed))
		monitor.typed[monitor.queued++] = key;
}

/* Takes the keys that were typed while a job ran. */
static void take_queued_keys(void)
{
	u32 taken = 0;

	while (taken < monitor.queued && take_key(monitor.typed[taken]))
		taken++;
	monitor.queued -= taken;
	memmove(monitor.typed, monitor.typed + taken, monitor.queued);
}

void monitor_leave(void)
{
	monitor.leaving = true;
}

static void continue_job(void)
{
	if (timer_now() < monitor.call.wake)
		return;
	if (console_print_room() < PIECE_ROOM) {
		monitor.call.wake = timer_now() + PIECE_NS;
		return;
	}
	call_job();
	end_line();
}

static void poll(void)
{
	if (!console_monitor_is_open()) { /* it was left: the job's output would not be seen */
		end_job();
		return;
	}
	if (monitor.job)
		continue_job();
	if (monitor.job || !console_monitor_is_open())
		return;
	take_queued_keys();
	redraw_line();
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

/* -- 4. Scripts of the hypervisor's command line ----------------------------------------------- */

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
