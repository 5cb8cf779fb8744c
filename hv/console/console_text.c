/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hv/console/console_text.h"

#include "arch/x86/serial.h"
#include "arch/x86/serial_find.h"
#include "arch/x86/vga.h"
#include "arch/x86/vga_registers.h"
#include "hv/base/log.h"
#include "hv/console/console_input.h"
#include "hv/console/console_output.h"
#include "hv/console/console_screen.h"
#include "hv/console/multiplexer.h"
#include "hv/console/text_screen.h"
#include "lib/format.h"

#define ERASE_LINE "\x1b[2K" /* ECMA-48, 8.3.41 */

static bool panicking;

/* In a panic the buffers may be damaged: this writes directly to the devices. */
static void put_directly(char c)
{
	console_output.serial = console_output.serial && serial_wait();
	if (console_output.serial)
		serial_send(c);
	if (console_output.screen)
		text_screen_put(c);
}

static void put(char c, void *context)
{
	(void)context;
	if (panicking && c == '\n')
		put_directly('\r');
	if (panicking)
		put_directly(c);
	else
		while (!multiplexer_put_own(c))
			console_send_load();
}

static void put_and_log(char c, void *context)
{
	put(c, context);
	log_put(c);
}

static void put_text(const char *text)
{
	while (*text)
		put(*text++, NULL);
}

/* Erases the monitor's prompt and the line being typed, which the monitor draws again below the new
 * line. */
static void end_open_line(void)
{
	if (multiplexer_own_line_is_open())
		put_text(console_monitor_is_open() ? ERASE_LINE "\r" : "\n");
}

void say(const char *text, ...)
{
	va_list arguments;

	if (!panicking)
		end_open_line();
	put_text("umbra: ");
	va_start(arguments, text);
	format(put_and_log, NULL, text, arguments);
	va_end(arguments);
	put_and_log('\n', NULL);
	if (!panicking)
		console_send();
	else if (console_output.screen)
		text_screen_show();
}

void console_print(const char *text, ...)
{
	va_list arguments;

	va_start(arguments, text);
	format(put, NULL, text, arguments);
	va_end(arguments);
	console_send();
}

u32 console_print_room(void)
{
	return multiplexer_own_room();
}

/* For a panic before console=, serial= and the boot loader's framebuffer are known: COM1 and VGA text,
 * if they answer. */
static void choose_default_outputs(void)
{
	console_output.serial = serial_init(&serial_coms[0]);
	console_output.screen = vga_is_present();
	if (console_output.screen)
		screen_start(&vga_display);
}

void console_panic(void)
{
	panicking = true;
	console_output.awaits_screen = false;
	if (!console_output.chosen)
		choose_default_outputs();
	if (console_output.screen)
		text_screen_take_over();
	if (multiplexer_line_is_open())
		put_text("\n");
}

void console_panic_ends(void)
{
	if (multiplexer_has_next())
		say("output that had not been shown before:");
	console_flush();
}
