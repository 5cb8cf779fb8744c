/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keys typed on the serial line or the keyboard. An interrupt queues them; the console's poller
 * passes each to the guest in front or to the monitor. Behind Ctrl-A, a key is a command for the
 * console itself.
 */
#ifndef HV_CONSOLE_INPUT_H
#define HV_CONSOLE_INPUT_H

#include "arch/x86/timer.h"
#include "lib/types.h"

struct console;

/* Queues a byte that was typed; counts it as lost if the queue is full. For interrupts. */
void console_input_put(char byte);

/* True unless the queue is full. */
bool console_input_has_room(void);

/* True if the queue is not empty. */
bool console_input_waits(void);

/* Takes the next byte off the queue; false if there is none. */
bool console_input_take(char *byte);

/* Empties the queue. */
void console_input_forget(void);

/* Keys that a guest has not taken for so long are lost, so that a Ctrl-A behind them is reached. */
#define CONSOLE_KEY_PATIENCE_NS NS_PER_SECOND

/* Passes queued bytes on, as far as the guest in front takes them. */
void console_input_poll(void);

/* When keys that wait are lost, as timer_now(); TIMER_NEVER: none wait for a guest. */
u64 console_input_deadline(void);

/* Requests a poll if keys wait for a guest: it may take some now. */
void console_input_retry(void);

/* Brings a guest's console to front; while the monitor is open, once it is left. */
void console_to_front(struct console *c);

/* Sets the handlers of the monitor: open() for Ctrl-A m, then input() for each key until
 * console_leave_monitor(). */
void console_set_monitor(void (*open)(void), void (*input)(char byte));

/* True from Ctrl-A m until the monitor is left, or Ctrl-A brings a guest to front. */
bool console_monitor_is_open(void);

/* Closes the monitor: the console that was in front before is in front again. */
void console_leave_monitor(void);

#endif
