/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands that control guests. */
#include "arch/x86/cpu_list.h"
#include "hv/console/console_input.h"
#include "hv/domain/domain_clone.h"
#include "hv/domain/domain_run.h"
#include "hv/domain/move_receive.h"
#include "hv/domain/move_send.h"
#include "hv/domain/snapshot_save.h"
#include "hv/monitor/monitor_commands.h"
#include "lib/format.h"
#include "lib/number.h"
#include "lib/string.h"

static bool report(const struct monitor_call *call, bool done, const char *yes, const char *no)
{
	monitor_line("%s %s", call->domain->name, done ? yes : no);
	return false;
}

bool monitor_pause(struct monitor_call *call)
{
	return report(call, watch_pause(call->domain), "is paused", "does not run");
}

bool monitor_resume(struct monitor_call *call)
{
	bool paused = call->domain->vcpu.paused;

	if (call->domain->move == MOVE_STANDS)
		return monitor_error("%s stands still while it is sent", call->domain->name);
	if (call->domain->move == MOVE_UNSETTLED) {
		move_settle_here(call->domain);
		return report(call, true, "goes on", "");
	}
	return report(call, domain_pause(call->domain, false), "goes on",
		      paused ? "stays paused: no more memory can be set aside for it"
			     : "is not paused");
}

bool monitor_clone(struct monitor_call *call)
{
	u32 count = call->words > 2 ? call->number : 1;

	if (!count || count > GUESTS_MAX)
		return monitor_error("a number of clones is 1 to %u", GUESTS_MAX);
	return report(call, domain_clone(call->domain, count), "is to be cloned",
		      "does not run, or is being cloned");
}

bool monitor_save(struct monitor_call *call)
{
	const char *problem =
	    snapshot_save(call->domain, call->words > 2 ? call->word[2] : "debugcon");

	if (problem)
		return monitor_error("%s is not saved: %s", call->domain->name, problem);
	return false;
}

bool monitor_send(struct monitor_call *call)
{
	const char *problem = move_send(call->domain, call->word[2]);

	if (problem)
		return monitor_error("%s is not sent: %s", call->domain->name, problem);
	return false;
}

bool monitor_receive(struct monitor_call *call)
{
	const char *problem = NULL;

	if (!strcmp(call->word[1], "stop"))
		problem = move_receive_stop("given up") ? NULL : "there is nothing to stop";
	else
		problem = move_receive(call->word[1]);
	if (problem)
		return monitor_error("receive: %s", problem);
	return false;
}

bool monitor_discard(struct monitor_call *call)
{
	if (call->domain->move != MOVE_UNSETTLED)
		return monitor_error("%s has not been sent without an answer", call->domain->name);
	move_settle_there(call->domain);
	return false;
}

/* True, and says so, for a clone, or one that has come from another machine. */
static bool has_no_start(const struct monitor_call *call)
{
	const struct domain *domain = call->domain;

	if (domain->origin || domain->received)
		monitor_line("%s %s, and has no start of its own", domain->name,
			     domain->origin ? "is a clone" : "was received");
	return domain->origin || domain->received;
}

bool monitor_start(struct monitor_call *call)
{
	if (has_no_start(call))
		return false;
	return report(call, domain_start(call->domain), "is to be started", "has not ended");
}

bool monitor_restart(struct monitor_call *call)
{
	if (has_no_start(call))
		return false;
	return report(call, domain_restart(call->domain), "is to be started again",
		      "is starting or ending");
}

bool monitor_kill(struct monitor_call *call)
{
	return report(call, domain_kill(call->domain, "from the monitor"), "is to end",
		      "is not alive");
}

bool monitor_weight(struct monitor_call *call)
{
	if (!call->number || call->number > WEIGHT_MAX)
		return monitor_error("a weight is 1 to %u, and %u is like others", WEIGHT_MAX,
				     WEIGHT_DEFAULT);
	call->domain->vcpu.weight = call->number;
	monitor_line("%s has weight %u", call->domain->name, call->number);
	return false;
}

bool monitor_cap(struct monitor_call *call)
{
	if (call->number > CAP_MAX)
		return monitor_error("a cap is 1 to %u per cent, or 0 for none", CAP_MAX);
	call->domain->vcpu.cap = call->number;
	schedule_soon();
	if (call->number)
		monitor_line("%s has at most %u %% of the CPU", call->domain->name, call->number);
	else
		monitor_line("%s has no cap", call->domain->name);
	return false;
}

/* "0-2,5" */
static void format_cpus(u32 cpus, char *text, size_t size)
{
	*text = 0;
	for (u32 cpu = 0; cpus >> cpu; cpu++) {
		size_t length = strlen(text);

		if (cpus >> cpu & 1)
			snprintf(text + length, size - length, "%s%u", length ? "," : "", cpu);
	}
}

bool monitor_pin(struct monitor_call *call)
{
	const char *list = call->word[2];
	char text[CPUS_MAX * 3];
	u32 cpus = 0;

	if (strcmp(list, "all") && !number_list_parse(list, CPUS_MAX, &cpus))
		return monitor_error("%s is not a list of CPUs such as 0,2, nor all", list);
	if (cpus && !schedule_has_cpus(cpus))
		return monitor_error("there are the CPUs 0 to %u", schedule_cpus() - 1);
	call->domain->vcpu.cpus = cpus;
	schedule_soon();
	format_cpus(cpus, text, sizeof(text));
	monitor_line("%s may run on %s%s", call->domain->name, cpus ? "CPU " : "any CPU", text);
	return false;
}

bool monitor_console(struct monitor_call *call)
{
	if (!call->domain->starts)
		return monitor_error("%s has not been started", call->domain->name);
	console_to_front(&call->domain->console);
	monitor_leave();
	return false;
}
