/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands that run a guest event by event (hv/domain/watch.h). */
#include "hv/domain/domain_run.h"
#include "hv/monitor/monitor_commands.h"
#include "lib/string.h"

/* The last event of the guest's own; NULL: none is kept. */
static const struct trace_event *last_event(const struct domain *domain)
{
	const struct trace_event *e;
	struct trace_cursor cursor;

	trace_rewind(&cursor, domain->name);
	do
		e = trace_before(&cursor);
	while (e && trace_is_of_machine(e));
	return e;
}

/* The event, and the entries for its address. */
static bool show_event(struct monitor_call *call)
{
	const struct trace_event *e = last_event(call->domain);
	char row[TRACE_TEXT_SIZE];

	if (!e)
		return monitor_error("nothing is recorded of %s", call->domain->name);
	trace_format_row(e, row, sizeof(row));
	monitor_line("%s", trace_heading);
	monitor_line("%s", row);
	if (call->domain->state != DOMAIN_ALIVE)
		return false;
	call->number = gva_value(call->domain->watch.at);
	return monitor_walk(call);
}

/* A job: it waits until the guest stands. A key ends it, and the guest stands then, too. */
static bool run_and_show(struct monitor_call *call, u32 steps, const char *until)
{
	struct domain *domain = call->domain;

	if (!call->piece) {
		if (!monitor_require_alive(domain))
			return false;
		call->until_key = true;
		return watch_run(domain, steps, until) ||
		       monitor_error("%s stays paused", domain->name);
	}
	if (domain->state == DOMAIN_ALIVE && !domain->vcpu.paused)
		return true;
	return show_event(call);
}

bool monitor_step(struct monitor_call *call)
{
	return run_and_show(call, call->words > 2 ? call->number : 1, NULL);
}

bool monitor_until(struct monitor_call *call)
{
	if (strlen(call->word[2]) >= WATCH_EVENT_SIZE || !trace_has_name(call->word[2]))
		return monitor_error("no event is called %s", call->word[2]);
	return run_and_show(call, 0, call->word[2]);
}

bool monitor_watch(struct monitor_call *call)
{
	bool on = !strcmp(call->word[2], "on");

	if (!on && strcmp(call->word[2], "off"))
		return monitor_error("watch %s is on or off", call->domain->name);
	if (!watch_from_start())
		return monitor_error("start Umbra with watch=com2 or debugcon");
	watch_set(call->domain, on);
	monitor_line("%s is %s", call->domain->name,
		     on ? "watched" : "no longer watched, and runs");
	return false;
}
