// SPDX-License-Identifier: GPL-2.0-or-later
/* The port of the state stream, beside guests that have always an event to report: answers and commands come all the
 * same, and a report waits until its guest has left its CPU. */
#include "tests/unit/native.h"

#include <string.h>

#include "arch/x86/io.h"
#include "hv/base/log.h"
#include "hv/base/stretch.h"
#include "hv/domain/domain_run.h"
#include "hv/domain/line.h"

#define GUESTS 2u
#define CABLE 16u /* bytes that it takes in each poll */
#define FAST 512u
#define PARTS 4u /* of a stretch */
#define POLLS 3000u
#define EVENT_SIZE 300u

static struct domain guests[GUESTS];
static const struct poller *poller;
static char sent[1 << 20];
static u32 sent_count, room, parts_of_stretch;
static const char *typed;
static u32 pieces, pieces_left[GUESTS]; /* of each report, and of those under way */

/* -- What the port uses ------------------------------------------------------------------------ */

void outb(u16 port, u8 value)
{
	fail_msg("%#x to port %#x", value, port);
}

void say(const char *text, ...)
{
	fail_msg("%s", text);
}

u64 timer_now(void)
{
	return 0;
}

void stretch_window(struct guest *g, const char *cause)
{
	assert_null(g);
	assert_non_null(cause);
	parts_left = parts_of_stretch;
}

const char *line_open(const char *user)
{
	return user ? NULL : "no user";
}

u64 line_deadline(void)
{
	return 1;
}

u32 line_put(const char *text, u32 size)
{
	u32 taken = size < room ? size : room;

	assert_true(sent_count + taken < sizeof(sent));
	memcpy(sent + sent_count, text, taken);
	sent_count += taken;
	room -= taken;
	return taken;
}

bool line_get(char *byte)
{
	if (!*typed)
		return false;
	*byte = *typed++;
	return true;
}

u32 domains_count(void)
{
	return GUESTS;
}

struct domain *domain_at(u32 index)
{
	return index < GUESTS ? &guests[index] : NULL;
}

struct domain *domain_find(const char *name)
{
	for (u32 i = 0; i < GUESTS; i++)
		if (!strcmp(guests[i].name, name))
			return &guests[i];
	return NULL;
}

void schedule_add_poller(const struct poller *new)
{
	poller = new;
}

void schedule_stop_others(void) {}

void schedule_resume_others(void) {}

void watch_add_top(struct watch_text *line, const struct guest_space *g)
{
	(void)line;
	(void)g;
}

u32 watch_next_table(const struct table_set *tables, u32 pde)
{
	(void)tables;
	(void)pde;
	return SHADOW_PDES_MAX;
}

void watch_set(struct domain *domain, bool on)
{
	domain->watch.on = on;
}

bool trace_has_name(const char *name)
{
	(void)name;
	return true;
}

bool watch_run(struct domain *domain, u32 steps, const char *until)
{
	(void)steps;
	(void)until;
	domain->vcpu.paused = false;
	return true;
}

bool watch_pause(struct domain *domain)
{
	domain->vcpu.paused = true;
	return true;
}

bool watch_report_piece(struct domain *domain)
{
	assert_true(domain->vcpu.telling);
	assert_int_equal(domain->vcpu.cpu, NO_CPU);
	return --pieces_left[domain - guests];
}

void watch_told(struct domain *domain)
{
	struct watch_text line = {.size = EVENT_SIZE};

	memset(line.text, 'e', line.size);
	watch_port_send(&line);
	domain->vcpu.telling = false;
}

/* -- The machine ------------------------------------------------------------------------------- */

/* Between two polls, each guest that runs has its next event. */
static void guests_run(void)
{
	for (u32 i = 0; i < GUESTS; i++) {
		if (guests[i].vcpu.paused || guests[i].vcpu.telling)
			continue;
		guests[i].vcpu.telling = true;
		pieces_left[i] = pieces;
	}
}

static void poll_once(u32 bytes)
{
	room = bytes;
	parts_left = parts_of_stretch;
	poller->poll();
}

/* True if, after `polls` polls, there is this text among what has been sent since the last call. */
static bool is_sent(const char *text, u32 polls, u32 bytes)
{
	bool found;

	while (polls--) {
		guests_run();
		poll_once(bytes);
	}
	sent[sent_count] = 0;
	found = strstr(sent, text);
	sent_count = 0;
	return found;
}

static int start(void **state)
{
	(void)state;
	memset(guests, 0, sizeof(guests));
	for (u32 i = 0; i < GUESTS; i++) {
		guests[i].state = DOMAIN_ALIVE;
		guests[i].name[0] = (char)('a' + i);
		guests[i].vcpu.cpu = NO_CPU;
		guests[i].watch.on = true;
	}
	typed = "";
	pieces = 1;
	parts_of_stretch = UINT32_MAX;
	sent_count = 0;
	if (!poller)
		watch_port_open(WATCH_COM2);
	return 0;
}

/* Sends all that is queued: the next test begins with an empty queue. */
static int stop(void **state)
{
	(void)state;
	for (u32 i = 0; i < GUESTS; i++)
		guests[i].vcpu.paused = true;
	is_sent("", POLLS, FAST);
	return 0;
}

#define port_test(name) cmocka_unit_test_setup_teardown(name, start, stop)

/* -- Tests ------------------------------------------------------------------------------------- */

static void an_answer_comes_although_reports_fill_a_slow_line(void **state)
{
	(void)state;
	assert_false(is_sent("ok\n", POLLS, CABLE));
	typed = "list\n";
	assert_true(is_sent("guest name=b state=runs watched=1 n=0\nok\n", POLLS, CABLE));
	typed = "pause a\n";
	assert_true(is_sent("ok\n", POLLS, CABLE));
	typed = "list\n";
	assert_true(is_sent("guest name=a state=paused", POLLS, CABLE));
}

/* One part of a stretch is that in which the report finds no more time. */
static void a_command_is_taken_although_reports_take_each_stretch(void **state)
{
	(void)state;
	guests[1].vcpu.paused = true;
	parts_of_stretch = PARTS;
	pieces = PARTS;
	typed = "pause a\n";
	assert_true(is_sent("ok\n", 20, FAST));
}

static void an_event_is_told_before_the_answer_about_its_guest(void **state)
{
	(void)state;
	guests[1].vcpu.paused = true;
	guests_run();
	guests[0].vcpu.cpu = 1;
	typed = "pause a\n";
	poll_once(FAST);
	assert_int_equal(sent_count, 0);
	guests[0].vcpu.cpu = NO_CPU;
	poll_once(FAST);
	assert_int_equal(sent_count, EVENT_SIZE + sizeof("\nok\n") - 1);
}

static void a_report_waits_until_its_guest_has_left_its_cpu(void **state)
{
	(void)state;
	guests[1].vcpu.paused = true;
	guests_run();
	guests[0].vcpu.cpu = 1;
	poll_once(FAST);
	assert_true(guests[0].vcpu.telling);
	assert_int_equal(poller->deadline(), 0);
	guests[0].vcpu.cpu = NO_CPU;
	poll_once(FAST);
	assert_false(guests[0].vcpu.telling);
	assert_int_equal(poller->deadline(), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    port_test(an_answer_comes_although_reports_fill_a_slow_line),
	    port_test(a_command_is_taken_although_reports_take_each_stretch),
	    port_test(an_event_is_told_before_the_answer_about_its_guest),
	    port_test(a_report_waits_until_its_guest_has_left_its_cpu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
