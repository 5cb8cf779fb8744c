/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Chooses the byte that is sent next, out of the buffers of all consoles and the hypervisor's own
 * text. It uses no hardware except the clock. docs/console.md has the rules of merged mode.
 */
#ifndef HV_MULTIPLEXER_H
#define HV_MULTIPLEXER_H

#include "hv/console/console.h"

#define MERGED_LINE_MAX 4096u /* longer lines are cut */
/* An incomplete line may be a prompt: it is shown after this time. */
#define MERGED_LINE_WAIT_NS 1000000000u

/* Forgets all consoles and all text. */
void multiplexer_init(bool merged);

/* Takes the byte that is sent next; false if there is none. */
bool multiplexer_next(char *byte);

/* True if there is a byte to send. */
bool multiplexer_has_next(void);

/* The console that the last byte came from; NULL: it was the hypervisor's. */
const struct console *multiplexer_source(void);

/* Appends a byte to the hypervisor's own text. False if the buffer is full: some of it has to be
 * sent first. */
bool multiplexer_put_own(char byte);

/* The number of bytes that multiplexer_put_own would take now. */
u32 multiplexer_own_room(void);

/* True if some of the hypervisor's own text has not been sent. */
bool multiplexer_has_own(void);

/* True if the hypervisor's own text ends in an incomplete line, such as a prompt. */
bool multiplexer_own_line_is_open(void);

/* True if the last byte that was sent did not end a line. */
bool multiplexer_line_is_open(void);

/* True if some output of `c` is to be shown, and has not been sent. */
bool multiplexer_has_output(const struct console *c);

/* When an incomplete line will have waited for MERGED_LINE_WAIT_NS, as timer_now(); TIMER_NEVER:
 * none waits. */
u64 multiplexer_deadline(void);

/* Drops all references to a console that is being closed. For console_close. */
void multiplexer_forget(const struct console *c);

#endif
