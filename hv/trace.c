/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hv/trace.h"

#include "arch/x86/cpu.h"
#include "arch/x86/io.h"
#include "arch/x86/irq.h"
#include "arch/x86/per_cpu.h"
#include "arch/x86/timer.h"
#include "hv/base/log.h"
#include "hv/base/machine.h"
#include "hv/base/stretch.h"
#include "hv/guest.h"
#include "lib/min_max.h"
#include "lib/string.h"

#define DEBUGCON_PORT 0xE9 /* of QEMU and Bochs; nothing is there on a PC */

enum trace_stream { TRACE_NOWHERE, TRACE_DEBUGCON, TRACE_SERIAL };

static struct {
	bool from_start;
	enum trace_stream stream;
} trace;

/* Each CPU records its own events, without a lock. */
static PER_CPU struct trace_ring {
	struct trace_event events[TRACE_EVENTS];
	u32 count; /* of all events so far: it may wrap */
} ring;

static const struct trace_observer *observer;

void trace_observe(const struct trace_observer *new)
{
	observer = new;
}

static void debugcon_put_line(const char *text)
{
	while (*text)
		outb(DEBUGCON_PORT, *text++);
	outb(DEBUGCON_PORT, '\n');
}

static void stream_line(const char *text)
{
	if (trace.stream == TRACE_DEBUGCON)
		debugcon_put_line(text);
	else if (trace.stream == TRACE_SERIAL)
		say("%s", text);
}

bool trace_init(const char *where)
{
	if (!strcmp(where, "debugcon"))
		trace.stream = TRACE_DEBUGCON;
	else if (!strcmp(where, "serial"))
		trace.stream = TRACE_SERIAL;
	else if (strcmp(where, "ring"))
		return false;
	trace.from_start = true;
	return true;
}

bool trace_from_start(void)
{
	return trace.from_start;
}

/* The stream has each event at once, and so has the observer of a watched guest. */
static NOINLINE void tell(struct guest *g, const struct trace_event *e)
{
	char text[TRACE_TEXT_SIZE];
	bool taken = machine_lock_nested();

	if (trace.stream != TRACE_NOWHERE) {
		trace_format_line(e, text, sizeof(text));
		stream_line(text);
	}
	if (g->watched)
		observer->after(g, e);
	machine_unlock_nested(taken);
}

static ALWAYS_INLINE void record(struct guest *g, struct trace_event *e)
{
	e->cpu = this_cpu.number;
	ring.events[ring.count++ % TRACE_EVENTS] = *e;
	if (trace.stream != TRACE_NOWHERE || g->watched)
		tell(g, e);
}

static u64 now_in_ticks(void)
{
	return cpu_features.tsc ? read_tsc() : 0;
}

/* The number is a hypercall's (eax, with ebx as the address), the line of a hardware interrupt, or
 * else the vector. */
static ALWAYS_INLINE void describe_exit(struct trace_event *e, const struct guest *g)
{
	const struct trap_frame *regs = g->regs;
	bool is_hypercall = regs->trap == HCALL_VECTOR;
	bool is_interrupt = regs->trap >= VECTOR_IRQ_BASE && regs->trap < VECTOR_COUNT;

	*e = (struct trace_event){
	    .guest = g->config->name,
	    .time = timer_now(),
	    .trap = regs->trap,
	    .number = is_hypercall   ? regs->eax
		      : is_interrupt ? irq_of_vector(regs->trap)
				     : regs->trap,
	    .error = regs->error,
	    .eip = regs->eip,
	    .address = is_hypercall ? regs->ebx : 0,
	    .kind = TRACE_EXIT,
	};
}

void trace_begin(struct trace_span *span, struct guest *g)
{
	describe_exit(&span->event, g);
	if (g->watched)
		observer->before(g, &span->event);
	span->fills = g->space.shadow.counts.fills;
	span->skipped = g->counts.skipped;
	span->reflections = g->counts.reflections;
	span->ring_hypercalls = g->counts.ring_hypercalls;
	span->tsc = now_in_ticks();
}

static enum trace_outcome outcome_since(const struct trace_span *span, const struct guest *g)
{
	if (guest_has_ended(g))
		return TRACE_ENDED;
	if (g->halted)
		return TRACE_HALTED;
	if (span->event.trap == HCALL_VECTOR && g->regs->eip < span->event.eip)
		return TRACE_AGAIN;
	if (g->counts.reflections != span->reflections)
		return TRACE_REFLECTED;
	if (g->counts.skipped != span->skipped)
		return TRACE_SKIPPED;
	return g->space.shadow.counts.fills != span->fills ? TRACE_FILLED : TRACE_SERVED;
}

void trace_end(struct trace_span *span, struct guest *g)
{
	struct trace_event *e = &span->event;

	e->ticks = now_in_ticks() - span->tsc;
	e->ring_calls = g->counts.ring_hypercalls - span->ring_hypercalls;
	e->outcome = outcome_since(span, g);
	if (e->trap == VECTOR_PF)
		e->address = g->fault_address;
	record(g, e);
}

void trace_inject(struct guest *g, u32 irq)
{
	struct trace_event e = {
	    .guest = g->config->name,
	    .time = timer_now(),
	    .trap = VECTOR_IRQ_BASE + irq,
	    .number = irq,
	    .eip = g->regs->eip,
	    .kind = TRACE_INJECT,
	};

	if (g->watched)
		observer->before(g, &e);
	record(g, &e);
}

void trace_rewind(struct trace_cursor *cursor, const char *guest)
{
	*cursor = (struct trace_cursor){.guest = guest};
}

/* The last of the guest's events on a CPU that the cursor has not passed yet. */
static const struct trace_event *last_on(u32 cpu, struct trace_cursor *cursor)
{
	const struct trace_ring *r = per_cpu_of(cpu, &ring);

	for (u32 *back = &cursor->passed[cpu]; *back < min_u32(r->count, TRACE_EVENTS); ++*back) {
		const struct trace_event *e = &r->events[(r->count - 1 - *back) % TRACE_EVENTS];

		if (e->guest == cursor->guest)
			return e;
	}
	return NULL;
}

const struct trace_event *trace_before(struct trace_cursor *cursor)
{
	const struct trace_event *last = NULL;

	for (u32 cpu = 0; cpu < CPUS_MAX; cpu++) {
		const struct trace_event *e;

		if (!per_cpu_is_made(cpu))
			continue;
		e = last_on(cpu, cursor);
		if (e && (!last || e->time > last->time))
			last = e;
		if (stretch_is_spent()) /* a ring takes some 10,000 instructions */
			stretch_window(NULL, "trace");
	}
	if (last)
		cursor->passed[last->cpu]++;
	return last;
}
