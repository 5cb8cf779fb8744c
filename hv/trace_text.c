/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An event of the trace as text, for people and for tools (docs/trace.md). */
#include "hv/trace.h"

#include "abi/lguest.h"
#include "arch/x86/exception_name.h"
#include "arch/x86/paging.h"
#include "arch/x86/timer.h"
#include "arch/x86/trap_frame.h"
#include "hv/hypercalls.h"
#include "lib/format.h"
#include "lib/math64.h"
#include "lib/string.h"

#define WHAT_SIZE 24

static const char *const outcomes[] = {
    [TRACE_SERVED] = "served", [TRACE_FILLED] = "filled",       [TRACE_SKIPPED] = "skipped",
    [TRACE_AGAIN] = "again",   [TRACE_REFLECTED] = "reflected", [TRACE_HALTED] = "halted",
    [TRACE_ENDED] = "ended",
};

static const char *reason(const struct trace_event *e)
{
	if (e->kind == TRACE_INJECT)
		return "inject";
	if (e->trap == HCALL_VECTOR)
		return "hypercall";
	if (e->trap == VECTOR_PF)
		return "page-fault";
	if (e->trap < VECTOR_IRQ_BASE)
		return "trap";
	return e->trap < VECTOR_COUNT ? "interrupt" : "entry";
}

static void describe_fault(u32 error, char *what)
{
	const char *access = error & FAULT_FETCH ? "fetch" : error & FAULT_WRITE ? "write" : "read";

	snprintf(what, WHAT_SIZE, "%s-%s", access, error & FAULT_USER ? "user" : "kernel");
}

/* Writes one word without blanks, for any values of the guest's registers: the line form needs
 * that. */
static void describe(const struct trace_event *e, char *what)
{
	u32 vector = e->trap < VECTOR_COUNT ? e->trap : e->trap - TRAP_ENTRY_FAILED;
	const char *name = NULL;

	if (e->kind == TRACE_EXIT && e->trap == HCALL_VECTOR)
		name = hypercall_name(e->number);
	else if (e->kind == TRACE_EXIT)
		name = exception_name(vector);
	if (e->kind == TRACE_EXIT && e->trap == VECTOR_PF)
		describe_fault(e->error, what);
	else if (name)
		strlcpy(what, name, WHAT_SIZE);
	else
		snprintf(what, WHAT_SIZE, "%u", e->number);
}

static const char *outcome(const struct trace_event *e)
{
	return outcomes[e->outcome];
}

const char trace_heading[] =
    "     seconds  why        what                 eip  address  done       ticks";

void trace_format_row(const struct trace_event *e, char *text, size_t size)
{
	char what[WHAT_SIZE];
	u32 ns, seconds = divide(e->time, NS_PER_SECOND, &ns);

	describe(e, what);
	snprintf(text, size, "%5u.%06u  %-10s %-15s %08x %08x  %-9s %6u", seconds, ns / 1000,
		 reason(e), what, e->eip, e->address, outcome(e), e->ticks);
}

bool trace_is_of_machine(const struct trace_event *e)
{
	return e->kind == TRACE_EXIT && e->trap >= VECTOR_IRQ_BASE && e->trap < VECTOR_COUNT;
}

bool trace_is_called(const struct trace_event *e, const char *name)
{
	char what[WHAT_SIZE];

	describe(e, what);
	return !strcmp(name, reason(e)) || !strcmp(name, what);
}

/* Tries the events that have names: each exception and an interrupt, each hypercall, each way to access memory (the bits of
 * an error code are below VECTOR_IRQ_BASE), and the three others. */
bool trace_has_name(const char *name)
{
	const struct trace_event others[] = {
	    {.kind = TRACE_INJECT},
	    {.kind = TRACE_EXIT, .trap = TRAP_ENTRY_FAILED},
	    {.kind = TRACE_EXIT, .trap = HCALL_VECTOR, .number = HCALL_CLONE},
	};

	if (*name >= '0' && *name <= '9')
		return true;
	for (u32 i = 0; i < ARRAY_SIZE(others); i++)
		if (trace_is_called(&others[i], name))
			return true;
	for (u32 i = 0; i <= VECTOR_IRQ_BASE; i++) {
		const struct trace_event exits[] = {
		    {.kind = TRACE_EXIT, .trap = i},
		    {.kind = TRACE_EXIT, .trap = HCALL_VECTOR, .number = i},
		    {.kind = TRACE_EXIT, .trap = VECTOR_PF, .error = i},
		};

		for (u32 j = 0; j < ARRAY_SIZE(exits); j++)
			if (trace_is_called(&exits[j], name))
				return true;
	}
	return false;
}
_Static_assert((FAULT_WRITE | FAULT_USER | FAULT_FETCH) < VECTOR_IRQ_BASE &&
		   HCALL_SEND_INTERRUPTS < VECTOR_IRQ_BASE,
	       "trace_has_name");

void trace_format_cause(const struct trace_event *e, char *text, size_t size)
{
	char what[WHAT_SIZE];

	describe(e, what);
	snprintf(
	    text, size,
	    "guest=%s why=%s what=%s error=%#x eip=%#x address=%#x ring=%u done=%s ticks=%u cpu=%u",
	    e->guest, reason(e), what, e->error, e->eip, e->address, e->ring_calls, outcome(e),
	    e->ticks, e->cpu);
}

void trace_format_line(const struct trace_event *e, char *text, size_t size)
{
	char cause[TRACE_TEXT_SIZE];

	trace_format_cause(e, cause, sizeof(cause));
	snprintf(text, size, "trace ns=%llu %s", (unsigned long long)e->time, cause);
}
