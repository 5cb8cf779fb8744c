/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hv/domain/domains.h"

#include "arch/x86/timer.h"
#include "hv/base/log.h"
#include "hv/base/stretch.h"
#include "hv/console/console_input.h"
#include "hv/console/console_output.h"
#include "hv/domain/stats.h"
#include "hv/hypercalls.h"
#include "hv/run.h"
#include "hv/trace.h"
#include "lib/format.h"
#include "lib/panic.h"
#include "mm/frame_map.h"

#define PROBLEM_SIZE 256
#define DOING_SIZE 64

static struct domain *domains[DOMAINS_MAX];
static u32 domain_count;
static u32 owners_in_use; /* bit n: OWNER_FIRST_GUEST + n */
static enum run_mode mode;
static bool print_stats;
static bool stopping; /* nothing is started any more */

/* -- 1. The domains ------------------------------------------------------------------------------ */

u32 domains_count(void)
{
	return domain_count;
}

struct domain *domain_at(u32 index)
{
	return index < domain_count ? domains[index] : NULL;
}

struct domain *domain_find(const char *name)
{
	for (u32 i = 0; i < domain_count; i++)
		if (!strcmp(domains[i]->name, name))
			return domains[i];
	return NULL;
}

u32 domains_started(void)
{
	u32 count = 0;

	for (u32 i = 0; i < domain_count; i++)
		count += domains[i]->lives > 0;
	return count;
}

/* The last of its lives counts. A guest that poweroff found waiting was not to start any more. */
static bool has_ended_well(const struct domain *domain)
{
	enum guest_state last = domain->guest.space.state;

	if (!domain->lives)
		return stopping;
	return domain->by_hand || last == GUEST_SHUT_DOWN || (stopping && last == GUEST_RESTARTING);
}

enum domains_outcome domains_outcome(void)
{
	if (!domains_started())
		return DOMAINS_NONE_STARTED;
	for (u32 i = 0; i < domain_count; i++)
		if (!has_ended_well(domains[i]))
			return DOMAINS_SOME_FAILED;
	return DOMAINS_ALL_SHUT_DOWN;
}

static u32 order_for(size_t size)
{
	u32 order = 0;

	while (((size_t)FRAME_SIZE << order) < size)
		order++;
	return order;
}

/* Domains are never freed: their frames are the hypervisor's own. */
static struct domain *allocate(void)
{
	u32 order = order_for(sizeof(struct domain));
	struct frame_account account;
	struct domain *domain;
	pfn_t first;

	if (domain_count == DOMAINS_MAX || !frames_open(&account, OWNER_UMBRA, 1u << order) ||
	    !frame_alloc_run(&account, order, &first))
		return NULL;
	domain = frame_map(first);
	memset(domain, 0, sizeof(*domain));
	return domain;
}

static void choose_name(struct domain *domain, const char *name)
{
	strlcpy(domain->name, name, sizeof(domain->name));
	for (u32 n = 2; domain_find(domain->name); n++)
		snprintf(domain->name, sizeof(domain->name), "%.*s-%u", GUEST_NAME_SIZE - 4, name,
			 n);
}

void domains_add(const struct guest_config *config)
{
	struct domain *domain = allocate();

	if (!domain) {
		say("guest %s: not started: no memory for one more guest", config->name);
		return;
	}
	domain->config = *config;
	choose_name(domain, config->name);
	strlcpy(domain->command_line, config->command_line, sizeof(domain->command_line));
	domain->config.name = domain->name;
	domain->config.command_line = domain->command_line;
	domain->vcpu.weight = config->weight;
	domain->vcpu.cap = config->cap;
	domain->limit = TIMER_NEVER;
	domain->traced = trace_from_start();
	domains[domain_count++] = domain;
	domain->config.number = domain_count;
	devices_configure(&domain->config);
}

/* -- 2. The beginning -------------------------------------------------------------------------- */

/* Each living guest has an owner number, and by it a window, of its own. */
static bool take_owner(struct domain *domain)
{
	for (u32 n = 0; n < GUESTS_MAX; n++) {
		if (owners_in_use & 1u << n)
			continue;
		owners_in_use |= 1u << n;
		domain->owner = OWNER_FIRST_GUEST + n;
		return true;
	}
	return false;
}

static void return_owner(const struct domain *domain)
{
	owners_in_use &= ~(1u << (domain->owner - OWNER_FIRST_GUEST));
}

static bool create(struct domain *domain, char *problem, size_t size)
{
	if (!take_owner(domain)) {
		snprintf(problem, size, "%u guests are alive, and there cannot be more",
			 GUESTS_MAX);
		return false;
	}
	if (domain->config.timeout && domain->limit == TIMER_NEVER)
		domain->limit = timer_now() + (u64)domain->config.timeout * NS_PER_SECOND;
	if (guest_create(&domain->guest, &domain->config, domain->owner, domain->limit, problem,
			 size))
		return true;
	return_owner(domain);
	return false;
}

static void could_not_start(struct domain *domain, const char *problem)
{
	domain->state = DOMAIN_ENDED;
	say("guest %s: not started: %s", domain->name, problem);
	if (domain->vcpu.guest)
		schedule_remove(&domain->vcpu);
}

static void begins(struct domain *domain)
{
	say("guest %s: starting with %u KB at %#x", domain->name, domain->config.memory / KIB,
	    domain->guest.regs->eip);
	if (mode == RUN_SEQUENCE)
		console_to_front(&domain->console);
	domain->guest.traced = domain->traced;
	domain->state = DOMAIN_ALIVE;
}

static void go_on_making(struct domain *domain)
{
	if (stopping)
		domain->state = DOMAIN_ENDING;
	else if (guest_make(&domain->guest) == DONE)
		begins(domain);
}

/* The rest is done in its turns. */
static void start(struct domain *domain)
{
	char problem[PROBLEM_SIZE];

	domain->again = domain->by_hand = false;
	if (!create(domain, problem, sizeof(problem))) {
		could_not_start(domain, problem);
		return;
	}
	if (!domain->lives++)
		console_open(&domain->console, domain->name);
	domain->guest.console = &domain->console;
	domain->guest.devices = &domain->devices;
	domain->state = DOMAIN_MAKING;
	if (!domain->vcpu.guest)
		schedule_add(&domain->vcpu, &domain->guest);
}

/* -- 3. The end -------------------------------------------------------------------------------- */

/* Describes what the guest was doing when it was killed, from its last exit. */
static void describe(const struct guest *g, char *doing, size_t size)
{
	u32 trap = g->regs->trap, number = g->last_call;
	const char *name = hypercall_name(number);

	if (trap == HCALL_VECTOR && name)
		snprintf(doing, size, "in hypercall %s", name);
	else if (trap == HCALL_VECTOR)
		snprintf(doing, size, "in hypercall %u", number);
	else if (trap == VECTOR_PF)
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

	switch (g->space.state) {
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

static bool shall_live_again(const struct domain *domain)
{
	switch (domain->guest.space.state) {
	case GUEST_RESTARTING:
		return true;
	case GUEST_TIMED_OUT:
		return false;
	default:
		return !domain->by_hand && domain->lives <= domain->config.restarts;
	}
}

static void begin_end(struct domain *domain)
{
	schedule_charge();
	schedule_release(&domain->vcpu);
	devices_report(&domain->guest);
	domain->state = DOMAIN_ENDING;
	domain->again |= shall_live_again(domain);
	report(&domain->guest);
	stretch_window(&domain->guest, "the report of its end");
	if (print_stats)
		stats_print(domain, say);
}

/* Nobody wants to look at a guest that is no more, while there are others. */
static void bring_next_to_front(void)
{
	for (u32 i = 0; i < domain_count; i++)
		if (domains[i]->state == DOMAIN_ALIVE) {
			console_to_front(&domains[i]->console);
			return;
		}
}

/* Frees some of its frames; all of them could take too long for the others. */
static void go_on_ending(struct domain *domain)
{
	if (guest_destroy(&domain->guest) == AGAIN)
		return;
	return_owner(domain);
	if (domain->again && !stopping) {
		domain->state = DOMAIN_RESTARTING;
		return;
	}
	schedule_remove(&domain->vcpu);
	console_release_backlog(&domain->console);
	domain->state = DOMAIN_ENDED;
	if (console_front() == &domain->console)
		bring_next_to_front();
}

/* -- 4. All of them ---------------------------------------------------------------------------- */

static void start_again(struct domain *domain)
{
	schedule_release(&domain->vcpu);
	if (!stopping) {
		start(domain);
		return;
	}
	schedule_remove(&domain->vcpu);
	domain->state = DOMAIN_ENDED;
}

/* Work for the guest other than running it is part of its turn, and of its share. Returns the name of that work,
 * for the record of long stretches; NULL: the guest has run. */
static const char *do_turn(struct domain *domain)
{
	struct guest *g = &domain->guest;

	if (console_has_backlog(&domain->console)) {
		console_send_backlog(&domain->console);
		return "console output";
	}
	if (domain->state == DOMAIN_RESTARTING) {
		start_again(domain);
		return "being made";
	}
	if (domain->state == DOMAIN_MAKING) {
		go_on_making(domain);
		return "being made";
	}
	if (domain->state == DOMAIN_ENDING) {
		go_on_ending(domain);
		return "being cleared away";
	}
	if (guest_has_ended(g)) {
		begin_end(domain);
		return "the report of its end";
	}
	if (g->device_state.pending) {
		devices_serve(g);
		return "devices"; /* it may be asleep, or have no room on its console */
	}
	run_guest(g);
	return NULL;
}

static void turn(struct domain *domain)
{
	const char *done = do_turn(domain);

	if (done)
		stretch_window(&domain->guest, done);
}

static bool any_in(enum domain_state state)
{
	for (u32 i = 0; i < domain_count; i++)
		if (domains[i]->state == state)
			return true;
	return false;
}

static struct domain *domain_of(const struct vcpu *v)
{
	return (struct domain *)((u8 *)v - offsetof(struct domain, vcpu));
}

static bool any_guest(void)
{
	return any_in(DOMAIN_MAKING) || any_in(DOMAIN_ALIVE) || any_in(DOMAIN_ENDING) ||
	       any_in(DOMAIN_RESTARTING);
}

/* In a sequence, one at a time. */
static void start_waiting(void)
{
	for (u32 i = 0; i < domain_count; i++) {
		if (domains[i]->state != DOMAIN_WAITING)
			continue;
		if (mode == RUN_SEQUENCE && any_guest())
			return;
		start(domains[i]);
		stretch_window(NULL, "being made");
	}
}

/* Before any guest runs: so all begin together, and in the order of their modules. */
static void make_all(void)
{
	for (u32 i = 0; i < domain_count; i++)
		while (domains[i]->state == DOMAIN_MAKING) {
			go_on_making(domains[i]);
			stretch_window(NULL, "being made");
		}
}

static void print(struct guest *g, const char *text, u32 size)
{
	console_write(g->console, text, size);
}

static const struct guest_services services = {
    .device_frames = devices_frames,
    .device_own_frames = devices_own_frames,
    .open_devices = devices_open,
    .close_devices = devices_close,
    .notify_device = devices_notify,
    .print = print,
};

void domains_run(enum run_mode how, bool stats)
{
	struct vcpu *next;

	guest_services = &services;
	mode = how;
	print_stats = stats;
	start_waiting();
	make_all();
	for (start_waiting(); any_guest() || schedule_is_needed(); start_waiting()) {
		next = schedule_next();
		if (next)
			turn(domain_of(next));
	}
	if (print_stats)
		stats_print_machine(say);
}

/* -- 5. By hand -------------------------------------------------------------------------------- */

bool domain_start(struct domain *domain)
{
	if (domain->state == DOMAIN_ENDED)
		domain->state = DOMAIN_WAITING;
	else if (domain->state == DOMAIN_ENDING)
		domain->again = true;
	else
		return false;
	domain->limit = TIMER_NEVER;
	schedule_soon();
	return true;
}

bool domain_kill(struct domain *domain, const char *reason)
{
	if (domain->state != DOMAIN_ALIVE)
		return false;
	domain->by_hand = true;
	guest_kill(&domain->guest, "%s", reason);
	domain->vcpu.paused = false;
	schedule_soon();
	return true;
}

bool domain_restart(struct domain *domain)
{
	if (domain->state == DOMAIN_ENDED)
		return domain_start(domain);
	if (domain->state != DOMAIN_ALIVE)
		return false;
	guest_end(&domain->guest, GUEST_RESTARTING, "by hand");
	domain->vcpu.paused = false;
	schedule_soon();
	return true;
}

bool domain_pause(struct domain *domain, bool paused)
{
	if (domain->state != DOMAIN_ALIVE || domain->vcpu.paused == paused)
		return false;
	domain->vcpu.paused = paused;
	schedule_soon();
	return true;
}

void domains_stop(const char *reason)
{
	stopping = true;
	for (u32 i = 0; i < domain_count; i++) {
		if (domains[i]->state == DOMAIN_WAITING)
			domains[i]->state = DOMAIN_ENDED;
		else
			domain_kill(domains[i], reason);
	}
}
