/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hv/console.h"

#include "arch/x86/serial.h"
#include "arch/x86/vga.h"
#include "lib/format.h"
#include "lib/string.h"

static struct {
	bool serial, vga;
	char last; /* character that was put */
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

void console_guest_text(const char *text)
{
	put_text(text);
	show();
}
