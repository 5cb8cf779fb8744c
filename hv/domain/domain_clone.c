// SPDX-License-Identifier: GPL-2.0-or-later
#include "hv/domain/domain_clone.h"

#include "arch/x86/timer.h"
#include "hv/base/log.h"
#include "hv/domain/domain_run.h"
#include "hv/guest_clone.h"
#include "lib/format.h"
#include "lib/math64.h"
#include "lib/time.h"

#define PROBLEM_SIZE 128
#define WORK_PRIVATE (256 * KIB) /* of a clone that never writes */

static struct domain *origin_of(struct domain *domain)
{
	return domain->origin ? domain->origin : domain;
}

bool domain_clone(struct domain *domain, u32 count)
{
	if (domain->state != DOMAIN_ALIVE || guest_has_ended(&domain->guest) ||
	    domain->guest.clones_wanted || domain->move >= MOVE_STANDS)
		return false;
	domain->guest.clones_by_call = false;
	domain->guest.clones_wanted = count;
	schedule_soon_for(&domain->guest);
	return true;
}

bool domain_clone_for(struct domain *domain, const struct clone_work *work)
{
	if (!domain_clone(domain, 1))
		return false;
	domain->work = work;
	return true;
}

static void has_printed(void *owner)
{
	struct domain *domain = owner;

	domain_clone(domain, domain->config.clones);
}

void domain_clone_await(struct domain *domain)
{
	if (domain->config.clones && *domain->config.clone_after)
		console_await(&domain->console, domain->config.clone_after, has_printed, domain);
}

/* All clones are made that will be. */
static void finish(struct domain *parent)
{
	struct guest *g = &parent->guest;

	if (g->clones_by_call)
		g->regs->ebx = parent->clones_made;
	g->clones_wanted = 0;
	parent->clones_made = 0;
}

/* True if the clone was for work, which now cannot be done. */
static bool work_fails(struct domain *parent, const char *problem)
{
	const struct clone_work *work = parent->work;

	parent->work = NULL;
	if (work)
		work->failed(parent, problem);
	return work;
}

/* One line in a guest's life for its own calls: it can make them at any rate. */
static bool PRINTF_LIKE(2, 3) refuse(struct domain *parent, const char *text, ...)
{
	char problem[PROBLEM_SIZE];
	va_list arguments;

	va_start(arguments, text);
	vsnprintf(problem, sizeof(problem), text, arguments);
	va_end(arguments);
	if (!work_fails(parent, problem)) {
		if (!parent->guest.clones_by_call || !parent->clone_refused)
			say("guest %s: no further clone: %s", parent->name, problem);
		parent->clone_refused = true;
	}
	finish(parent);
	return false;
}

/* The clones that a guest makes by itself are limited by the word clones= of its origin. */
static bool may_have_one_more(struct domain *parent)
{
	const struct domain *origin = origin_of(parent);

	if (!parent->guest.clones_by_call || origin->living_clones < origin->config.clones)
		return true;
	finish(parent);
	return false;
}

/* The console has the parent's history, the vCPU its rights. */
static void copy_domain(struct domain *clone, const struct domain *parent)
{
	clone->vcpu.weight = parent->vcpu.weight;
	clone->vcpu.cap = parent->vcpu.cap;
	clone->vcpu.cpus = parent->vcpu.cpus;
	clone->vcpu.paused = parent->vcpu.paused;
	clone->deadline = parent->deadline;
	clone->traced = parent->traced;
	clone->ended_by_user = false;
	console_open(&clone->console, clone->name);
	console_copy_history(&clone->console, &parent->console);
}

static bool begin(struct domain *parent)
{
	char problem[PROBLEM_SIZE];
	struct domain *clone;

	if (!may_have_one_more(parent))
		return false;
	clone = domains_add_clone(origin_of(parent), parent);
	if (!clone)
		return refuse(parent, "no memory for one more guest");
	clone->origin = origin_of(parent);
	clone->starts = 1;
	clone->ended_by_user = true; /* unless it is made */
	domain_set_state(clone, DOMAIN_ENDED);
	if (!domain_take_owner(clone))
		return refuse(parent, "%u guests are alive", GUESTS_MAX);
	if (!guest_clone_begin(&clone->guest, &parent->guest, &clone->config, clone->owner,
			       parent->work ? WORK_PRIVATE : parent->config.private_memory, problem,
			       sizeof(problem))) {
		domain_release_owner(clone);
		return refuse(parent, "%s", problem);
	}
	copy_domain(clone, parent);
	clone->guest.console = &clone->console;
	clone->guest.devices = &clone->devices;
	clone->guest.traced = clone->traced;
	watch_cloned(clone, parent);
	clone->guest.stands = parent->work;
	domain_set_state(clone, DOMAIN_CLONING);
	clone->origin->living_clones++;
	parent->clone = clone;
	parent->clone_time = 0;
	return true;
}

/* The clone has turns of its own for its work, and does not count as one. */
static void begin_work(struct domain *parent, struct domain *clone)
{
	clone->work = parent->work;
	parent->work = NULL;
	clone->saved = parent;
	clone->ended_by_user = true;
	clone->vcpu.paused = false;
	clone->work->begin(clone);
}

static void complete(struct domain *parent)
{
	struct domain *clone = parent->clone;
	u32 rest;

	parent->clone = NULL;
	parent->clones_made++;
	if (parent->guest.clones_by_call)
		clone->guest.regs->eax = parent->clones_made;
	domain_set_state(clone, parent->work ? DOMAIN_SAVING : DOMAIN_ALIVE);
	if (parent->work)
		begin_work(parent, clone);
	else
		say("guest %s: a clone of %s, made in %u us", clone->name, parent->name,
		    (u32)divide(parent->clone_time, NS_PER_US, &rest));
	schedule_add(&clone->vcpu, &clone->guest);
	if (clone->state == DOMAIN_ALIVE)
		watch_started(clone);
	if (parent->clones_made >= parent->guest.clones_wanted)
		finish(parent);
}

/* The parent has ended meanwhile: the clone is destroyed in turns of its own. */
static void give_up(struct domain *parent)
{
	struct domain *clone = parent->clone;

	parent->clone = NULL;
	work_fails(parent, "it has ended");
	finish(parent);
	if (!clone)
		return;
	clone->ended_by_user = true;
	domain_set_state(clone, DOMAIN_ENDING);
	schedule_add(&clone->vcpu, &clone->guest);
}

void domain_clone_some(struct domain *parent)
{
	enum progress progress;
	u64 begun;

	schedule_charge();
	schedule_release(&parent->vcpu);
	if (guest_has_ended(&parent->guest)) {
		give_up(parent);
		return;
	}
	if (!parent->clone && !begin(parent))
		return;
	begun = timer_now();
	progress = guest_clone_some(&parent->clone->guest);
	parent->clone_time += timer_now() - begun;
	if (progress == DONE)
		complete(parent);
}

void domain_clone_ended(struct domain *domain, bool well)
{
	if (!domain->origin)
		return;
	domain->origin->living_clones--;
	domain->origin->clone_failed |= !well;
}
