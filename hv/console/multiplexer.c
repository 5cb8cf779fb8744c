/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 1. consoles          3. which byte is next
 * 2. writing           4. it goes out
 */
#include "hv/console/multiplexer.h"

#include "arch/x86/timer.h"
#include "hv/hypercalls.h"
#include "lib/format.h"
#include "lib/min_max.h"
#include "lib/string.h"

#define OWN_SIZE 8192u /* a power of two, like CONSOLE_KEPT */
#define LABEL_SIZE 48u /* the longest name, what stands around it, a newline before it */

#define DELETE '\x7F'
#define CONTROL_BIT 0x40 /* makes a printable character of a control character */
#define C1_FIRST 0x80u   /* ECMA-48, 5.3: control characters that ISO 10646 has as well */
#define C1_LAST 0x9Fu
#define REPLACEMENT '?'

/* Who waits for room is told when there is this much of it, not for every few bytes. */
#define ROOM_WORTH_TELLING (CONSOLE_KEPT / 4)

/* A console that comes to front shows some of what had been seen before: so much at least. */
#define CONTEXT_SIZE 1024u

static struct {
	bool merged;
	struct console *first, *front;

	char own[OWN_SIZE];
	u32 own_written, own_sent; /* modulo 2^32 */

	char label[LABEL_SIZE]; /* goes out before anything else */
	u32 label_sent;

	/* Merged mode. A line is whole if its end is here already, or its limit. */
	struct console *line; /* whose line is on the terminal, not ended yet */
	bool line_is_whole;
	u32 line_length;
	struct console
	    *last_line; /* whose was the last one: the one behind it in the list is next */

	const struct console *source; /* of the last byte */
	char last;                    /* that byte */
	bool newline_is_due;          /* its carriage return is out */
	bool room_has_come;
} m;

/* -- 1. Consoles ------------------------------------------------------------------------------- */

void multiplexer_init(bool merged)
{
	memset(&m, 0, sizeof(m));
	m.merged = merged;
	m.last = '\n';
}

bool multiplexer_is_merged(void)
{
	return m.merged;
}

void console_open(struct console *c, const char *name)
{
	struct console **last = &m.first;

	memset(c, 0, sizeof(*c));
	c->name = name;
	while (*last)
		last = &(*last)->next;
	*last = c;
	if (!c->next && m.first == c)
		m.front = c;
}

void console_close(struct console *c)
{
	struct console **link = &m.first;

	while (*link && *link != c)
		link = &(*link)->next;
	if (*link)
		*link = c->next;
	if (m.front == c)
		m.front = m.first;
	if (m.line == c)
		m.line = NULL;
	if (m.last_line == c)
		m.last_line = NULL;
	if (m.source == c)
		m.source = NULL;
}

void console_listen(struct console *c, void *owner, void (*has_room)(void *owner),
		    void (*input)(void *owner, char byte))
{
	c->owner = owner;
	c->has_room = has_room;
	c->input = input;
}

struct console *console_front(void)
{
	return m.front;
}

struct console *multiplexer_console(u32 n)
{
	struct console *c = m.first;

	while (c && n--)
		c = c->next;
	return c;
}

static u32 unsent(const struct console *c)
{
	return c->written - c->sent;
}

bool multiplexer_shows(const struct console *c)
{
	return m.merged || c == m.front;
}

bool multiplexer_waits(const struct console *c)
{
	return multiplexer_shows(c) && unsent(c);
}

/* In merged mode a byte may become two, and those of a character that is not complete need room. */
u32 console_room(const struct console *c)
{
	if (!multiplexer_shows(c))
		return CONSOLE_KEPT;
	if (m.merged)
		return (CONSOLE_KEPT - unsent(c) - utf8_pending(&c->utf8)) / 2;
	return CONSOLE_KEPT - unsent(c);
}

bool console_is_out(struct console *c)
{
	if (!multiplexer_shows(c) || !m.front || !unsent(c))
		return true;
	multiplexer_hurry(c);
	return false;
}

void multiplexer_hurry(struct console *c)
{
	c->hurry = true;
}

/* Some whole lines of what has been seen before are shown again, if they are still kept. */
static void rewind(struct console *c)
{
	u64 context = min_u64(c->written, CONTEXT_SIZE);

	for (u64 i = c->written - context; i < c->sent; i++)
		if (i == 0 || c->kept[(i - 1) % CONSOLE_KEPT] == '\n') {
			c->sent = i;
			return;
		}
}

void multiplexer_to_front(struct console *c)
{
	if (m.front && m.front->refused)
		m.room_has_come = true;
	m.front = c;
	if (c && !m.merged)
		rewind(c);
}

/* -- 2. Writing -------------------------------------------------------------------------------- */

bool multiplexer_own(char byte)
{
	if (m.own_written - m.own_sent == OWN_SIZE)
		return false;
	m.own[m.own_written++ % OWN_SIZE] = byte;
	return true;
}

u32 multiplexer_own_room(void)
{
	return OWN_SIZE - (m.own_written - m.own_sent);
}

bool multiplexer_own_waits(void)
{
	return m.own_written != m.own_sent;
}

bool multiplexer_own_is_open(void)
{
	if (multiplexer_own_waits())
		return m.own[(m.own_written - 1) % OWN_SIZE] != '\n';
	return !m.source && multiplexer_line_is_open();
}

bool multiplexer_line_is_open(void)
{
	return m.last != '\n';
}

static void keep(struct console *c, char byte)
{
	c->kept[c->written++ % CONSOLE_KEPT] = byte;
	c->lines += byte == '\n';
}

static void keep_ascii(struct console *c, char byte)
{
	if ((byte >= ' ' && byte != DELETE) || byte == '\n' || byte == '\t') {
		keep(c, byte);
	} else if (byte != '\r') {
		keep(c, '^');
		keep(c, byte ^ CONTROL_BIT);
	}
}

/* A character of several bytes is complete. */
static void keep_character(struct console *c)
{
	if (utf8_value(&c->utf8) <= C1_LAST) {
		keep(c, REPLACEMENT);
		return;
	}
	for (u32 i = 0; i < c->utf8.length; i++)
		keep(c, c->utf8.bytes[i]);
}

/* In merged mode nothing may move the cursor to others' lines: carriage returns are left out, other
 * control characters are shown as ^X. A terminal takes bytes from 0x80 to 0x9F for control characters,
 * alone or as UTF-8: so only whole characters are kept, and neither those nor bytes that are no UTF-8. */
static void keep_merged(struct console *c, u8 byte)
{
	if (byte < C1_FIRST && !utf8_pending(&c->utf8)) {
		keep_ascii(c, byte);
		return;
	}
	switch (utf8_take(&c->utf8, byte)) {
	case UTF8_MORE:
		break;
	case UTF8_CHARACTER:
		keep_character(c);
		break;
	case UTF8_MALFORMED:
		keep(c, REPLACEMENT);
		break;
	case UTF8_CUT_SHORT:
		keep(c, REPLACEMENT);
		keep_merged(c, byte); /* which begins a character: once */
	}
}

/* The last bytes that are kept count; those before them nobody will see. */
static void forget(struct console *c)
{
	if (unsent(c) <= CONSOLE_KEPT)
		return;
	c->overwritten += unsent(c) - CONSOLE_KEPT;
	c->sent = c->written - CONSOLE_KEPT;
}

u32 multiplexer_write(struct console *c, const char *bytes, u32 size)
{
	u32 taken = min_u32(size, console_room(c));

	for (u32 i = 0; i < taken; i++) {
		if (m.merged)
			keep_merged(c, bytes[i]);
		else
			keep(c, bytes[i]);
	}
	if (!multiplexer_shows(c))
		forget(c);
	c->refused = console_room(c) < NOTIFY_PRINT_MAX;
	if (m.merged)
		c->touched = timer_now();
	return taken;
}

/* -- 3. Which byte is next --------------------------------------------------------------------- */

enum choice { NOTHING, LABEL, OWN, GUEST, NEW_LINE };

/* What was sent last is not the end of a character. */
static bool is_within_character(const struct console *c)
{
	return unsent(c) && utf8_continues(c->kept[c->sent % CONSOLE_KEPT]);
}

/* Up to its end, or to where it will be cut, the line is here. */
static bool has_whole_line(const struct console *c)
{
	return c->lines || unsent(c) >= MERGED_LINE_MAX;
}

static bool has_waited(const struct console *c)
{
	return unsent(c) && (c->hurry || timer_now() - c->touched >= MERGED_LINE_WAIT_NS);
}

/* Consoles take turns; the first one that `has` a line. */
static struct console *after_last(bool (*has)(const struct console *c))
{
	struct console *found = NULL;
	bool behind = !m.last_line;

	for (struct console *c = m.first; c; c = c->next) {
		if (has(c) && (behind || !found)) {
			found = c;
			if (behind)
				break;
		}
		behind |= c == m.last_line;
	}
	return found;
}

static enum choice choose_merged(struct console **c)
{
	*c = m.line;
	if (m.line && unsent(m.line))
		return GUEST;
	if (!m.front) /* the monitor has the screen */
		return NOTHING;
	*c = after_last(has_whole_line);
	if (!*c)
		*c = after_last(has_waited);
	return *c ? NEW_LINE : NOTHING;
}

static enum choice choose(struct console **c)
{
	if (m.label[m.label_sent])
		return LABEL;
	if (multiplexer_own_waits() &&
	    !(m.line && (m.line_is_whole || is_within_character(m.line))))
		return OWN;
	if (m.merged)
		return choose_merged(c);
	*c = m.front;
	return m.front && unsent(m.front) ? GUEST : NOTHING;
}

bool multiplexer_has_next(void)
{
	struct console *c;

	return m.newline_is_due || choose(&c) != NOTHING;
}

const struct console *multiplexer_source(void)
{
	return m.source;
}

u64 multiplexer_deadline(void)
{
	u64 at = TIMER_NEVER;

	for (struct console *c = m.first; m.merged && c; c = c->next)
		if (unsent(c) && !c->lines && c->touched + MERGED_LINE_WAIT_NS < at)
			at = c->touched + MERGED_LINE_WAIT_NS;
	return at;
}

/* -- 4. It goes out ---------------------------------------------------------------------------- */

/* Somebody else's line is open on the terminal, and is cut here. */
static const char *end_open_line(void)
{
	if (m.line)
		m.line->cut = true;
	m.line = NULL;
	return m.last == '\n' ? "" : "\n";
}

static char take_label(void)
{
	return m.label[m.label_sent++];
}

static char take_own(void)
{
	if (m.source && m.last != '\n') {
		end_open_line();
		m.source = NULL;
		return '\n';
	}
	m.source = NULL;
	return m.own[m.own_sent++ % OWN_SIZE];
}

static char take_guest(struct console *c)
{
	char byte = c->kept[c->sent++ % CONSOLE_KEPT];

	m.source = c;
	if (c->refused && console_room(c) >= ROOM_WORTH_TELLING)
		m.room_has_come = true;
	return byte;
}

static void begin_line(struct console *c)
{
	const char *end = end_open_line();

	snprintf(m.label, sizeof(m.label), "%s%s%c ", end, c->name, c->cut ? '>' : '|');
	m.label_sent = 0;
	m.source = m.line = m.last_line = c;
	m.line_is_whole = has_whole_line(c);
	m.line_length = 0;
	c->cut = false;
}

/* The limit: what follows is a line of its own, marked as the rest of this one. */
static void cut_line(struct console *c)
{
	strlcpy(m.label, "\n", sizeof(m.label));
	m.label_sent = 0;
	c->cut = true;
	m.line = NULL;
}

static char take_merged(struct console *c)
{
	char byte = take_guest(c);

	if (byte == '\n') {
		c->lines--;
		c->hurry = false;
		m.line = NULL;
	} else if (++m.line_length >= MERGED_LINE_MAX && !is_within_character(c)) {
		cut_line(c);
	}
	return byte;
}

/* A terminal wants a carriage return before each newline; a guest's own terminal driver sends it. */
static char add_return(char byte)
{
	bool raw = m.source && m.source->raw && !m.merged;

	m.newline_is_due = byte == '\n' && m.last != '\r' && !raw;
	return m.newline_is_due ? '\r' : byte;
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
		*byte = m.merged ? take_merged(c) : take_guest(c);
		return true;
	default:
		return false;
	}
}

bool multiplexer_next(char *byte)
{
	if (m.newline_is_due) {
		m.newline_is_due = false;
		*byte = '\n';
	} else if (take(byte)) {
		*byte = add_return(*byte);
	} else {
		return false;
	}
	m.last = *byte;
	return true;
}

bool multiplexer_room_has_come(void)
{
	return m.room_has_come;
}

void multiplexer_tell_room(void)
{
	m.room_has_come = false;
	for (struct console *c = m.first; c; c = c->next)
		if (c->refused && console_room(c) >= ROOM_WORTH_TELLING) {
			c->refused = false;
			if (c->has_room)
				c->has_room(c->owner);
		}
}
