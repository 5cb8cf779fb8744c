/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hv/console/console_input.h"

#include "hv/console/console.h"
#include "hv/console/multiplexer.h"

#define WAITING_SIZE 256u /* a power of two; more than anybody types between two turns */
#define PREFIX '\x01'     /* Ctrl-A */

static struct {
	char waiting[WAITING_SIZE];
	u32 put, taken; /* modulo 2^32 */
	u32 lost;
	bool after_prefix;
	void (*open_monitor)(void);
	void (*monitor)(char byte);
	bool monitor_is_open;
	struct console *before_monitor;
} input;

void console_input_put(char byte)
{
	if (input.put - input.taken == WAITING_SIZE)
		input.lost++;
	else
		input.waiting[input.put++ % WAITING_SIZE] = byte;
}

bool console_input_waits(void)
{
	return input.put != input.taken;
}

bool console_input_take(char *byte)
{
	if (!console_input_waits())
		return false;
	*byte = input.waiting[input.taken++ % WAITING_SIZE];
	return true;
}

void console_input_forget(void)
{
	input.taken = input.put;
}

/* With a line that says so, unless nobody asked and there is nothing to show. It goes out first. */
static void change_front(struct console *c, bool asked)
{
	bool announced = asked || (c->written && !multiplexer_is_merged());

	input.monitor_is_open = false;
	multiplexer_to_front(c);
	if (announced)
		console_print(multiplexer_is_merged() ? "%s--- keys are for guest %s ---\n"
						      : "%s--- guest %s ---\n",
			      multiplexer_own_is_open() ? "\n" : "", c->name);
}

void console_to_front(struct console *c)
{
	if (input.monitor_is_open)
		input.before_monitor = c;
	else if (c != console_front())
		change_front(c, false);
}

/* The console `steps` behind the one in front, round and round. */
static struct console *neighbour(u32 steps)
{
	struct console *front = input.monitor_is_open ? input.before_monitor : console_front();
	u32 count = 0, position = 0;

	for (struct console *c; (c = multiplexer_console(count)); count++)
		if (c == front)
			position = count;
	if (!count)
		return NULL;
	return multiplexer_console((position + (steps ? steps : count - 1)) % count);
}

void console_set_monitor(void (*open)(void), void (*key)(char byte))
{
	input.open_monitor = open;
	input.monitor = key;
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
	input.before_monitor = console_front();
	multiplexer_to_front(NULL);
	input.open_monitor();
}

void console_leave_monitor(void)
{
	if (input.monitor_is_open && input.before_monitor)
		change_front(input.before_monitor, true);
	input.monitor_is_open = false;
}

static void help(void)
{
	say("Ctrl-A n, p       the next guest, the one before");
	say("Ctrl-A 1 to 9     the guest of this number");
	say("Ctrl-A m          the monitor: guests, memory, tables, power off");
	say("Ctrl-A Ctrl-A     a Ctrl-A for the guest");
	if (input.lost)
		say("%u keys were lost: they came faster than they could be taken", input.lost);
}

static void deliver_key(char byte)
{
	struct console *front = console_front();

	if (input.monitor_is_open) {
		input.monitor(byte);
	} else if (front && front->input) {
		multiplexer_hurry(front);
		front->input(front->owner, byte);
	}
}

static void go_to(struct console *c, char key)
{
	if (c)
		change_front(c, true);
	else
		say("Ctrl-A %c: there is no such guest", key);
}

static void command(char key)
{
	switch (key) {
	case PREFIX:
		deliver_key(PREFIX);
		break;
	case 'n':
		go_to(neighbour(1), key);
		break;
	case 'p':
		go_to(neighbour(0), key);
		break;
	case '1' ... '9':
		go_to(multiplexer_console(key - '1'), key);
		break;
	case 'm':
		open_monitor();
		break;
	case 'h':
	case '?':
		help();
		break;
	default:
		say("after Ctrl-A comes n, p, 1 to 9, m, h or Ctrl-A: Ctrl-A h helps");
	}
}

void console_input_poll(void)
{
	char byte;

	while (console_input_take(&byte)) {
		if (input.after_prefix)
			command(byte);
		else if (byte != PREFIX)
			deliver_key(byte);
		input.after_prefix = !input.after_prefix && byte == PREFIX;
	}
}
