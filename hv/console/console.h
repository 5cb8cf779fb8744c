/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who sees what, and who gets the keys. Each guest has a console of its own; the serial line and the
 * PC's screen and keyboard are one for all of them.
 *
 *	in front    one guest's bytes go out as they are, and the keys are for it; what the others
 *	            print is kept, the last CONSOLE_KEPT bytes each, and shown when they come to front
 *	merged      (console=merged) everybody's lines go out, in turn, each with its guest's name
 *	monitor     while it is open, no guest is in front
 *
 * What is shown is never lost: a guest that is faster than the line has to wait (console_room).
 */
#ifndef HV_CONSOLE_H
#define HV_CONSOLE_H

#include "hv/base/log.h"
#include "lib/types.h"
#include "lib/utf8.h"

#define CONSOLE_KEPT 16384u /* a power of two */

struct console {
	const char *name;
	struct console *next;
	u64 written, sent; /* bytes ever taken and ever shown */
	u64 overwritten;   /* bytes that nobody has seen, and that are no longer kept */
	bool raw;          /* it sends a carriage return with each newline that needs one */
	bool refused;      /* has_room has to be called */
	bool owes;         /* the guest has to send some of what is shown: console_pay */
	void *owner;
	void (*has_room)(void *owner);
	void (*input)(void *owner, char byte);

	/* Merged mode only. */
	u32 lines;        /* that have an end, and are to be shown */
	u64 touched;      /* when it was last written to */
	bool hurry;       /* a line without an end is to be shown as well */
	bool cut;         /* what comes next belongs to a line that has been shown */
	struct utf8 utf8; /* the character that it is in the middle of */

	char kept[CONSOLE_KEPT];
};

/* `line` is the words of console= on the hypervisor's command line, such as "serial,merged": see
 * docs/console.md. Returns false if one of them is not known; the others count. */
bool console_init(const char *words);

/* A console for a guest; `c` must be zeroed, or another guest's that is over. It joins the list of
 * consoles at its end; the first one is in front. */
void console_open(struct console *c, const char *name);

/* Takes it off the list; what it has not shown yet is lost (see console_is_out). */
void console_close(struct console *c);

/* Who to tell that there is room again after console_write took less than it was given, and that
 * a key was pressed while this console was in front. Either may be NULL. Both are called from
 * the console's poll, console_write and console_flush, never from an interrupt. */
void console_listen(struct console *c, void *owner, void (*has_room)(void *owner),
		    void (*input)(void *owner, char byte));

/* Returns how many bytes were taken: fewer when the rest would overwrite what is still to be shown. */
u32 console_write(struct console *c, const char *bytes, u32 size);

/* True if the guest has to send, in its own time, some of what was written: console_pay does so, for one
 * stretch. */
bool console_owes(const struct console *c);
void console_pay(struct console *c);
void console_forgive(struct console *c); /* the guest has no more turns */

/* How many bytes console_write would take now. */
u32 console_room(const struct console *c);

/* All of it that is to be shown has been. To be waited for before the guest's end is reported. */
bool console_is_out(struct console *c);

/* Shows what it has kept, and gives it the keys. */
void console_to_front(struct console *c);
struct console *console_front(void); /* NULL while there is none, or the monitor is open */

/* Text as it is: for the monitor. */
void console_print(const char *text, ...) PRINTF_LIKE(1, 2);

/* How much of it is taken without waiting until some is out. */
u32 console_print_room(void);

/* What Ctrl-A m does, and what becomes of the keys after it, until console_leave_monitor. */
void console_set_monitor(void (*open)(void), void (*input)(char byte));
bool console_monitor_is_open(void); /* until it is left, or a key changes to a guest */
void console_leave_monitor(void);

/* `status_line` writes what the bottom line of the screen says: `width` characters and a NUL, into `text`. */
void console_set_status_line(void (*status_line)(char *text, u32 width));

/* Everything goes out, before it returns: before the machine is switched off. */
void console_flush(void);

/* For the end, when no guest is alive and interrupts are not used: brings the status line up to date;
 * forgets the keys pressed so far; waits for one that is pressed after that. */
void console_guests_have_ended(void);
void console_forget_keys(void);
char console_wait_for_key(void);
bool console_has_screen(void);

/* Sending and receiving by interrupts while guests run; polled before and after. The keyboard is
 * started with them. */
void console_use_interrupts(bool use);

/* From now on every line goes out at once, whatever state the console is in; and, at the end, what
 * still waits. */
void console_panic(void);
void console_panic_ends(void);

/* Registers what the console does while guests run: its interrupts, and what must not be done in one. Once, before
 * console_use_interrupts. */
void console_register(void);

#endif
