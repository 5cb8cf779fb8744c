/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Many consoles and the hypervisor's own text on one line: which byte goes out next. Nothing here
 * touches hardware. The hypervisor's own text goes first, but in merged mode not into a line that
 * has begun. See console.h for who is shown, docs/console.md for the rules of merged mode.
 */
#ifndef HV_MULTIPLEXER_H
#define HV_MULTIPLEXER_H

#include "hv/console/console.h"

#define MERGED_LINE_MAX 4096u           /* longer lines are cut */
#define MERGED_LINE_WAIT_NS 1000000000u /* an unfinished line may be a prompt: it goes out then */

/* Forgets all consoles and all text. */
void multiplexer_init(bool merged);
bool multiplexer_is_merged(void);

/* What goes out next; false if there is nothing. */
bool multiplexer_next(char *byte);
bool multiplexer_has_next(void);

/* Whose the last byte was; NULL: the hypervisor's. */
const struct console *multiplexer_source(void);

/* One byte of the hypervisor's own. False if there is no room: some bytes have to go out before. */
bool multiplexer_own(char byte);
u32 multiplexer_own_room(void);
bool multiplexer_own_waits(void); /* some has not gone out yet */

/* The hypervisor's own text, or whatever went out last, has not come to the end of its line. */
bool multiplexer_own_is_open(void);
bool multiplexer_line_is_open(void);

/* As console_write; and shows `c`, of which NULL is nobody. */
u32 multiplexer_write(struct console *c, const char *bytes, u32 size);
void multiplexer_to_front(struct console *c);

/* True if what this console prints goes out at once: it is in front, or all are merged. */
bool multiplexer_shows(const struct console *c);

/* True if some of it is shown, and has not gone out yet. */
bool multiplexer_waits(const struct console *c);

/* The n-th console, from 0; NULL: there are not so many. */
struct console *multiplexer_console(u32 n);

/* What console `c` prints next is shown at once, even if it is not a whole line. */
void multiplexer_hurry(struct console *c);

/* Tells those who wait for room that there is some; true if anybody has to be told. */
bool multiplexer_room_has_come(void);
void multiplexer_tell_room(void);

/* When a line that now waits for its end has waited long enough; TIMER_NEVER: none waits. */
u64 multiplexer_deadline(void);

#endif
