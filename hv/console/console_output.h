/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sends the bytes that the multiplexer chooses: to the serial line, to the PC's screen, or to both.
 *
 * Before the first guest runs and after the last one has ended, sending polls the UART. In between,
 * a guest that prints also sends, as part of its own turn: an emulated UART is ready again at once,
 * and would interrupt other guests after each load. Output that is left when the stretch is spent
 * is that guest's backlog, which it sends in its next turns, together with the output that other
 * guests print meanwhile. A UART that is not ready, and output that is not a living guest's, are
 * left to the UART's interrupt; or, if it has none, to the console's poller.
 */
#ifndef HV_CONSOLE_OUTPUT_H
#define HV_CONSOLE_OUTPUT_H

#include "hv/console/console.h"

/* The output devices. */
struct console_output {
	/* console_init has chosen the outputs. */
	bool chosen;

	/* The outputs in use. console_init sets them; `serial` is cleared when the UART stops
	 * accepting bytes. */
	bool serial, screen;

	/* There is no output yet, and a screen will follow: text waits. */
	bool awaits_screen;

	/* Interrupts are used, else sending polls. Written by console_use_interrupts. */
	bool interrupts;

	/* The UART interrupts, or is polled, when it is ready for more. Written by
	 * console_output.c, and reset by console_use_interrupts. */
	bool transmitting;

	/* The poller has been requested by console_request_poll. The poller clears it. */
	bool poll_is_due;
};

extern struct console_output console_output;

/* Writes the output of a guest. Returns the number of bytes taken: fewer than `size` if the rest
 * would overwrite output that is still to be shown. console_listen's has_room() is then called once
 * there is room. May leave a backlog. */
u32 console_write(struct console *c, const char *bytes, u32 size);

/* True if the guest has to send some of its output in its own turn: by console_send_backlog, for
 * one stretch. */
static inline bool console_has_backlog(const struct console *c)
{
	return c->has_backlog;
}

void console_send_backlog(struct console *c);

/* Called when the guest has no more turns: its backlog is then sent in the hypervisor's time. */
void console_release_backlog(struct console *c);

/* Called when there is output in the multiplexer. Sends as much as possible without waiting; while
 * interrupts are not used, sends all of it. */
void console_send(void);

/* Sends everything before it returns. */
void console_flush(void);

/* Waits until the output is ready, and sends as much as it takes at once. While guests run,
 * interrupts are taken meanwhile. */
void console_send_load(void);

/* For the UART's interrupt: sends one load if the UART is ready. An emulated one is ready again at
 * once. */
void console_uart_is_ready(void);

/* Requests a call of the console's poller at the scheduler's next turn. */
void console_request_poll(void);

#endif
