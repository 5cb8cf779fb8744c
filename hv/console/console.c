/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 1. The list of consoles
 * 2. Writing to a console
 * 3. Room for more
 */
#include "hv/console/console.h"

#include "arch/x86/timer.h"
#include "hv/console/multiplexer.h"
#include "hv/hypercalls.h"
#include "lib/min_max.h"
#include "lib/panic.h"
#include "lib/string.h"

#define DELETE '\x7F'
#define CONTROL_BIT 0x40 /* makes a printable character of a control character */
#define C1_LAST 0x9Fu /* control characters of ECMA-48, 5.3, as ISO 10646 has them: 0x80 to 0x9F */
#define C1_FIRST 0x80u
#define REPLACEMENT '?'

/* A guest that waits for room is told only when there is this much room, so that it gets one event
 * and not one for every few bytes. */
#define ROOM_EVENT_MIN (CONSOLE_KEPT / 4)

/* A console that comes to front shows at most so many bytes of its earlier output again. */
#define CONTEXT_SIZE 1024u

struct console_list console_list;

/* -- 1. The list of consoles ------------------------------------------------------------------- */

void consoles_init(bool merged)
{
	console_list = (struct console_list){.merged = merged};
}

void console_open(struct console *c, const char *name)
{
	struct console **last = &console_list.first;

	memset(c, 0,
	       offsetof(struct console, kept)); /* the rest is not read before it is written */
	c->name = name;
	while (*last)
		last = &(*last)->next;
	*last = c;
	if (console_list.first == c)
		console_list.front = c;
}

void console_close(struct console *c)
{
	struct console **link = &console_list.first;

	while (*link && *link != c)
		link = &(*link)->next;
	if (*link)
		*link = c->next;
	if (console_list.front == c)
		console_list.front = console_list.first;
	multiplexer_forget(c);
}

struct console *console_at(u32 n)
{
	struct console *c = console_list.first;

	while (c && n--)
		c = c->next;
	return c;
}

struct console *console_front(void)
{
	return console_list.front;
}

/* Goes back to the beginning of a line, if it is still in the buffer. */
static void rewind(struct console *c)
{
	u64 context = min_u64(c->written, CONTEXT_SIZE);

	for (u64 i = c->written - context; i < c->sent; i++)
		if (i == 0 || c->kept[(i - 1) % CONSOLE_KEPT] == '\n') {
			c->sent = i;
			return;
		}
}

void console_set_front(struct console *c)
{
	if (console_list.front && console_list.front->wants_room)
		console_list.room_is_due = true; /* it is not shown any more, so it has room */
	console_list.front = c;
	if (c && !console_list.merged)
		rewind(c);
}

void console_listen(struct console *c, void *owner, void (*has_room)(void *owner),
		    bool (*input)(void *owner, char byte))
{
	c->owner = owner;
	c->has_room = has_room;
	c->input = input;
}

bool console_is_out(struct console *c)
{
	if (!console_is_shown(c) || !console_list.front || !console_unsent(c))
		return true;
	console_show_partial(c);
	return false;
}

void console_show_partial(struct console *c)
{
	c->show_partial = true;
}

/* -- 2. Writing to a console ------------------------------------------------------------------- */

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

/* In merged mode no guest may move the cursor to another guest's line: carriage returns are
 * dropped, other control characters are shown as ^X. Terminals also execute the bytes 0x80 to 0x9F,
 * alone or as UTF-8, as control characters: these and malformed UTF-8 are replaced, and characters
 * are kept only as a whole. */
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
		keep_merged(c, byte); /* the byte begins a character, so this recurses only once */
	}
}

/* The buffer of a console that is not shown holds its last bytes; earlier ones are overwritten. */
static void skip_overwritten(struct console *c)
{
	if (console_unsent(c) <= CONSOLE_KEPT)
		return;
	c->overwritten += console_unsent(c) - CONSOLE_KEPT;
	c->sent = c->written - CONSOLE_KEPT;
}

void console_copy_history(struct console *c, const struct console *from)
{
	memcpy(c->kept, from->kept, min_u64(from->written, CONSOLE_KEPT));
	c->written = c->sent = from->written;
	c->overwritten = from->overwritten;
	c->utf8 = from->utf8;
	c->last_write = from->last_write;
}

u32 console_last_output(const struct console *c, char *to, u32 most)
{
	u32 size = (u32)min_u64(c->written, min_u32(most, CONSOLE_KEPT));
	u32 at = (u32)(c->written - size) % CONSOLE_KEPT, first = min_u32(size, CONSOLE_KEPT - at);

	memcpy(to, c->kept + at, first);
	memcpy(to + first, c->kept, size - first);
	return size;
}

void console_set_history(struct console *c, const char *bytes, u32 size)
{
	c->written = c->sent = min_u32(size, CONSOLE_KEPT);
	memcpy(c->kept, bytes, c->written);
	if (console_list.front == c && !console_list.merged)
		rewind(c);
}

/* The longest beginning of the text that ends with `byte`, after one of `length` bytes (Knuth, Morris and
 * Pratt, 1977). */
static u32 extend(const struct console *c, const char *text, u32 length, char byte)
{
	while (length && text[length] != byte)
		length = c->borders[length];
	return length + (text[length] == byte);
}

void console_await(struct console *c, const char *text, void (*found)(void *owner), void *owner)
{
	ASSERT(*text && strlen(text) <= AWAITED_MAX);
	c->borders[0] = c->borders[1] = 0;
	for (u32 n = 1; text[n]; n++)
		c->borders[n + 1] = extend(c, text, c->borders[n], text[n]);
	c->matched = 0;
	c->found = found;
	c->found_owner = owner;
	c->awaited = text;
}

static void look_for_awaited(struct console *c, char byte)
{
	c->matched = extend(c, c->awaited, c->matched, byte);
	if (c->awaited[c->matched])
		return;
	c->awaited = NULL;
	c->found(c->found_owner);
}

u32 console_keep(struct console *c, const char *bytes, u32 size)
{
	u32 taken = min_u32(size, console_room(c));

	for (u32 i = 0; i < taken; i++) {
		if (c->awaited)
			look_for_awaited(c, bytes[i]);
		if (console_list.merged)
			keep_merged(c, bytes[i]);
		else
			keep(c, bytes[i]);
	}
	if (!console_is_shown(c))
		skip_overwritten(c);
	c->wants_room = console_room(c) < NOTIFY_PRINT_MAX;
	if (console_list.merged)
		c->last_write = timer_now();
	return taken;
}

/* -- 3. Room for more -------------------------------------------------------------------------- */

/* In merged mode a byte may become two (^X), and the bytes of an incomplete character need room
 * later. */
u32 console_room(const struct console *c)
{
	if (!console_is_shown(c))
		return CONSOLE_KEPT;
	if (console_list.merged)
		return (CONSOLE_KEPT - console_unsent(c) - utf8_pending(&c->utf8)) / 2;
	return CONSOLE_KEPT - console_unsent(c);
}

static bool has_room_event(const struct console *c)
{
	return c->wants_room && console_room(c) >= ROOM_EVENT_MIN;
}

void console_room_grows(struct console *c)
{
	if (has_room_event(c))
		console_list.room_is_due = true;
}

void console_tell_room(void)
{
	console_list.room_is_due = false;
	for (struct console *c = console_list.first; c; c = c->next)
		if (has_room_event(c)) {
			c->wants_room = false;
			if (c->has_room)
				c->has_room(c->owner);
		}
}
