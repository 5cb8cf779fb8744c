/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Consoles: see console.h. */
#include "hv/console.h"

#include "arch/x86/serial.h"
#include "arch/x86/timer.h"
#include "arch/x86/vga.h"
#include "lib/format.h"
#include "lib/string.h"

static struct {
	bool serial, vga;
	char last; /* character that was put */
	struct console *first, *front;
} console;

bool console_init(const char *line)
{
	bool known = true;

	console.serial = console.vga = true;
	if (!strcmp(line, "serial"))
		console.vga = false;
	else if (!strcmp(line, "vga"))
		console.serial = false;
	else
		known = !*line || !strcmp(line, "both");
	if (console.serial)
		console.serial = serial_init();
	if (console.vga)
		vga_init();
	return known;
}

static void put_raw(char c)
{
	if (console.serial)
		serial_put(c);
	if (console.vga)
		vga_put(c);
}

static void put(char c, void *context)
{
	(void)context;
	if (c == '\n' && console.last != '\r')
		put_raw('\r'); /* a terminal wants both */
	put_raw(c);
	console.last = c;
}

static void put_text(const char *text)
{
	while (*text)
		put(*text++, NULL);
}

/* The screen is brought up to date once for each text: its memory is slow. */
static void show(void)
{
	if (console.vga)
		vga_show();
}

void say(const char *text, ...)
{
	va_list arguments;

	if (console.last && console.last != '\n') /* a guest has left its line open */
		put('\n', NULL);
	put_text("umbra: ");
	va_start(arguments, text);
	format(put, NULL, text, arguments);
	va_end(arguments);
	put('\n', NULL);
	show();
}

void console_print(const char *text, ...)
{
	va_list arguments;

	va_start(arguments, text);
	format(put, NULL, text, arguments);
	va_end(arguments);
	show();
}

void console_open(struct console *c, const char *name)
{
	struct console **last = &console.first;

	memset(c, 0, sizeof(*c));
	c->name = name;
	while (*last)
		last = &(*last)->next;
	*last = c;
	if (!console.front)
		console.front = c;
}

void console_close(struct console *c)
{
	struct console **link = &console.first;

	while (*link && *link != c)
		link = &(*link)->next;
	if (*link)
		*link = c->next;
	if (console.front == c)
		console.front = console.first;
}

void console_listen(struct console *c, void *owner, void (*has_room)(void *owner),
		    void (*input)(void *owner, char byte))
{
	c->owner = owner;
	c->has_room = has_room;
	c->input = input;
}

/* The last bytes that are kept count; those before them nobody will see. */
static void forget(struct console *c)
{
	u32 unseen = c->written - c->sent;

	if (unseen <= CONSOLE_KEPT)
		return;
	c->overwritten += unseen - CONSOLE_KEPT;
	c->sent = c->written - CONSOLE_KEPT;
}

static void show_kept(struct console *c)
{
	while (c->sent != c->written)
		put(c->kept[c->sent++ % CONSOLE_KEPT], NULL);
	show();
}

u32 console_write(struct console *c, const char *bytes, u32 size)
{
	for (u32 i = 0; i < size; i++) {
		c->kept[c->written++ % CONSOLE_KEPT] = bytes[i];
		forget(c);
	}
	if (c == console.front)
		show_kept(c);
	return size;
}

u32 console_room(const struct console *c)
{
	(void)c;
	return CONSOLE_KEPT;
}

bool console_is_out(const struct console *c)
{
	return c != console.front || c->sent == c->written;
}

void console_to_front(struct console *c)
{
	if (c == console.front)
		return;
	console.front = c;
	if (c->written)
		console_print("%s--- guest %s ---\n", console.last == '\n' ? "" : "\n", c->name);
	show_kept(c);
}

struct console *console_front(void)
{
	return console.front;
}

void console_set_monitor(void (*open)(void), void (*input)(char byte))
{
	(void)open;
	(void)input;
}

void console_leave_monitor(void) {}

void console_flush(void) {}

void console_panic(void) {}

bool console_interrupt(u32 irq)
{
	(void)irq;
	return false;
}

void console_poll(void) {}

u64 console_deadline(void)
{
	return TIMER_NEVER;
}
