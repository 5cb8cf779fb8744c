// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The domains on several CPUs: the boot CPU is in domains_run(), the others are in domains_help(). Guests are created,
 * print, use devices, end in each way and start again, while a monitor starts, kills, restarts and pauses them. Each
 * guest has one owner number, no frame is lost, and all domains end.
 */
#include "hv/domain/domain_run.h"

#include "arch/x86/timer.h"
#include "hv/base/machine.h"
#include "hv/clock.h"
#include "hv/console/console_input.h"
#include "hv/console/console_output.h"
#include "hv/domain/domain_clone.h"
#include "hv/domain/move_receive.h"
#include "hv/domain/snapshot_restore.h"
#include "hv/domain/stats.h"
#include "hv/hypercalls.h"
#include "hv/interrupts.h"
#include "hv/run.h"
#include "hv/trace.h"
#include "mm/frames.h"
#include "mm/frame_table.h"
#include "tests/unit/race_guests.h"

#define CPUS 3u
#define DOMAINS 6u
#define FRAMES 1024u
#define FIRST 0x100u
#define GUEST_FRAMES 8u /* one is allocated in each turn */
#define DEVICE_IRQ 5u
#define POLL_NS (5u * NS_PER_MS)
#define STARTS_MIN 20u /* of each domain */
#define NEVER_ENDS 1000u
#define END_POLLS_MAX 100000u

/* Under the machine's lock. */
static u64 next_poll;
static bool is_ending;
static u32 owners, commands, stops, served, printed, polls_at_end;
static u32 ends[GUEST_TIMED_OUT + 1];
static struct console *front;

/* The frames of each guest, selected by its number. */
static struct {
	pfn_t frames[GUEST_FRAMES];
	u32 count;
} owned[RACE_GUESTS_MAX];

const struct guest_services *guest_services;

/* -- 1. A guest's creation and removal --------------------------------------------------------- */

bool guest_create(struct guest *g, const struct guest_config *config, owner_t owner, u64 limit,
		  char *problem, size_t size)
{
	(void)problem, (void)size, (void)limit;
	CHECK(owner >= OWNER_FIRST_GUEST && !(owners & 1u << owner));
	CHECK(!owned[config->number].count);
	owners |= 1u << owner;
	race_init_guest(g, config);
	g->space.state = GUEST_BEING_MADE;
	CHECK(frames_open(&g->space.account, owner, GUEST_FRAMES));
	return true;
}

enum progress guest_make(struct guest *g)
{
	u32 n = g->config->number;

	race_step();
	race_touch(g);
	CHECK(frame_alloc(&g->space.account, &owned[n].frames[owned[n].count++]));
	if (owned[n].count < GUEST_FRAMES)
		return AGAIN;
	g->space.state = GUEST_ALIVE;
	return DONE;
}

enum progress guest_destroy(struct guest *g)
{
	u32 n = g->config->number;

	CHECK(!g->cpu);
	race_step();
	race_touch(g);
	if (owned[n].count)
		frame_free(&g->space.account, owned[n].frames[--owned[n].count]);
	if (owned[n].count)
		return AGAIN;
	owners &= ~(1u << g->space.account.owner);
	frames_close(&g->space.account);
	return DONE;
}

/* -- 2. Devices and consoles -------------------------------------------------------------------- */

enum progress devices_serve(struct guest *g)
{
	g->device_state.pending = false;
	interrupts_raise(g, DEVICE_IRQ);
	race_touch(g);
	race_step();
	served++;
	return DONE;
}

void devices_report(struct guest *g)
{
	race_touch(g);
	ends[g->space.state]++;
}

u32 devices_frames(const struct guest_config *config)
{
	return config->number;
}

u32 devices_own_frames(const struct guest_config *config)
{
	return config->number;
}

void devices_configure(const struct guest_config *config)
{
	(void)config;
}

void devices_open(struct guest *g)
{
	(void)g;
}

void devices_close(struct guest *g)
{
	(void)g;
}

bool devices_notify(struct guest *g, gpa_t at)
{
	(void)at;
	g->device_state.pending = true;
	schedule_soon();
	return true;
}

void console_open(struct console *c, const char *name)
{
	c->name = name;
}

void console_close(struct console *c)
{
	c->name = NULL;
}

bool console_is_out(struct console *c)
{
	return !c->has_backlog;
}

/* No guest here is cloned, saved, restored or moved. */

void devices_clone(struct guest *clone, struct guest *parent)
{
	(void)clone, (void)parent;
	CHECK(false);
}

void domain_clone_await(struct domain *domain)
{
	(void)domain;
}

void domain_clone_some(struct domain *domain)
{
	(void)domain;
	CHECK(false);
}

void domain_clone_ended(struct domain *domain, bool well)
{
	(void)domain, (void)well;
}

void watch_started(struct domain *domain)
{
	(void)domain;
}

void watch_ended(struct domain *domain)
{
	(void)domain;
}

enum progress watch_close(struct domain *domain)
{
	(void)domain;
	return DONE;
}

bool watch_from_start(void)
{
	return false;
}

bool move_receive_stop(const char *reason)
{
	(void)reason;
	return false;
}

enum progress snapshot_restore_some(struct domain *domain)
{
	(void)domain;
	CHECK(false);
	return DONE;
}

void guest_memory_limit(struct guest_memory *memory, u32 owned_max)
{
	(void)memory, (void)owned_max;
	CHECK(false);
}

u32 console_write(struct console *c, const char *bytes, u32 size)
{
	(void)bytes;
	printed++;
	c->has_backlog = !race_random(4);
	schedule_soon();
	return size;
}

void console_send_backlog(struct console *c)
{
	CHECK(c->has_backlog);
	race_step();
	c->has_backlog = false;
}

void console_release_backlog(struct console *c)
{
	c->has_backlog = false;
}

void console_to_front(struct console *c)
{
	front = c;
}

struct console *console_front(void)
{
	return front;
}

static enum guest_output_state output_of(const struct guest *g)
{
	return g->console && console_has_backlog(g->console) ? OUTPUT_BACKLOG : OUTPUT_HAS_ROOM;
}

/* -- 3. Output ----------------------------------------------------------------------------------- */

void stats_print_part(struct domain *domain, u32 part, stats_line *line)
{
	(void)part, (void)line;
	race_touch(&domain->guest);
}

void stats_print_machine(stats_line *line)
{
	(void)line;
}

const char *hypercall_name(u32 number)
{
	(void)number;
	return NULL;
}

bool trace_from_start(void)
{
	return false;
}

/* -- 4. Guests ---------------------------------------------------------------------------------- */

/* As do_notify() in hv/hypercalls.c. */
static void notify(struct guest *g)
{
	bool taken = machine_lock_nested();

	if (race_random(2))
		guest_services->print(g, "", 0);
	else
		guest_services->notify_device(g, to_gpa(0));
	machine_unlock_nested(taken);
}

static void end(struct guest *g)
{
	static const enum guest_state states[] = {GUEST_SHUT_DOWN, GUEST_RESTARTING, GUEST_KILLED,
						  GUEST_TIMED_OUT};

	guest_end(g, states[race_random(4)], "");
}

static void act(struct guest *g)
{
	race_step();
	g->shared->irq_enabled = GUEST_IF;
	switch (race_random(128)) {
	case 0 ... 7:
		notify(g);
		break;
	case 8 ... 9:
		g->device_state.irqs = 1u << DEVICE_IRQ;
		clock_set_event(g, race_random(20) * NS_PER_MS + 1);
		g->halted = true;
		schedule_soon();
		break;
	case 10:
		if (!race_random(4))
			end(g);
		break;
	}
}

void run_guest(struct guest *g)
{
	race_run_guest(g, act);
}

/* -- 5. The monitor ----------------------------------------------------------------------------- */

/* As the monitor's commands: the guests are off their CPUs (hv/monitor/monitor.c). */
static void command(void)
{
	struct domain *domain = domain_at(race_random(DOMAINS));

	schedule_stop_others();
	stops++;
	switch (race_random(8)) {
	case 0:
		commands += domain_kill(domain, "from the monitor");
		break;
	case 1:
		commands += domain_restart(domain);
		break;
	case 2:
		commands += domain_pause(domain, true);
		break;
	case 3 ... 4:
		commands += domain_pause(domain, false);
		break;
	default:
		commands += domain_start(domain);
		break;
	}
	if (!race_random(16))
		schedule_migrate(race_random(2) * race_random(4000));
	schedule_resume_others();
}

static void end_all(void)
{
	if (!is_ending) {
		schedule_stop_others();
		domains_stop("the test is over");
		schedule_resume_others();
	}
	is_ending = true;
	CHECK(polls_at_end++ < END_POLLS_MAX);
}

static void poll(void)
{
	u64 now = timer_now();

	if (now < next_poll)
		return;
	next_poll = now + POLL_NS;
	race_step();
	if (race_is_over())
		end_all();
	else
		command();
}

static u64 deadline(void)
{
	return next_poll;
}

static bool is_active(void)
{
	return !is_ending;
}

static const struct poller monitor = {
    .name = "monitor", .poll = poll, .deadline = deadline, .is_active = is_active};

/* -- 6. CPUs ------------------------------------------------------------------------------------ */

static void run_cpu(void)
{
	race_start_timer();
	machine_lock();
	if (this_cpu.number)
		domains_help();
	domains_run(RUN_PARALLEL, true);
	race_let_sleep_end(true);
	machine_unlock();
}

static void check_end(u32 frames)
{
	for (u32 i = 0; i < DOMAINS; i++) {
		CHECK(domain_at(i)->state == DOMAIN_ENDED && !domain_at(i)->vcpu.guest);
		CHECK(domain_at(i)->starts > STARTS_MIN);
	}
	CHECK(!owners && frames_uncommitted() == frames && frames_free_count() == frames);
	CHECK(domains_started() == DOMAINS && domains_outcome() != DOMAINS_NONE_STARTED);
	CHECK(commands && stops && served && printed && race_device_interrupts);
	CHECK(ends[GUEST_SHUT_DOWN] && ends[GUEST_RESTARTING] && ends[GUEST_KILLED] &&
	      ends[GUEST_TIMED_OUT]);
}

int main(void)
{
	struct guest_config config = {
	    .name = "guest", .command_line = "", .weight = WEIGHT_DEFAULT};
	u32 frames;

	race_memory(FIRST, FRAMES);
	for (u32 i = 0; i < DOMAINS; i++) {
		config.restarts = i % 2 ? NEVER_ENDS : 0;
		domains_add(&config);
	}
	frames = frames_free_count();
	schedule_set_cpus(CPUS);
	schedule_add_poller(&monitor);
	schedule_set_output(output_of);
	race_run(CPUS, run_cpu);
	check_end(frames);
	frames_check(NULL);
	return race_passed(
	    "each guest has one owner number, no frame is lost, and all domains end");
}
