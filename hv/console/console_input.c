/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hv/console/console_input.h"

#include "hv/base/log.h"
#include "hv/console/console.h"
#include "hv/console/console_output.h"
#include "hv/console/console_text.h"
#include "hv/console/multiplexer.h"

#define QUEUE_SIZE 256u /* a power of two; more keys than a person types between two turns */
#define PREFIX '\x01'   /* Ctrl-A */

static struct {
	char queue[QUEUE_SIZE];
	u32 put, taken; /* numbers of bytes, modulo 2^32 */
	u32 lost;       /* bytes for which the queue had no room, or that the guest did not take */
	u64 refused_at; /* when the guest in front first did not take a key; TIMER_NEVER: it does */
	bool after_prefix; /* the last byte was Ctrl-A: the next one is a command */

	void (*open_monitor)(void);
	void (*monitor)(char byte);
	bool monitor_is_open;
	struct console *front_before_monitor; /* valid while it is open */
} input = {.refused_at = TIMER_NEVER};

bool console_input_has_room(void)
{
	return input.put - input.taken < QUEUE_SIZE;
}

void console_input_put(char byte)
{
	if (console_input_has_room())
		input.queue[input.put++ % QUEUE_SIZE] = byte;
	else
		input.lost++;
}

bool console_input_waits(void)
{
	return input.put != input.taken;
}

bool console_input_take(char *byte)
{
	if (!console_input_waits())
		return false;
	*byte = input.queue[input.taken++ % QUEUE_SIZE];
	return true;
}

void console_input_forget(void)
{
	input.taken = input.put;
}

/* Changes the console in front. A line announces the change, before the guest's output. If no user
 * asked for the change, there is no such line in merged mode, nor for a guest that has not printed
 * yet. */
static void change_front(struct console *c, bool asked)
{
	bool announced = asked || (c->written && !console_list.merged);

	input.monitor_is_open = false;
	console_set_front(c);
	if (announced)
		console_print(console_list.merged ? "%s--- keys are for guest %s ---\n"
						  : "%s--- guest %s ---\n",
			      multiplexer_own_line_is_open() ? "\n" : "", c->name);
}

void console_to_front(struct console *c)
{
	if (input.monitor_is_open)
		input.front_before_monitor = c;
	else if (c != console_front())
		change_front(c, false);
}

/* The console behind the one in front, or the one before it; the list is taken as a circle. */
static struct console *neighbour(bool next)
{
	struct console *front =
	    input.monitor_is_open ? input.front_before_monitor : console_front();
	u32 count = 0, position = 0;

	for (struct console *c; (c = console_at(count)); count++)
		if (c == front)
			position = count;
	if (!count)
		return NULL;
	return console_at((position + (next ? 1 : count - 1)) % count);
}

void console_set_monitor(void (*open)(void), void (*handle)(char byte))
{
	input.open_monitor = open;
	input.monitor = handle;
}

bool console_monitor_is_open(void)
{
	return input.monitor_is_open;
}

static void open_monitor(void)
{
	if (!input.open_monitor || input.monitor_is_open)
		return;
	input.monitor_is_open = true;
	input.front_before_monitor = console_front();
	console_set_front(NULL);
	input.open_monitor();
}

void console_leave_monitor(void)
{
	if (input.monitor_is_open && input.front_before_monitor)
		change_front(input.front_before_monitor, true);
	input.monitor_is_open = false;
}

static void print_help(void)
{
	say("Ctrl-A n, p       the next guest, the one before");
	say("Ctrl-A 1 to 9     the guest of this number");
	say("Ctrl-A m          the monitor: guests, memory, tables, power off");
	say("Ctrl-A Ctrl-A     a Ctrl-A for the guest");
	if (input.lost)
		say("%u keys were lost: they came faster than they could be taken", input.lost);
}

/* Passes a key to the guest in front. False: the guest has no room for it, and the key has to wait. A key is lost if it
 * has waited for too long, or if no guest reads keys. */
static bool guest_takes(char byte)
{
	struct console *front = console_front();

	if (!front || !front->input)
		return true;
	console_show_partial(front);
	if (front->input(front->owner, byte)) {
		input.refused_at = TIMER_NEVER;
		return true;
	}
	if (input.refused_at == TIMER_NEVER)
		input.refused_at = timer_now();
	if (timer_now() < input.refused_at + CONSOLE_KEY_PATIENCE_NS)
		return false;
	input.lost++;
	return true;
}

static void switch_to(struct console *c, char key)
{
	if (c)
		change_front(c, true);
	else
		say("Ctrl-A %c: there is no such guest", key);
}

static void execute(char key)
{
	switch (key) {
	case 'n':
		switch_to(neighbour(true), key);
		break;
	case 'p':
		switch_to(neighbour(false), key);
		break;
	case '1' ... '9':
		switch_to(console_at(key - '1'), key);
		break;
	case 'm':
		open_monitor();
		break;
	case 'h':
	case '?':
		print_help();
		break;
	default:
		say("after Ctrl-A comes n, p, 1 to 9, m, h or Ctrl-A: Ctrl-A h helps");
	}
}

void console_input_poll(void)
{
	while (console_input_waits()) {
		char byte = input.queue[input.taken % QUEUE_SIZE];
		bool prefix = byte == PREFIX && !input.after_prefix;
		bool command = byte != PREFIX && input.after_prefix;
		bool for_monitor = input.monitor_is_open;

		if (!prefix && !command && !for_monitor && !guest_takes(byte))
			return;
		input.taken++;
		input.after_prefix = prefix;
		if (command)
			execute(byte);
		else if (for_monitor && !prefix)
			input.monitor(byte);
	}
}

u64 console_input_deadline(void)
{
	if (input.refused_at == TIMER_NEVER || !console_input_waits())
		return TIMER_NEVER;
	return input.refused_at + CONSOLE_KEY_PATIENCE_NS;
}

void console_input_retry(void)
{
	if (input.refused_at != TIMER_NEVER && console_input_waits())
		console_request_poll();
}
