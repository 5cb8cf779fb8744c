/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is typed, on the serial line or the keyboard: to the guest in front, to the monitor, or, after
 * Ctrl-A, a command for the console itself. */
#ifndef HV_CONSOLE_INPUT_H
#define HV_CONSOLE_INPUT_H

#include "lib/types.h"

/* A byte that was typed. In an interrupt: it is only kept. */
void console_input_put(char byte);
bool console_input_waits(void);

/* The next byte that was typed, whoever it is for; false if there is none. And: what was typed so far
 * is forgotten. */
bool console_input_take(char *byte);
void console_input_forget(void);

/* Deals with all that was typed. */
void console_input_poll(void);

#endif
