/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hv/domain/stats.h"

#include "arch/x86/exception_name.h"
#include "arch/x86/irq.h"
#include "arch/x86/timer.h"
#include "hv/base/stretch.h"
#include "hv/domain/domains.h"
#include "hv/fast_path_state.h"
#include "hv/run.h"
#include "hv/trace.h"
#include "lib/format.h"
#include "lib/math64.h"
#include "lib/string.h"

#define STATISTICS "statistics"
#define OTHERS_SIZE 64 /* a longer list is cut */

static u32 exits_by_interrupts(const struct guest_counts *c)
{
	u32 sum = 0;

	for (u32 irq = 0; irq < IRQS; irq++)
		sum += c->exits_by_vector[VECTOR_IRQ_BASE + irq];
	return sum;
}

static u32 cached_directories(const struct shadow *s)
{
	u32 count = 0;

	for (u32 i = 0; i < SHADOW_DIRECTORIES; i++)
		count += s->directories[i].used;
	return count;
}

/* " 109 #NM, 7 #GP": exits that are neither hypercalls, page faults nor interrupts. */
static void list_others(const struct guest_counts *c, char *text, size_t size)
{
	*text = 0;
	for (u32 vector = 0; vector < VECTOR_IRQ_BASE; vector++) {
		const char *name = exception_name(vector);
		size_t length = strlen(text);

		if (c->exits_by_vector[vector] && vector != VECTOR_PF && vector != HCALL_VECTOR)
			snprintf(text + length, size - length, "%s %u %s", length ? "," : "",
				 c->exits_by_vector[vector], name ? name : "others");
	}
}

static u32 in_ms(u64 ns)
{
	u32 rest;

	return divide(ns, NS_PER_MS, &rest);
}

static void print_longest(const struct stretch_record *longest, const char *when, stats_line *line)
{
	if (longest->cause)
		line("stats:   longest       %8u us with interrupts off%s: %s",
		     stretch_us(longest->ticks), when, longest->cause);
}

static void print_exits(const struct guest_counts *c, stats_line *line)
{
	u32 hypercalls = c->exits_by_vector[HCALL_VECTOR];
	u32 faults = c->exits_by_vector[VECTOR_PF];
	u32 interrupts = exits_by_interrupts(c);
	char others[OTHERS_SIZE];

	line("stats:   exits         %8u: %u hypercalls, %u page faults, %u interrupts, %u others",
	     c->exits, hypercalls, faults, interrupts, c->exits - hypercalls - faults - interrupts);
	list_others(c, others, sizeof(others));
	if (*others)
		line("stats:   others           %s", others);
}

static void print_calls(const struct guest_counts *c, stats_line *line)
{
	line("stats:   without exit  %8u: %u page faults reflected, %u hypercalls",
	     c->fast_reflections + c->fast_hypercalls, c->fast_reflections, c->fast_hypercalls);
	line("stats:   hypercalls    %8u: %u by int 0x1f, %u by the ring",
	     c->hypercalls + c->ring_hypercalls, c->hypercalls, c->ring_hypercalls);
	line("stats:   injected      %8u: %u traps reflected, %u interrupts",
	     c->reflections + c->interrupts, c->reflections, c->interrupts);
}

static void print_shadow(const struct shadow *s, stats_line *line)
{
	line("stats:   shadow fills  %8u", s->counts.fills);
	line("stats:   switches      %8u: %u to cached directories, %u to new ones",
	     s->counts.hits + s->counts.misses, s->counts.hits, s->counts.misses);
	line("stats:   directories   %8u cached, %u given up; tables reclaimed %u times",
	     cached_directories(s), s->counts.evictions, s->counts.reclaims);
}

static void print_frames(const struct guest *g, stats_line *line)
{
	line("stats:   frames        %8u: %u of its memory, %u of tables to find it, %u shadow (of "
	     "%u at most), %u other",
	     g->space.account.used, g->space.memory.owned, g->space.memory.table_frames,
	     g->space.shadow.frames, g->space.shadow.budget,
	     g->space.account.used - g->space.memory.owned - g->space.memory.table_frames -
		 g->space.shadow.frames);
}

static void print_times(struct domain *domain, stats_line *line)
{
	struct guest *g = &domain->guest;

	fast_path_count(g);
	line("stats: guest %s after %u ms", g->config->name, in_ms(timer_now() - g->started));
	line("stats:   time          %8u ms run, %u ms stolen by others; %u turns",
	     in_ms(domain->vcpu.run_time), in_ms(domain->vcpu.steal_time), domain->vcpu.dispatches);
}

void stats_print_part(struct domain *domain, u32 part, stats_line *line)
{
	struct guest *g = &domain->guest;

	switch (part) {
	case 0:
		print_times(domain, line);
		break;
	case 1:
		print_longest(&g->longest_stretch, "", line);
		print_exits(&g->counts, line);
		break;
	case 2:
		print_calls(&g->counts, line);
		break;
	case 3:
		print_shadow(&g->space.shadow, line);
		break;
	default:
		print_frames(g, line);
	}
	stretch_window(g, STATISTICS);
}

void stats_print(struct domain *domain, stats_line *line)
{
	for (u32 part = 0; part < STATS_PARTS; part++)
		stats_print_part(domain, part, line);
}

/* Prints nothing if there were none, as on most machines. */
static void print_stray_interrupts(stats_line *line)
{
	struct stray_interrupts stray = run_stray_interrupts();

	if (stray.unexpected)
		line("stats: unexpected interrupts: %u, the last at vector %u", stray.unexpected,
		     stray.last_vector);
	if (stray.spurious)
		line("stats: spurious interrupts: %u", stray.spurious);
}

static void print_timers(stats_line *line)
{
	const char *check = timer_check_name(), *controller = irq_controller();

	line("stats:   alarm         %s", timer_alarm_name());
	line("stats:   clock         %s%s%s", timer_clock_name(), check ? ", checked by " : "",
	     check ? check : "");
	line("stats:   interrupts    %s", controller ? controller : "no controller");
}

void stats_print_machine(stats_line *line)
{
	struct machine_time time;
	u64 run_time = 0;

	schedule_charge();
	schedule_machine_time(&time);
	for (u32 i = 0; i < domains_count(); i++)
		run_time += domain_at(i)->vcpu.run_time;
	line("stats: machine after %u ms: %u ms by guests, %u ms idle, %u ms by the hypervisor",
	     in_ms(time.now), in_ms(run_time), in_ms(time.idle), in_ms(time.overhead));
	print_stray_interrupts(line);
	stretch_window(NULL, STATISTICS);
	print_timers(line);
	stretch_window(NULL, STATISTICS);
	print_longest(&stretch.longest, " while no guest ran", line);
	stretch_window(NULL, STATISTICS);
}
