/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The console as a whole: options, start, interrupts, the console's part of the scheduler's turns,
 * the end. */
#ifndef HV_CONSOLE_DRIVER_H
#define HV_CONSOLE_DRIVER_H

#include "arch/x86/display.h"

struct serial_place;

/* Chooses the outputs. `words` is the value of console= on the hypervisor's command line, such as
 * "serial,merged": see docs/console.md. Returns false if a word is unknown; the known ones are
 * applied. */
bool console_init(const char *words);

/* True if a serial port is to be used, if there is one. */
bool console_wants_serial(void);

/* Starts the serial output, without interrupts. `place` is the port to use; NULL: there is none.
 * Without it the screen is used, if there is one, whatever console= says. */
void console_start_serial(const struct serial_place *place);

/* The screen cannot be started yet, but will be: if there is no serial port, text waits for it. */
void console_await_screen(void);

/* Shows what is printed from now on, on this screen too, if it is to be used. After
 * console_start_serial, once. */
void console_start_screen(const struct display *display);

/* Registers the console's interrupts, its poller, and the state of guests' output with run loop and
 * scheduler. Once, before console_use_interrupts. */
void console_register(void);

/* While guests run, the console sends and receives by interrupts; before and after, it polls. The
 * first use starts the keyboard. */
void console_use_interrupts(bool use);

/* True if the PC's screen is in use. */
bool console_has_screen(void);

/* For the end, when no guest is alive and interrupts are not used. */
void console_guests_have_ended(void); /* updates the status line */
void console_forget_keys(void);       /* drops the keys pressed so far */
char console_wait_for_key(void);      /* waits for a key that is pressed after that */

#endif
