/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hv/sequence.h"

#include "arch/x86/timer.h"
#include "hv/console.h"
#include "hv/hypercalls.h"
#include "hv/run.h"
#include "hv/stats.h"
#include "lib/format.h"

#define PROBLEM_SIZE 256
#define DOING_SIZE 64

static struct guest guest; /* one at a time; too large for the stack */

/* What the guest was doing when it was killed, from what it came out with last. */
static void describe(const struct guest *g, char *doing, size_t size)
{
	u32 trap = g->regs->trap, number = g->last_call;
	const char *name = hypercall_name(number);

	if (trap == HCALL_VECTOR && name)
		snprintf(doing, size, "in hypercall %s", name);
	else if (trap == HCALL_VECTOR)
		snprintf(doing, size, "in hypercall %u", number);
	else if (trap == VECTOR_PAGE_FAULT)
		snprintf(doing, size, "page fault at %#x, error code %#x", g->fault_address,
			 g->regs->error);
	else if (trap >= VECTOR_IRQ_BASE && trap < VECTOR_COUNT)
		snprintf(doing, size, "running");
	else if (trap < VECTOR_COUNT)
		snprintf(doing, size, "trap %u, error code %#x", trap, g->regs->error);
	else
		snprintf(doing, size, "on the way in");
}

static void report(const struct guest *g)
{
	const char *name = g->config->name;
	char doing[DOING_SIZE];

	switch (g->state) {
	case GUEST_SHUT_DOWN:
		say("guest %s: shut down: %s", name, g->reason);
		break;
	case GUEST_RESTARTING:
		say("guest %s: restarting: %s", name, g->reason);
		break;
	case GUEST_TIMED_OUT:
		say("guest %s: timed out after %u s", name, g->config->timeout);
		break;
	default:
		describe(g, doing, sizeof(doing));
		say("guest %s: killed: %s (eip %#x, ring %u, %s)", name, g->reason, g->regs->eip,
		    privilege_level(g->regs), doing);
	}
}

/* From the module to the end, once. False if it could not be started. */
static bool run_once(const struct guest_config *config, u64 limit, bool stats)
{
	char problem[PROBLEM_SIZE];

	if (!guest_create(&guest, config, OWNER_FIRST_GUEST, limit, problem, sizeof(problem))) {
		say("guest %s: not started: %s", config->name, problem);
		return false;
	}
	say("guest %s: starting with %u KB at %#x", config->name, config->memory / KIB,
	    guest.regs->eip);
	guest_schedule(&guest, &boot_cpu_pages);
	run_guest(&guest);
	guest_unschedule(&guest);
	report(&guest);
	if (stats)
		stats_print(&guest);
	guest_destroy(&guest);
	return true;
}

bool sequence_run(const struct guest_config *config, bool stats)
{
	u64 limit = TIMER_NEVER;

	if (config->timeout)
		limit = timer_now() + (u64)config->timeout * NS_PER_SECOND;
	do {
		if (!run_once(config, limit, stats))
			return false;
	} while (guest.state == GUEST_RESTARTING);
	return true;
}
