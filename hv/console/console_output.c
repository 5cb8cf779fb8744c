/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 1. Loads
 * 2. Sending without waiting
 * 3. Sending everything
 * 4. The output of guests
 */
#include "hv/console/console_output.h"

#include "arch/x86/serial.h"
#include "hv/base/stretch.h"
#include "hv/base/wake.h"
#include "hv/console/console_screen.h"
#include "hv/console/multiplexer.h"
#include "hv/console/text_screen.h"

#define SCREEN_LOAD 16u /* bytes sent at a time where there is no UART */

/* The number of polls of a busy UART, a microsecond each on a PC, before interrupts are taken. */
#define POLLS_MASKED 64u

struct console_output console_output;

static u32 backlogs; /* number of consoles with a backlog */

void console_request_poll(void)
{
	if (!console_output.poll_is_due)
		schedule_soon();
	console_output.poll_is_due = true;
}

/* -- 1. Loads ---------------------------------------------------------------------------------- */

static bool is_ready(void)
{
	return !console_output.serial || serial_is_ready();
}

static void put_on_screen(char byte)
{
	screen_put(byte);
	console_request_poll();
}

/* Sends as much as the UART takes at once. The UART is ready. */
static void load(void)
{
	u32 size = console_output.serial ? serial_fifo() : SCREEN_LOAD;
	char byte;

	while (size-- && multiplexer_next(&byte)) {
		if (console_output.serial)
			serial_send(byte);
		if (console_output.screen)
			put_on_screen(byte);
	}
}

/* -- 2. Sending without waiting ---------------------------------------------------------------- */

static void set_backlog(struct console *c, bool has_backlog)
{
	backlogs += has_backlog - c->has_backlog;
	c->has_backlog = has_backlog;
}

/* True if the turns of guests will send all that is left, so that no interrupt is needed. */
static bool is_left_to_guests(void)
{
	return backlogs && is_ready() && !multiplexer_has_own();
}

/* Sends while the UART is ready and the stretch lasts. Returns true if everything has been sent. */
static bool transmit(void)
{
	while (multiplexer_has_next()) {
		if (!is_ready())
			return false;
		load();
		if (stretch_is_spent())
			break;
	}
	return !multiplexer_has_next();
}

static void interrupt_when_ready(bool more)
{
	if (console_output.serial && more != console_output.transmitting)
		serial_interrupt_when(true, more);
	console_output.transmitting = more;
	if (more && !console_output.serial)
		console_request_poll(); /* a screen does not interrupt */
}

/* Sends in the hypervisor's time, but leaves the backlogs of guests to their turns. */
static void send_some(void)
{
	bool more = is_left_to_guests() || !transmit();

	interrupt_when_ready(more && !is_left_to_guests());
}

void console_uart_is_ready(void)
{
	if (serial_is_ready())
		load();
	interrupt_when_ready(multiplexer_has_next() && !is_left_to_guests());
}

/* -- 3. Sending everything --------------------------------------------------------------------- */

/* Takes interrupts while the hypervisor waits for the line. */
static void let_interrupts_in(void)
{
	if (console_output.interrupts)
		stretch_window(NULL, "waiting for the line");
}

/* A UART that does not become ready within SERIAL_PATIENCE polls is not used any more. */
void console_send_load(void)
{
	for (u32 polls = 0; !is_ready(); polls++) {
		if (polls == SERIAL_PATIENCE)
			console_output.serial = false;
		if (polls % POLLS_MASKED == 0)
			let_interrupts_in();
	}
	load();
	let_interrupts_in();
}

void console_flush(void)
{
	if (console_output.awaits_screen)
		return;
	while (multiplexer_has_next())
		console_send_load();
	if (console_output.screen)
		text_screen_show();
}

void console_send(void)
{
	if (console_output.interrupts)
		send_some();
	else
		console_flush();
}

/* -- 4. The output of guests ------------------------------------------------------------------- */

void console_send_backlog(struct console *c)
{
	bool more = !transmit();

	set_backlog(c, more && is_ready() && multiplexer_has_output(c));
	interrupt_when_ready(more && !is_left_to_guests());
}

void console_release_backlog(struct console *c)
{
	set_backlog(c, false);
	console_send();
}

u32 console_write(struct console *c, const char *bytes, u32 size)
{
	u32 taken = console_keep(c, bytes, size);

	if (!console_output.interrupts)
		console_flush();
	else if (console_is_shown(c) && (c->has_backlog || !backlogs))
		console_send_backlog(c);
	if (c->has_backlog || c->wants_room)
		schedule_soon(); /* the guest must not run on */
	if (console_list.merged)
		console_request_poll(); /* an incomplete line has a deadline */
	return taken;
}
