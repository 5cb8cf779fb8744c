/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * multiplexer_next chooses a source and takes one byte from it:
 *
 *	multiplexer_next -> take -> choose            LABEL      the name in front of a merged line
 *	                      |                       OWN        the hypervisor's own text
 *	                      '--> add_return         GUEST      a console's buffer
 *	                                              NEW_LINE   a console whose line is shown next
 *
 * The hypervisor's own text has priority over guests, but does not interrupt a merged line that is
 * complete. In merged mode, consoles take turns line by line.
 *
 * 1. The hypervisor's own text
 * 2. Choosing the source
 * 3. Taking a byte
 */
#include "hv/console/multiplexer.h"

#include "arch/x86/timer.h"
#include "lib/format.h"
#include "lib/string.h"

#define OWN_SIZE 8192u /* a power of two, like CONSOLE_KEPT */
#define LABEL_SIZE 48u /* a newline, the longest name, and the characters around it */

static struct {
	char own[OWN_SIZE];
	u32 own_written, own_sent; /* numbers of bytes, modulo 2^32 */

	char label[LABEL_SIZE]; /* is sent before anything else */
	u32 label_sent;

	/* Merged mode. A line is complete if its buffer has its end, or as many bytes as a line may
	 * have. */
	struct console *line; /* its line is open on the terminal; NULL: none is */
	bool line_is_complete;
	u32 line_length;
	struct console *last_line; /* showed the last line: its successor has the next turn */

	const struct console *source; /* of the last byte; NULL: the hypervisor */
	char last;                    /* the last byte */
	bool newline_is_due;          /* its carriage return has been sent */
} multiplexer;

void multiplexer_init(bool merged)
{
	memset(&multiplexer, 0, sizeof(multiplexer));
	multiplexer.last = '\n';
	consoles_init(merged);
}

void multiplexer_forget(const struct console *c)
{
	if (multiplexer.line == c)
		multiplexer.line = NULL;
	if (multiplexer.last_line == c)
		multiplexer.last_line = NULL;
	if (multiplexer.source == c)
		multiplexer.source = NULL;
}

const struct console *multiplexer_source(void)
{
	return multiplexer.source;
}

bool multiplexer_line_is_open(void)
{
	return multiplexer.last != '\n';
}

/* -- 1. The hypervisor's own text -------------------------------------------------------------- */

bool multiplexer_put_own(char byte)
{
	if (!multiplexer_own_room())
		return false;
	multiplexer.own[multiplexer.own_written++ % OWN_SIZE] = byte;
	return true;
}

u32 multiplexer_own_room(void)
{
	return OWN_SIZE - (multiplexer.own_written - multiplexer.own_sent);
}

bool multiplexer_has_own(void)
{
	return multiplexer.own_written != multiplexer.own_sent;
}

bool multiplexer_own_line_is_open(void)
{
	if (multiplexer_has_own())
		return multiplexer.own[(multiplexer.own_written - 1) % OWN_SIZE] != '\n';
	return !multiplexer.source && multiplexer_line_is_open();
}

/* -- 2. Choosing the source -------------------------------------------------------------------- */

enum choice { NOTHING, LABEL, OWN, GUEST, NEW_LINE };

/* True if the bytes sent so far end within a character. */
static bool is_within_character(const struct console *c)
{
	return console_unsent(c) && utf8_continues(c->kept[c->sent % CONSOLE_KEPT]);
}

/* A line is complete with its newline, or with MERGED_LINE_MAX bytes, where it is cut. */
static bool has_complete_line(const struct console *c)
{
	return c->lines || console_unsent(c) >= MERGED_LINE_MAX;
}

/* An incomplete line is shown after a time, or earlier on request. */
static bool has_due_line(const struct console *c)
{
	return console_unsent(c) &&
	       (c->show_partial || timer_now() - c->last_write >= MERGED_LINE_WAIT_NS);
}

/* The first console with a line, in the list's order, beginning behind the one that was shown
 * last. */
static struct console *next_in_turn(bool (*has_line)(const struct console *c))
{
	struct console *found = NULL;
	bool behind = !multiplexer.last_line;

	for (struct console *c = console_list.first; c; c = c->next) {
		if (has_line(c) && (behind || !found)) {
			found = c;
			if (behind)
				break;
		}
		behind |= c == multiplexer.last_line;
	}
	return found;
}

static enum choice choose_merged(struct console **c)
{
	*c = multiplexer.line;
	if (multiplexer.line && console_unsent(multiplexer.line))
		return GUEST;
	if (!console_list.front) /* the monitor is open: no guest's output is shown */
		return NOTHING;
	*c = next_in_turn(has_complete_line);
	if (!*c)
		*c = next_in_turn(has_due_line);
	return *c ? NEW_LINE : NOTHING;
}

/* True if own text would break a merged line that will soon be complete, or a character. */
static bool must_not_interrupt(void)
{
	return multiplexer.line &&
	       (multiplexer.line_is_complete || is_within_character(multiplexer.line));
}

static enum choice choose(struct console **c)
{
	if (multiplexer.label[multiplexer.label_sent])
		return LABEL;
	if (multiplexer_has_own() && !must_not_interrupt())
		return OWN;
	if (console_list.merged)
		return choose_merged(c);
	*c = console_list.front;
	return console_list.front && console_unsent(console_list.front) ? GUEST : NOTHING;
}

bool multiplexer_has_next(void)
{
	struct console *c;

	return multiplexer.newline_is_due || choose(&c) != NOTHING;
}

bool multiplexer_has_output(const struct console *c)
{
	return console_is_shown(c) && console_unsent(c);
}

u64 multiplexer_deadline(void)
{
	u64 at = TIMER_NEVER;

	for (struct console *c = console_list.first; console_list.merged && c; c = c->next)
		if (console_unsent(c) && !c->lines && c->last_write + MERGED_LINE_WAIT_NS < at)
			at = c->last_write + MERGED_LINE_WAIT_NS;
	return at;
}

/* -- 3. Taking a byte -------------------------------------------------------------------------- */

/* Ends the open line, since another source follows. Returns the newline that this needs; the rest
 * of the line will be marked as a rest. */
static const char *end_open_line(void)
{
	if (multiplexer.line)
		multiplexer.line->is_cut = true;
	multiplexer.line = NULL;
	return multiplexer_line_is_open() ? "\n" : "";
}

static char take_label(void)
{
	return multiplexer.label[multiplexer.label_sent++];
}

static char take_own(void)
{
	if (multiplexer.source && multiplexer_line_is_open()) {
		end_open_line();
		multiplexer.source = NULL;
		return '\n';
	}
	multiplexer.source = NULL;
	return multiplexer.own[multiplexer.own_sent++ % OWN_SIZE];
}

static char take_guest(struct console *c)
{
	char byte = c->kept[c->sent++ % CONSOLE_KEPT];

	multiplexer.source = c;
	if (c->wants_room)
		console_room_grows(c);
	return byte;
}

static void begin_line(struct console *c)
{
	const char *end = end_open_line();

	snprintf(multiplexer.label, sizeof(multiplexer.label), "%s%s%c ", end, c->name,
		 c->is_cut ? '>' : '|');
	multiplexer.label_sent = 0;
	multiplexer.source = multiplexer.line = multiplexer.last_line = c;
	multiplexer.line_is_complete = has_complete_line(c);
	multiplexer.line_length = 0;
	c->is_cut = false;
}

/* The line has MERGED_LINE_MAX bytes: its rest becomes a line of its own, with a '>' behind the
 * name. */
static void cut_line(struct console *c)
{
	strlcpy(multiplexer.label, "\n", sizeof(multiplexer.label));
	multiplexer.label_sent = 0;
	c->is_cut = true;
	multiplexer.line = NULL;
}

static char take_merged(struct console *c)
{
	char byte = take_guest(c);

	if (byte == '\n') {
		c->lines--;
		c->show_partial = false;
		multiplexer.line = NULL;
	} else if (++multiplexer.line_length >= MERGED_LINE_MAX && !is_within_character(c)) {
		cut_line(c);
	}
	return byte;
}

/* A terminal needs a carriage return before each newline, which many guests do not send. */
static char add_return(char byte)
{
	multiplexer.newline_is_due = byte == '\n' && multiplexer.last != '\r';
	return multiplexer.newline_is_due ? '\r' : byte;
}

static bool take(char *byte)
{
	struct console *c;

	switch (choose(&c)) {
	case NEW_LINE:
		begin_line(c);
		*byte = take_label();
		return true;
	case LABEL:
		*byte = take_label();
		return true;
	case OWN:
		*byte = take_own();
		return true;
	case GUEST:
		*byte = console_list.merged ? take_merged(c) : take_guest(c);
		return true;
	default:
		return false;
	}
}

bool multiplexer_next(char *byte)
{
	if (multiplexer.newline_is_due) {
		multiplexer.newline_is_due = false;
		*byte = '\n';
	} else if (take(byte)) {
		*byte = add_return(*byte);
	} else {
		return false;
	}
	multiplexer.last = *byte;
	return true;
}
