/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hv/domain/domains.h"

#include "arch/x86/timer.h"
#include "hv/base/stretch.h"
#include "hv/console/console.h"
#include "hv/domain/stats.h"
#include "hv/hypercalls.h"
#include "hv/run.h"
#include "hv/trace.h"
#include "lib/format.h"
#include "lib/panic.h"
#include "mm/frame_map.h"

#define PROBLEM_SIZE 256
#define DOING_SIZE 64

static struct slot *slots[SLOTS_MAX];
static u32 slot_count;
static u32 owners_in_use; /* bit n: OWNER_FIRST_GUEST + n */
static enum run_mode mode;
static bool print_stats;
static bool stopping; /* nothing is started any more */

/* -- 1. The slots ------------------------------------------------------------------------------ */

u32 slots_count(void)
{
	return slot_count;
}

struct slot *slot_at(u32 index)
{
	return index < slot_count ? slots[index] : NULL;
}

struct slot *slot_find(const char *name)
{
	for (u32 i = 0; i < slot_count; i++)
		if (!strcmp(slots[i]->name, name))
			return slots[i];
	return NULL;
}

u32 slots_started(void)
{
	u32 count = 0;

	for (u32 i = 0; i < slot_count; i++)
		count += slots[i]->lives > 0;
	return count;
}

/* The last of its lives counts. A guest that poweroff found waiting was not to start any more. */
static bool has_ended_well(const struct slot *slot)
{
	enum guest_state last = slot->guest.space.state;

	if (!slot->lives)
		return stopping;
	return slot->by_hand || last == GUEST_SHUT_DOWN || (stopping && last == GUEST_RESTARTING);
}

enum slots_outcome slots_outcome(void)
{
	if (!slots_started())
		return SLOTS_NONE_STARTED;
	for (u32 i = 0; i < slot_count; i++)
		if (!has_ended_well(slots[i]))
			return SLOTS_SOME_FAILED;
	return SLOTS_ALL_SHUT_DOWN;
}

static u32 order_for(size_t size)
{
	u32 order = 0;

	while (((size_t)FRAME_SIZE << order) < size)
		order++;
	return order;
}

/* Slots are for good: their frames are the hypervisor's own. */
static struct slot *allocate(void)
{
	u32 order = order_for(sizeof(struct slot));
	struct frame_account account;
	struct slot *slot;
	pfn_t first;

	if (slot_count == SLOTS_MAX || !frames_open(&account, OWNER_UMBRA, 1u << order) ||
	    !frame_alloc_run(&account, order, &first))
		return NULL;
	slot = frame_map(first);
	memset(slot, 0, sizeof(*slot));
	return slot;
}

static void choose_name(struct slot *slot, const char *name)
{
	strlcpy(slot->name, name, sizeof(slot->name));
	for (u32 n = 2; slot_find(slot->name); n++)
		snprintf(slot->name, sizeof(slot->name), "%.*s-%u", GUEST_NAME_SIZE - 4, name, n);
}

void slots_add(const struct guest_config *config)
{
	struct slot *slot = allocate();

	if (!slot) {
		say("guest %s: not started: no memory for one more guest", config->name);
		return;
	}
	slot->config = *config;
	choose_name(slot, config->name);
	strlcpy(slot->command_line, config->command_line, sizeof(slot->command_line));
	slot->config.name = slot->name;
	slot->config.command_line = slot->command_line;
	slot->vcpu.weight = config->weight;
	slot->vcpu.cap = config->cap;
	slot->limit = TIMER_NEVER;
	slot->traced = trace_from_start();
	slots[slot_count++] = slot;
	slot->config.number = slot_count;
	devices_configure(&slot->config);
}

/* -- 2. The beginning -------------------------------------------------------------------------- */

/* Each living guest has an owner number, and by it a window, of its own. */
static bool take_owner(struct slot *slot)
{
	for (u32 n = 0; n < GUESTS_MAX; n++) {
		if (owners_in_use & 1u << n)
			continue;
		owners_in_use |= 1u << n;
		slot->owner = OWNER_FIRST_GUEST + n;
		return true;
	}
	return false;
}

static void return_owner(const struct slot *slot)
{
	owners_in_use &= ~(1u << (slot->owner - OWNER_FIRST_GUEST));
}

static bool create(struct slot *slot, char *problem, size_t size)
{
	if (!take_owner(slot)) {
		snprintf(problem, size, "%u guests are alive, and there cannot be more",
			 GUESTS_MAX);
		return false;
	}
	if (slot->config.timeout && slot->limit == TIMER_NEVER)
		slot->limit = timer_now() + (u64)slot->config.timeout * NS_PER_SECOND;
	if (guest_create(&slot->guest, &slot->config, slot->owner, slot->limit, problem, size))
		return true;
	return_owner(slot);
	return false;
}

static void could_not_start(struct slot *slot, const char *problem)
{
	slot->state = SLOT_ENDED;
	say("guest %s: not started: %s", slot->name, problem);
	if (slot->vcpu.guest)
		schedule_remove(&slot->vcpu);
}

static void begins(struct slot *slot)
{
	say("guest %s: starting with %u KB at %#x", slot->name, slot->config.memory / KIB,
	    slot->guest.regs->eip);
	if (mode == RUN_SEQUENCE)
		console_to_front(&slot->console);
	slot->guest.traced = slot->traced;
	slot->state = SLOT_ALIVE;
}

static void go_on_making(struct slot *slot)
{
	if (stopping)
		slot->state = SLOT_ENDING;
	else if (guest_make(&slot->guest) == DONE)
		begins(slot);
}

/* The rest is done in its turns. */
static void start(struct slot *slot)
{
	char problem[PROBLEM_SIZE];

	slot->again = slot->by_hand = false;
	if (!create(slot, problem, sizeof(problem))) {
		could_not_start(slot, problem);
		return;
	}
	if (!slot->lives++)
		console_open(&slot->console, slot->name);
	slot->guest.console = &slot->console;
	slot->guest.devices = &slot->devices;
	slot->state = SLOT_MAKING;
	if (!slot->vcpu.guest)
		schedule_add(&slot->vcpu, &slot->guest);
}

/* -- 3. The end -------------------------------------------------------------------------------- */

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

static bool shall_live_again(const struct slot *slot)
{
	switch (slot->guest.space.state) {
	case GUEST_RESTARTING:
		return true;
	case GUEST_TIMED_OUT:
		return false;
	default:
		return !slot->by_hand && slot->lives <= slot->config.restarts;
	}
}

static void begin_end(struct slot *slot)
{
	schedule_charge();
	schedule_release(&slot->vcpu);
	devices_report(&slot->guest);
	slot->state = SLOT_ENDING;
	slot->again |= shall_live_again(slot);
	report(&slot->guest);
	stretch_window(&slot->guest, "the report of its end");
	if (print_stats)
		stats_print(slot, say);
}

/* Nobody wants to look at a guest that is no more, while there are others. */
static void bring_next_to_front(void)
{
	for (u32 i = 0; i < slot_count; i++)
		if (slots[i]->state == SLOT_ALIVE) {
			console_to_front(&slots[i]->console);
			return;
		}
}

/* Frees some of its frames; all of them could take too long for the others. */
static void go_on_ending(struct slot *slot)
{
	if (guest_destroy(&slot->guest) == AGAIN)
		return;
	return_owner(slot);
	if (slot->again && !stopping) {
		slot->state = SLOT_RESTARTING;
		return;
	}
	schedule_remove(&slot->vcpu);
	console_forgive(&slot->console);
	slot->state = SLOT_ENDED;
	if (console_front() == &slot->console)
		bring_next_to_front();
}

/* -- 4. All of them ---------------------------------------------------------------------------- */

static void start_again(struct slot *slot)
{
	schedule_release(&slot->vcpu);
	if (!stopping) {
		start(slot);
		return;
	}
	schedule_remove(&slot->vcpu);
	slot->state = SLOT_ENDED;
}

/* What is not running is part of it all the same: it comes out of the guest's own share. Returns what was
 * done, for the record of long stretches; NULL: the guest has run. */
static const char *do_turn(struct slot *slot)
{
	struct guest *g = &slot->guest;

	if (console_owes(&slot->console)) {
		console_pay(&slot->console);
		return "console output";
	}
	if (slot->state == SLOT_RESTARTING) {
		start_again(slot);
		return "being made";
	}
	if (slot->state == SLOT_MAKING) {
		go_on_making(slot);
		return "being made";
	}
	if (slot->state == SLOT_ENDING) {
		go_on_ending(slot);
		return "being cleared away";
	}
	if (guest_has_ended(g)) {
		begin_end(slot);
		return "the report of its end";
	}
	if (g->device_state.pending) {
		devices_serve(g);
		return "devices"; /* it may be asleep, or have no room on its console */
	}
	run_guest(g);
	return NULL;
}

static void turn(struct slot *slot)
{
	const char *done = do_turn(slot);

	if (done)
		stretch_window(&slot->guest, done);
}

static bool any_in(enum slot_state state)
{
	for (u32 i = 0; i < slot_count; i++)
		if (slots[i]->state == state)
			return true;
	return false;
}

static struct slot *slot_of(const struct vcpu *v)
{
	return (struct slot *)((u8 *)v - offsetof(struct slot, vcpu));
}

static bool any_guest(void)
{
	return any_in(SLOT_MAKING) || any_in(SLOT_ALIVE) || any_in(SLOT_ENDING) ||
	       any_in(SLOT_RESTARTING);
}

/* In a sequence, one at a time. */
static void start_waiting(void)
{
	for (u32 i = 0; i < slot_count; i++) {
		if (slots[i]->state != SLOT_WAITING)
			continue;
		if (mode == RUN_SEQUENCE && any_guest())
			return;
		start(slots[i]);
		stretch_window(NULL, "being made");
	}
}

/* Before any guest runs: so all begin together, and in the order of their modules. */
static void make_all(void)
{
	for (u32 i = 0; i < slot_count; i++)
		while (slots[i]->state == SLOT_MAKING) {
			go_on_making(slots[i]);
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

void slots_run(enum run_mode how, bool stats)
{
	struct vcpu *next;

	guest_services = &services;
	mode = how;
	print_stats = stats;
	start_waiting();
	make_all();
	for (start_waiting(); any_guest() || schedule_stays(); start_waiting()) {
		next = schedule_next();
		if (next)
			turn(slot_of(next));
	}
	if (print_stats)
		stats_print_machine(say);
}

/* -- 5. By hand -------------------------------------------------------------------------------- */

bool slot_start(struct slot *slot)
{
	if (slot->state == SLOT_ENDED)
		slot->state = SLOT_WAITING;
	else if (slot->state == SLOT_ENDING)
		slot->again = true;
	else
		return false;
	slot->limit = TIMER_NEVER;
	schedule_soon();
	return true;
}

bool slot_kill(struct slot *slot, const char *reason)
{
	if (slot->state != SLOT_ALIVE)
		return false;
	slot->by_hand = true;
	guest_kill(&slot->guest, "%s", reason);
	slot->vcpu.paused = false;
	schedule_soon();
	return true;
}

bool slot_restart(struct slot *slot)
{
	if (slot->state == SLOT_ENDED)
		return slot_start(slot);
	if (slot->state != SLOT_ALIVE)
		return false;
	guest_end(&slot->guest, GUEST_RESTARTING, "by hand");
	slot->vcpu.paused = false;
	schedule_soon();
	return true;
}

bool slot_pause(struct slot *slot, bool paused)
{
	if (slot->state != SLOT_ALIVE || slot->vcpu.paused == paused)
		return false;
	slot->vcpu.paused = paused;
	schedule_soon();
	return true;
}

void slots_stop(const char *reason)
{
	stopping = true;
	for (u32 i = 0; i < slot_count; i++) {
		if (slots[i]->state == SLOT_WAITING)
			slots[i]->state = SLOT_ENDED;
		else
			slot_kill(slots[i], reason);
	}
}
