/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 *	before    remembers the walk to the address that the exit is about
 *	(the exit is served)
 *	after     begins the report of the event; the guest leaves its CPU
 *	(the port's poller sends the report)
 *	told      the guest goes on, or stands if its steps are done
 */
#include "hv/domain/watch.h"

#include "arch/x86/cpu.h"
#include "hv/domain/domain_run.h"
#include "hv/hypercalls.h"
#include "lib/string.h"

/* -- 1. Events ----------------------------------------------------------------------------------- */

void watch_add_top(struct watch_text *line, const struct guest_space *g)
{
	if (g->shadow.linear)
		watch_add_text(line, " top=linear");
	else
		watch_add_hex(line, " top=", gpa_value(g->shadow.current->top));
}

static struct domain *domain_of(struct guest *g)
{
	return (struct domain *)g;
}
_Static_assert(!offsetof(struct domain, guest), "domain_of");

static void inspect(struct guest *g, struct address_walk *walk)
{
	g->space.shadow.engine->inspect(&g->space, domain_of(g)->watch.at, walk);
}

static void before(struct guest *g, const struct trace_event *e)
{
	struct watch *w = &domain_of(g)->watch;

	if (e->kind == TRACE_EXIT && e->trap == VECTOR_PF)
		w->at = to_gva(read_cr2());
	else if (e->kind == TRACE_EXIT && e->trap == HCALL_VECTOR && e->number == HCALL_SET_PTE)
		w->at = to_gva(g->regs->ecx);
	inspect(g, &w->before);
	w->ring_next = g->space.fast->ring_next;
}

static void add_step(struct watch_text *line, const char *text, const struct walk_step *step)
{
	if (step->taken) {
		watch_add_hex(line, text, step->entry);
		return;
	}
	watch_add_text(line, text);
	watch_add_text(line, "-");
}

/* ` KEY=BEFORE>AFTER`, or one value if they are the same. */
static void add_change(struct watch_text *line, const char *key, const struct walk_step *was,
		       const struct walk_step *is)
{
	bool changed = was->taken != is->taken || was->entry != is->entry;

	add_step(line, key, was);
	if (changed)
		add_step(line, ">", is);
}

static void add_changes(struct watch_text *line, struct guest *g)
{
	const struct watch *w = &domain_of(g)->watch;
	const struct shadow *s = &g->space.shadow;
	struct address_walk now;

	inspect(g, &now);
	watch_add_top(line, &g->space);
	watch_add_hex(line, " at=", gva_value(w->at));
	add_change(line, " gpde=", &w->before.guest[1], &now.guest[1]);
	add_change(line, " gpte=", &w->before.guest[0], &now.guest[0]);
	add_change(line, " spde=", &w->before.shadow[1], &now.shadow[1]);
	add_change(line, " spte=", &w->before.shadow[0], &now.shadow[0]);
	watch_add(line, " fills=%u frames=%u evicted=%u reclaimed=%u switches=%u", s->counts.fills,
		  s->frames, s->counts.evictions, s->counts.reclaims,
		  s->counts.hits + s->counts.misses);
}

/* Tells the port that the guest stands. */
static void say_stopped(const struct domain *domain)
{
	struct watch_text line = {.size = 0};

	watch_add(&line, "stopped guest=%s n=%u state=%s", domain->name, domain->watch.events,
		  guest_has_ended(&domain->guest) ? "ended" : "paused");
	watch_port_send(&line);
}

/* The guest stands after this event. */
static bool is_last(struct watch *w, const struct trace_event *e)
{
	if (w->steps && !--w->steps)
		return true;
	return *w->until && trace_is_called(e, w->until);
}

static void stop(struct domain *domain)
{
	domain->watch.steps = 0;
	*domain->watch.until = 0;
	domain->vcpu.paused = true;
	schedule_soon();
}

void watch_told(struct domain *domain)
{
	struct watch *w = &domain->watch;

	domain->vcpu.telling = false;
	watch_port_send(&w->report.event);
	if (!w->report.last)
		return;
	stop(domain);
	say_stopped(domain);
}

static void after(struct guest *g, const struct trace_event *e)
{
	struct domain *domain = domain_of(g);
	struct watch *w = &domain->watch;
	struct watch_text *line = &w->report.event;
	char cause[TRACE_TEXT_SIZE];
	bool last;

	if (trace_is_of_machine(e))
		return;
	w->events++;
	last = is_last(w, e);
	if (w->on) {
		trace_format_cause(e, cause, sizeof(cause));
		line->size = 0;
		watch_add(line, "event n=%u ", w->events);
		watch_add_text(line, cause);
		add_changes(line, g);
		w->report.last = last;
		watch_report_begin(domain, e->ring_calls);
		domain->vcpu.telling = true;
		schedule_soon();
	} else if (last) {
		stop(domain);
	}
}

static const struct trace_observer observer = {before, after};

/* -- 2. Control ---------------------------------------------------------------------------------- */

/* A watched guest is traced. */
static void follow(struct domain *domain, bool on)
{
	trace_observe(&observer);
	domain->traced = on || trace_from_start();
	domain->guest.watched = on;
	domain->guest.traced = domain->traced;
}

bool watch_init(const char *where)
{
	if (!strcmp(where, "com2"))
		watch_port_open(WATCH_COM2);
	else if (!strcmp(where, "debugcon"))
		watch_port_open(WATCH_DEBUGCON);
	else
		return false;
	return true;
}

bool watch_from_start(void)
{
	return !watch_port_is(WATCH_NOWHERE);
}

void watch_started(struct domain *domain)
{
	if (!domain->watch.on)
		return;
	follow(domain, true);
	if (!watch_port_is(WATCH_COM2))
		return;
	stop(domain);
	say_stopped(domain);
}

/* Of a clone that never runs (domain->work) there are no events. */
void watch_cloned(struct domain *clone, const struct domain *parent)
{
	clone->watch =
	    (struct watch){.on = parent->watch.on && !parent->work, .at = parent->watch.at};
}

void watch_ended(struct domain *domain)
{
	domain->watch.report.last = false;
	if (domain->vcpu.telling)
		watch_told(domain);
	if (domain->watch.on)
		say_stopped(domain);
	domain->watch.steps = 0;
	*domain->watch.until = 0;
}

void watch_set(struct domain *domain, bool on)
{
	domain->watch.on = on;
	follow(domain, on);
	if (!on)
		watch_run(domain, 0, NULL);
}

bool watch_run(struct domain *domain, u32 steps, const char *until)
{
	struct watch *w = &domain->watch;

	if (domain->state != DOMAIN_ALIVE)
		return false;
	if (steps || until)
		follow(domain, true);
	w->steps = steps;
	w->report.last = false;
	strlcpy(w->until, until ? until : "", sizeof(w->until));
	return !domain->vcpu.paused || domain_pause(domain, false);
}

bool watch_pause(struct domain *domain)
{
	if (!domain_pause(domain, true))
		return false;
	domain->watch.report.last = domain->vcpu.telling;
	stop(domain);
	if (domain->watch.on && !domain->vcpu.telling)
		say_stopped(domain);
	return true;
}
