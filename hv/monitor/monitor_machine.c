/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands for the trace, and for the machine as a whole. */
#include "hv/monitor/monitor_machine.h"

#include "hv/base/log.h"
#include "hv/base/wake.h"
#include "hv/domain/domain_run.h"
#include "hv/monitor/monitor_commands.h"
#include "hv/trace.h"
#include "hv/version.h"
#include "lib/string.h"

#define TRACE_SHOWN (2 * MONITOR_PIECE)

static bool reboot, poweroff;

/* -- trace ------------------------------------------------------------------------------------- */

/* A copy of the last events, newest first: more are recorded while they are printed. */
static struct {
	struct trace_event of[TRACE_SHOWN];
	u32 count;
} events;

static void gather_events(const struct domain *domain)
{
	const struct trace_event *e;
	struct trace_cursor cursor;

	trace_rewind(&cursor, domain->name);
	events.count = 0;
	while (events.count < TRACE_SHOWN && (e = trace_before(&cursor)))
		events.of[events.count++] = *e;
}

static bool show_trace(const struct monitor_call *call)
{
	char row[TRACE_TEXT_SIZE];

	if (!call->piece) {
		gather_events(call->domain);
		if (!events.count)
			return monitor_error("nothing is recorded of %s", call->domain->name);
		monitor_line("%s%s", trace_heading, schedule_cpus() > 1 ? " CPU" : "");
	}
	for (u32 i = 0; i < MONITOR_PIECE && events.count; i++) {
		const struct trace_event *e = &events.of[--events.count];

		trace_format_row(e, row, sizeof(row));
		if (schedule_cpus() > 1)
			monitor_line("%s %3u", row, e->cpu);
		else
			monitor_line("%s", row);
	}
	return events.count;
}

static void set_trace(struct domain *domain, bool on)
{
	domain->traced = on;
	domain->guest.traced = on;
	schedule_soon_for(&domain->guest); /* it closes the fast path */
	monitor_line("%s is %s", domain->name, on ? "traced" : "no longer traced");
}

bool monitor_trace(struct monitor_call *call)
{
	const char *what = call->word[2];

	if (!strcmp(what, "show"))
		return show_trace(call);
	if (!strcmp(what, "on") || !strcmp(what, "off"))
		set_trace(call->domain, !strcmp(what, "on"));
	else
		monitor_line("trace %s is on, off or show", call->domain->name);
	return false;
}

/* -- log and version --------------------------------------------------------------------------- */

/* The numbers of the lines that `log` has not printed yet. */
static struct {
	u32 next, end;
} log;

bool monitor_log(struct monitor_call *call)
{
	const char *line;

	if (!call->piece) {
		log.end = log_count();
		log.next = log.end > LOG_LINES ? log.end - LOG_LINES : 0;
	}
	for (u32 i = 0; i < MONITOR_PIECE && log.next != log.end; i++) {
		line = log_line(log.next++);
		if (line)
			monitor_line("%s", line);
	}
	return log.next != log.end;
}

bool monitor_version(struct monitor_call *call)
{
	(void)call;
	monitor_line("Umbra %s", umbra_version);
	return false;
}

/* -- The end ----------------------------------------------------------------------------------- */

static bool stop(bool then_reboot)
{
	reboot = then_reboot;
	poweroff = !then_reboot;
	domains_stop("from the monitor");
	monitor_leave();
	return false;
}

bool monitor_poweroff(struct monitor_call *call)
{
	(void)call;
	return stop(false);
}

bool monitor_reboot(struct monitor_call *call)
{
	(void)call;
	return stop(true);
}

bool monitor_reboot_requested(void)
{
	return reboot;
}

bool monitor_poweroff_requested(void)
{
	return poweroff;
}
