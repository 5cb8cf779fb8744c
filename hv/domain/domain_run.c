/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * domains_run is the hypervisor's main loop while guests exist (on the boot CPU; the others do the second and
 * third step, in domains_help):
 *
 *	start_waiting_domains   starts the domains that wait: all of them, or one in a sequence
 *	schedule_next           selects the vCPU whose domain has the next turn
 *	do_turn                 does one step for this domain, by its state
 *
 * Creating and destroying a guest take many steps, each in a turn of its domain: other guests run
 * in between, and the time is charged to the guest that caused it. A guest that runs ends its turn
 * at the next event for which the scheduler has to decide anew (hv/base/wake.h).
 *
 * 1. The start
 * 2. The end
 * 3. Turns
 * 4. The outcome
 * 5. Commands of a user
 */
#include "hv/domain/domain_run.h"

#include "arch/x86/timer.h"
#include "hv/base/log.h"
#include "hv/base/machine.h"
#include "hv/base/stretch.h"
#include "hv/console/console_input.h"
#include "hv/console/console_output.h"
#include "hv/domain/domain_clone.h"
#include "hv/domain/move_receive.h"
#include "hv/domain/snapshot_restore.h"
#include "hv/domain/stats.h"
#include "hv/hypercalls.h"
#include "hv/run.h"
#include "lib/format.h"
#include "lib/panic.h"

#define PROBLEM_SIZE 256
#define ACTIVITY_SIZE 64
#define MORE_FRAMES 256u /* for a clone whose memory is spent: 1 MB */

static bool owner_in_use[GUESTS_MAX];  /* n: the owner OWNER_FIRST_GUEST + n */
static u32 in_state[DOMAIN_ENDED + 1]; /* the number of domains in each state but DOMAIN_WAITING */
static enum run_mode mode;
static bool print_stats;
static const struct domain *printing_stats; /* those of two guests must not be mixed */
static bool stopping;                       /* no guest is started any more */

void domain_set_state(struct domain *domain, enum domain_state state)
{
	in_state[domain->state]--;
	in_state[state]++;
	domain->state = state;
}

static u32 with_guest(void)
{
	return in_state[DOMAIN_CREATING] + in_state[DOMAIN_CLONING] + in_state[DOMAIN_SAVING] +
	       in_state[DOMAIN_RECEIVING] + in_state[DOMAIN_ALIVE] + in_state[DOMAIN_ENDING] +
	       in_state[DOMAIN_RESTARTING];
}

static bool any_waits(void)
{
	return domains_count() > with_guest() + in_state[DOMAIN_ENDED];
}

/* -- 1. The start ------------------------------------------------------------------------------ */

bool domain_take_owner(struct domain *domain)
{
	for (u32 n = 0; n < GUESTS_MAX; n++) {
		if (owner_in_use[n])
			continue;
		owner_in_use[n] = true;
		domain->owner = OWNER_FIRST_GUEST + n;
		return true;
	}
	return false;
}

void domain_release_owner(const struct domain *domain)
{
	owner_in_use[domain->owner - OWNER_FIRST_GUEST] = false;
}

static bool create(struct domain *domain, char *problem, size_t size)
{
	if (!domain_take_owner(domain)) {
		snprintf(problem, size, "%u guests are alive, and there cannot be more",
			 GUESTS_MAX);
		return false;
	}
	if (domain->config.timeout && domain->deadline == TIMER_NEVER)
		domain->deadline = timer_now() + (u64)domain->config.timeout * NS_PER_SECOND;
	if (guest_create(&domain->guest, &domain->config, domain->owner, domain->deadline, problem,
			 size))
		return true;
	domain_release_owner(domain);
	return false;
}

static void report_start_failure(struct domain *domain, const char *problem)
{
	domain_set_state(domain, DOMAIN_ENDED);
	say("guest %s: not started: %s", domain->name, problem);
	if (domain->vcpu.guest)
		schedule_remove(&domain->vcpu);
}

static void set_alive(struct domain *domain)
{
	say("guest %s: starting with %u KB at %#x", domain->name, domain->config.memory / KIB,
	    domain->guest.regs->eip);
	if (mode == RUN_SEQUENCE)
		console_to_front(&domain->console);
	domain->guest.traced = domain->traced;
	domain_set_state(domain, DOMAIN_ALIVE);
	watch_started(domain);
	domain_clone_await(domain);
}

/* Only a guest from a snapshot can fail here. */
static void finish_creation(struct domain *domain)
{
	if (!guest_has_ended(&domain->guest)) {
		set_alive(domain);
		return;
	}
	say("guest %s: not started: its snapshot cannot be restored: %s", domain->name,
	    domain->guest.reason);
	domain_set_state(domain, DOMAIN_ENDING);
}

static void continue_creation(struct domain *domain)
{
	if (stopping)
		domain_set_state(domain, DOMAIN_ENDING);
	else if ((domain->config.from_snapshot ? snapshot_restore_some(domain)
					       : guest_make(&domain->guest)) == DONE)
		finish_creation(domain);
}

bool domain_begin(struct domain *domain, char *problem, size_t size)
{
	domain->restart = domain->ended_by_user = false;
	domain->snapshot.at = 0;
	if (!create(domain, problem, size))
		return false;
	if (!domain->starts++)
		console_open(&domain->console, domain->name);
	domain->guest.console = &domain->console;
	domain->guest.devices = &domain->devices;
	return true;
}

/* Begins to create the guest; continue_creation does the rest, in the domain's turns. */
static void start(struct domain *domain)
{
	char problem[PROBLEM_SIZE];

	if (domain->config.cpus && !schedule_has_cpus(domain->config.cpus))
		say("guest %s: none of the CPUs of cpus= exists: it may run on any", domain->name);
	if (!domain_begin(domain, problem, sizeof(problem))) {
		report_start_failure(domain, problem);
		return;
	}
	domain_set_state(domain, DOMAIN_CREATING);
	if (!domain->vcpu.guest)
		schedule_add(&domain->vcpu, &domain->guest);
}

/* -- 2. The end -------------------------------------------------------------------------------- */

/* Describes from the last exit what the guest did when it was killed. */
static void describe_last_exit(const struct guest *g, char *activity, size_t size)
{
	u32 trap = g->regs->trap, number = g->last_call;
	const char *name = hypercall_name(number);

	if (trap == HCALL_VECTOR && name)
		snprintf(activity, size, "in hypercall %s", name);
	else if (trap == HCALL_VECTOR)
		snprintf(activity, size, "in hypercall %u", number);
	else if (trap == VECTOR_PF)
		snprintf(activity, size, "page fault at %#x, error code %#x", g->fault_address,
			 g->regs->error);
	else if (trap >= VECTOR_IRQ_BASE && trap < VECTOR_COUNT)
		snprintf(activity, size, "running");
	else if (trap < VECTOR_COUNT)
		snprintf(activity, size, "trap %u, error code %#x", trap, g->regs->error);
	else
		snprintf(activity, size, "at VM entry");
}

/* A clone has no start of its own, and neither has a guest that has come from another machine. */
static bool can_start_again(const struct domain *domain)
{
	return !domain->origin && !domain->received;
}

static const char *says_restart(const struct domain *domain)
{
	if (domain->origin)
		return "a clone, is not started again";
	return domain->received ? "received, is not started again" : "restarting";
}

static void report(const struct domain *domain)
{
	const struct guest *g = &domain->guest;
	const char *name = g->config->name;
	char activity[ACTIVITY_SIZE];

	switch (g->space.state) {
	case GUEST_SHUT_DOWN:
		say("guest %s: shut down: %s", name, g->reason);
		break;
	case GUEST_RESTARTING:
		say("guest %s: %s: %s", name, says_restart(domain), g->reason);
		break;
	case GUEST_MOVED:
		say("guest %s: moved: %s", name, g->reason);
		break;
	case GUEST_TIMED_OUT:
		say("guest %s: timed out after %u s", name, g->config->timeout);
		break;
	default:
		describe_last_exit(g, activity, sizeof(activity));
		say("guest %s: killed: %s (eip %#x, ring %u, %s)", name, g->reason, g->regs->eip,
		    privilege_level(g->regs), activity);
	}
}

static bool is_to_restart(const struct domain *domain)
{
	switch (domain->guest.space.state) {
	case GUEST_RESTARTING:
		return can_start_again(domain);
	case GUEST_TIMED_OUT:
		return false;
	default:
		return !domain->ended_by_user && domain->starts <= domain->config.restarts;
	}
}

static void begin_destruction(struct domain *domain)
{
	schedule_charge();
	schedule_release(&domain->vcpu);
	devices_report(&domain->guest);
	domain_set_state(domain, DOMAIN_ENDING);
	domain->vcpu.held = false;
	if (domain->move == MOVE_UNSETTLED)
		domain->move = MOVE_NONE;
	domain->restart |= is_to_restart(domain);
	report(domain);
	watch_ended(domain);
	stretch_window(&domain->guest, "final report");
	domain->stats_part = print_stats ? 0 : STATS_PARTS;
}

/* A part in each turn, so that other guests run in between. */
static void continue_statistics(struct domain *domain)
{
	if (printing_stats && printing_stats != domain)
		return;
	stats_print_part(domain, domain->stats_part++, say);
	printing_stats = domain->stats_part < STATS_PARTS ? domain : NULL;
}

/* Brings the console of the first living guest to front. */
static void bring_next_to_front(void)
{
	for (u32 i = 0; i < domains_count(); i++)
		if (domain_at(i)->state == DOMAIN_ALIVE) {
			console_to_front(&domain_at(i)->console);
			return;
		}
}

/* The end of the last start counts. If all guests were stopped before this one started, that is not
 * a failure. */
static bool has_ended_well(const struct domain *domain)
{
	enum guest_state last = domain->guest.space.state;

	if (!domain->starts)
		return stopping || domain->received;
	return domain->ended_by_user || last == GUEST_SHUT_DOWN ||
	       (last == GUEST_RESTARTING && (stopping || !can_start_again(domain)));
}

/* Frees as many frames as one stretch allows; other guests run between the stretches. */
static void continue_destruction(struct domain *domain)
{
	if (domain->stats_part < STATS_PARTS) {
		continue_statistics(domain);
		return;
	}
	if (watch_close(domain) == AGAIN || guest_destroy(&domain->guest) == AGAIN)
		return;
	domain_release_owner(domain);
	if (domain->restart && !stopping) {
		domain_set_state(domain, DOMAIN_RESTARTING);
		return;
	}
	schedule_remove(&domain->vcpu);
	console_release_backlog(&domain->console);
	domain_set_state(domain, DOMAIN_ENDED);
	domain_clone_ended(domain, has_ended_well(domain));
	schedule_wake_boot_cpu();
	if (console_front() == &domain->console)
		bring_next_to_front();
}

/* -- 3. Turns ---------------------------------------------------------------------------------- */

static void restart(struct domain *domain)
{
	schedule_release(&domain->vcpu);
	if (!stopping) {
		start(domain);
		return;
	}
	schedule_remove(&domain->vcpu);
	domain_set_state(domain, DOMAIN_ENDED);
}

/* The clone has nearly used up what private= has set aside for it. */
static void pause_spent(struct domain *domain)
{
	say("guest %s: paused: it owns %u KB, as much as is set aside for it (resume sets more aside)",
	    domain->name, domain->guest.space.memory.owned * 4);
	domain->vcpu.paused = true;
	schedule_soon();
}

/* The turn of a domain whose guest is not alive. */
static const char *begin_or_end(struct domain *domain)
{
	switch (domain->state) {
	case DOMAIN_ENDING:
		continue_destruction(domain);
		return "destruction";
	case DOMAIN_SAVING:
		if (stopping)
			domain->work->failed(domain->saved, "all guests end");
		if (stopping || domain->work->some(domain) == DONE)
			domain_set_state(domain, DOMAIN_ENDING);
		return "saving";
	case DOMAIN_RESTARTING:
		restart(domain);
		return "creation";
	default:
		continue_creation(domain);
		return "creation";
	}
}

/* Does one step of the most urgent work for the domain; running the guest comes last. The domain's
 * vCPU is charged for all of it. Returns the name of the work, for the record of long stretches;
 * NULL: the guest has run. */
static const char *do_turn(struct domain *domain)
{
	struct guest *g = &domain->guest;

	if (console_has_backlog(&domain->console)) {
		console_send_backlog(&domain->console);
		return "console output";
	}
	if (domain->state != DOMAIN_ALIVE)
		return begin_or_end(domain);
	if (g->clones_wanted) {
		domain_clone_some(domain);
		return "cloning";
	}
	if (guest_has_ended(g)) {
		begin_destruction(domain);
		return "final report";
	}
	if (g->space.memory.spent) {
		pause_spent(domain);
		return "scheduling";
	}
	if (g->device_state.pending) {
		devices_serve(g);
		return "devices"; /* the guest may be halted, or wait for room on its console */
	}
	run_guest(g);
	return NULL;
}

/* After run_guest(), the lock has been free. */
static void turn(struct domain *domain)
{
	const char *done = do_turn(domain);

	if (!done)
		return;
	stretch_window(&domain->guest, done);
	machine_unlock();
	machine_lock();
}

static struct domain *domain_of(const struct vcpu *v)
{
	return (struct domain *)((u8 *)v - offsetof(struct domain, vcpu));
}

/* Starts all domains that wait; in a sequence, only the next one, after the one before it has
 * ended. */
static void start_waiting_domains(void)
{
	struct domain *domain;

	for (u32 i = 0; any_waits() && (domain = domain_at(i)); i++) {
		if (domain->state != DOMAIN_WAITING)
			continue;
		if (mode == RUN_SEQUENCE && with_guest())
			return;
		start(domain);
		stretch_window(NULL, "creation");
	}
}

/* At start-up no guest runs before all are created, so that their order is that of their
 * modules. */
static void create_all(void)
{
	for (u32 i = 0; i < domains_count(); i++)
		while (domain_at(i)->state == DOMAIN_CREATING) {
			continue_creation(domain_at(i));
			stretch_window(NULL, "creation");
		}
}

static void print_for_guest(struct guest *g, const char *text, u32 size)
{
	console_write(g->console, text, size);
}

static const struct guest_services services = {
    .device_frames = devices_frames,
    .device_own_frames = devices_own_frames,
    .open_devices = devices_open,
    .clone_devices = devices_clone,
    .close_devices = devices_close,
    .notify_device = devices_notify,
    .print = print_for_guest,
};

static void next_turn(void)
{
	struct vcpu *next = schedule_next();

	if (next)
		turn(domain_of(next));
}

void domains_help(void)
{
	schedule_join();
	for (;;)
		next_turn();
}

void domains_run(enum run_mode how, bool stats)
{
	guest_services = &services;
	mode = how;
	print_stats = stats;
	schedule_join();
	start_waiting_domains();
	create_all();
	machine_lock_measure_anew();
	for (start_waiting_domains(); with_guest() || schedule_is_needed(); start_waiting_domains())
		next_turn();
	if (print_stats)
		stats_print_machine(say);
}

/* -- 4. The outcome ---------------------------------------------------------------------------- */

u32 domains_started(void)
{
	u32 count = 0;

	for (u32 i = 0; i < domains_count(); i++)
		count += domain_at(i)->starts > 0 && !domain_at(i)->origin &&
			 domain_at(i)->state != DOMAIN_RECEIVING;
	return count;
}

enum domains_outcome domains_outcome(void)
{
	if (!domains_started())
		return DOMAINS_NONE_STARTED;
	for (u32 i = 0; i < domains_count(); i++)
		if (!has_ended_well(domain_at(i)) || domain_at(i)->clone_failed)
			return DOMAINS_SOME_FAILED;
	return DOMAINS_ALL_SHUT_DOWN;
}

/* -- 5. Commands of a user --------------------------------------------------------------------- */

bool domain_start(struct domain *domain)
{
	if (!can_start_again(domain))
		return false;
	if (domain->state == DOMAIN_ENDED)
		domain_set_state(domain, DOMAIN_WAITING);
	else if (domain->state == DOMAIN_ENDING)
		domain->restart = true;
	else
		return false;
	domain->deadline = TIMER_NEVER;
	schedule_soon();
	return true;
}

bool domain_kill(struct domain *domain, const char *reason)
{
	if (domain->state != DOMAIN_ALIVE)
		return false;
	domain->ended_by_user = true;
	guest_kill(&domain->guest, "%s", reason);
	domain->vcpu.paused = false;
	schedule_soon();
	return true;
}

bool domain_restart(struct domain *domain)
{
	if (domain->state == DOMAIN_ENDED)
		return domain_start(domain);
	if (domain->state != DOMAIN_ALIVE || !can_start_again(domain) ||
	    domain->move >= MOVE_STANDS)
		return false;
	guest_end(&domain->guest, GUEST_RESTARTING, "from the monitor");
	domain->vcpu.paused = false;
	schedule_soon();
	return true;
}

/* A clone that has paused because its memory is spent gets more. */
static bool set_more_aside(struct guest_space *space)
{
	if (!space->memory.spent)
		return true;
	if (!frames_extend(&space->account, MORE_FRAMES))
		return false;
	guest_memory_limit(&space->memory, space->memory.owned_max + MORE_FRAMES);
	return true;
}

bool domain_pause(struct domain *domain, bool paused)
{
	if (domain->state != DOMAIN_ALIVE || domain->vcpu.paused == paused)
		return false;
	if (!paused && !set_more_aside(&domain->guest.space))
		return false;
	domain->vcpu.paused = paused;
	schedule_soon();
	return true;
}

void domains_stop(const char *reason)
{
	stopping = true;
	move_receive_stop(reason);
	for (u32 i = 0; i < domains_count(); i++) {
		if (domain_at(i)->state == DOMAIN_WAITING)
			domain_set_state(domain_at(i), DOMAIN_ENDED);
		else
			domain_kill(domain_at(i), reason);
		stretch_window(NULL, "stopping guests");
	}
}
