/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The consoles of guests: a buffer for the output of each, and which console is in front. The
 * serial line and the PC's screen and keyboard are shared by all of them.
 *
 *	in front   the output of one guest is shown unchanged, and keys go to this guest. The last
 *	           CONSOLE_KEPT bytes of each other guest are kept, and shown when it comes to front
 *	merged     (console=merged) lines of all guests are shown in turn, with their guests' names
 *	monitor    while the monitor is open, no guest is in front
 *
 * No shown output is lost: a guest that prints faster than the line transmits has to wait
 * (console_room).
 *
 * The files of this folder, in the direction of output, then of input:
 *
 *	console.c          the consoles and their buffers
 *	multiplexer.c      chooses the next byte, out of all buffers and the hypervisor's own text
 *	console_output.c   passes these bytes to the UART and the screen
 *	console_screen.c   the PC's screen: changes of the source, redrawing, the status line
 *	text_screen.c      the terminal (terminal*.c) on the VGA card
 *	console_text.c     the hypervisor's own text: say, console_print, panics
 *	console_driver.c   options, interrupts, the poller of the scheduler
 *	scancodes.c        translates the keyboard's scan codes
 *	console_input.c    passes keys to the guest in front or the monitor; Ctrl-A
 */
#ifndef HV_CONSOLE_H
#define HV_CONSOLE_H

#include "lib/types.h"
#include "lib/utf8.h"

#define AWAITED_MAX 63u
#define CONSOLE_KEPT 16384u /* a power of two */

/*
 * One guest's console. Bytes are numbered from the first one that the guest printed; byte n is in
 * kept[n % CONSOLE_KEPT].
 */
struct console {
	/* Written by console.c only. */
	const char *name;     /* the guest's */
	struct console *next; /* in the list of consoles, oldest first */
	u64 written;          /* number of bytes ever written to the buffer */
	u64 overwritten;      /* number of bytes that were overwritten before they were shown */
	bool wants_room;      /* has_room is due as soon as there is room again */
	u64 last_write;       /* merged mode: time of the last console_keep, as timer_now() */
	struct utf8 utf8;     /* merged mode: the incomplete character at the end of the output */
	void *owner;          /* the receiver of events, set by console_listen */
	void (*has_room)(void *owner);
	bool (*input)(void *owner, char byte);

	const char *awaited; /* the receiver of `found` waits for this text; NULL: for none */
	u32 matched;         /* the last so many bytes are its beginning */
	u8 borders[AWAITED_MAX +
		   1]; /* of its first n bytes, the longest end that is a beginning too */
	void (*found)(void *owner);
	void *found_owner;

	/* Written by console_output.c only. */
	bool has_backlog; /* the guest has to send some of its output in its own turn */

	/* Written by console.c and multiplexer.c. */
	u64 sent;          /* number of bytes that have left the buffer */
	u32 lines;         /* merged mode: complete lines in the buffer that have not been sent */
	bool show_partial; /* merged mode: show the last line although it is incomplete */
	bool is_cut;       /* merged mode: the next byte continues a line that was cut */

	char kept[CONSOLE_KEPT];
};

/* All consoles. Only console.c writes it. */
struct console_list {
	bool merged;
	bool room_is_due;      /* a console's has_room is due: console_tell_room() */
	struct console *first; /* of the list */
	struct console *front; /* NULL: there is none, or the monitor is open */
};

extern struct console_list console_list;

/* Forgets all consoles. */
void consoles_init(bool merged);

/* Appends a guest's console to the list; the first one of the list is in front. `c` must be zeroed,
 * or a closed console. `name` stays in use. */
void console_open(struct console *c, const char *name);

/* Removes a console from the list. Output that has not been shown is lost: see console_is_out. */
void console_close(struct console *c);

/* Console `n` of the list, counted from 0; NULL: the list is shorter. */
struct console *console_at(u32 n);

/* The console in front; NULL: there is none, or the monitor is open. */
struct console *console_front(void);

/* Makes `c` (or NULL, no console) the one in front. Its last lines are shown again, as context. */
void console_set_front(struct console *c);

/* Sets the receiver of events: has_room() after console_write took less than it was given, once
 * there is room again; input() for each key while this console has the keys, which returns false if
 * the key has to come again: the receiver then calls console_input_retry. Either may be NULL.
 * Both are called from the console's poll, console_write and console_flush, never in an
 * interrupt. */
void console_listen(struct console *c, void *owner, void (*has_room)(void *owner),
		    bool (*input)(void *owner, char byte));

/* The console of a clone, just opened, has the same output in its buffer as its parent's; none of it is
 * sent again. */
void console_copy_history(struct console *c, const struct console *from);

/* For a snapshot: copies the last bytes of output, at most `most`, and returns their number. */
u32 console_last_output(const struct console *c, char *to, u32 most);

/* The console of a restored guest, just opened, has printed these bytes. Those in front that are its context
 * are shown. */
void console_set_history(struct console *c, const char *bytes, u32 size);

/* found() is called once, when the guest has printed `text`, of 1 to AWAITED_MAX characters, which stays in use. */
void console_await(struct console *c, const char *text, void (*found)(void *owner), void *owner);

/* Copies output into the buffer. Returns how many bytes were taken: fewer than `size` when the rest
 * would overwrite output that is still to be shown. For console_write (console_output.h), which
 * also sends it. */
u32 console_keep(struct console *c, const char *bytes, u32 size);

/* The number of bytes that console_keep would take now. */
u32 console_room(const struct console *c);

/* True if output of this console is shown at once: it is in front, or all consoles are merged. */
static inline bool console_is_shown(const struct console *c)
{
	return console_list.merged || c == console_list.front;
}

/* The number of bytes in the buffer that have not been sent. */
static inline u32 console_unsent(const struct console *c)
{
	return c->written - c->sent;
}

/* True if all output that is to be shown has been sent; the end of a guest is reported only then.
 * If it returns false, an incomplete last line is shown, too, from then on. */
bool console_is_out(struct console *c);

/* Merged mode: the last line is shown at once, although it is incomplete. */
void console_show_partial(struct console *c);

/* Bytes have left the buffer of `c`, which waits for room: has_room() is due if there is enough. */
void console_room_grows(struct console *c);

/* Calls has_room() of each console that waits for room and has enough. */
void console_tell_room(void);

#endif
