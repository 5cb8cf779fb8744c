/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Divides a stream of bytes into text, control characters and sequences.
 *
 *	byte -> UTF-8 -> control character   executed at once, even within a sequence; ESC, CAN, SUB
 *	                                     and the C1 characters also end a sequence or string
 *	              -> other character     belongs to text, an escape sequence, a control sequence
 *	                                     or a string, by the state
 *
 * Escape sequences are ECMA-35's: ESC, intermediate characters (2/0 to 2/15), a final (3/0 to
 * 7/14). Control sequences are ECMA-48's: CSI, parameters (3/0 to 3/15), intermediates, a final
 * (4/0 to 7/14).
 */
#include "hv/console/terminal.h"

#include "hv/console/terminal_cells.h"
#include "hv/console/terminal_modes.h"
#include "hv/console/terminal_sequences.h"
#include "lib/min_max.h"
#include "lib/string.h"

#define ROWS TERMINAL_ROWS
#define COLUMNS TERMINAL_COLUMNS
#define PARAMETER_MAX 9999u
#define SUBPARAMETERS UINT32_MAX /* value of a parameter with sub-parameters: not supported */
#define PALETTE_DIGITS 7u

#define ESCAPE 0x1B
#define CANCEL 0x18
#define SUBSTITUTE 0x1A
#define SHIFT_OUT 0x0E
#define SHIFT_IN 0x0F
#define DELETE 0x7F
#define C1_FIRST 0x80u
#define C1_LAST 0x9Fu
#define C1_TO_FINAL 0x40u /* C1 characters are ESC and a final between 4/0 and 5/15 */

#define REPLACEMENT_CHARACTER 0xFFFDu
#define NOT_IN_FONT '?'

#define WORD_BITS 32u

/* -- Text and control characters --------------------------------------------------------------- */

static void put_character(struct terminal *t, u8 character)
{
	if (t->wraps) {
		t->column = 0;
		cursor_line_down(t);
	}
	if (t->modes.insert)
		cells_move(t, t->row, t->column + 1, t->column, COLUMNS - t->column - 1);
	cells_write(t, character);
	if (t->column + 1 < COLUMNS)
		t->column++;
	else
		t->wraps = !t->modes.no_wrap;
}

static void put_control(struct terminal *t, u8 c)
{
	switch (c) {
	case '\b':
		cursor_move_to(t, t->row, t->column ? t->column - 1 : 0);
		break;
	case '\t':
		terminal_tab(t);
		break;
	case '\n':
	case '\v':
	case '\f':
		cursor_line_down(t);
		break;
	case '\r':
		cursor_move_to(t, t->row, 0);
		break;
	case SHIFT_OUT:
	case SHIFT_IN:
		t->modes.charsets.active = c == SHIFT_OUT;
	}
}

/* -- Strings ----------------------------------------------------------------------------------- */

static void begin_string(struct terminal *t, bool operating_system)
{
	t->modes.state = operating_system ? TERMINAL_OPERATING_SYSTEM : TERMINAL_STRING;
	t->modes.bell_ends = operating_system;
}

/* The first character of an OSC. Linux's console has two OSCs without ST (console_codes(4)), which
 * programs send where TERM=linux: OSC R resets the palette, OSC P and seven digits set an entry. */
static void begin_osc(struct terminal *t, u32 c)
{
	t->modes.state = TERMINAL_STRING;
	if (c == 'R')
		t->modes.state = TERMINAL_TEXT;
	if (c == 'P')
		t->modes.state = TERMINAL_PALETTE;
	t->modes.digits = PALETTE_DIGITS;
}

static bool is_in_string(const struct terminal *t)
{
	return t->modes.state >= TERMINAL_OPERATING_SYSTEM;
}

/* -- Control sequences ------------------------------------------------------------------------- */

static void begin_sequence(struct terminal *t)
{
	struct terminal_modes *modes = &t->modes;

	modes->state = TERMINAL_SEQUENCE;
	modes->has_begun = modes->private_sequence = false;
	modes->subparameters = modes->bad_sequence = false;
	modes->parameter[0] = 0;
	modes->parameters = 1;
}

static void in_parameters(struct terminal *t, u8 c)
{
	struct terminal_modes *modes = &t->modes;
	u32 *last = &modes->parameter[modes->parameters - 1];

	if (c == ';') {
		modes->parameters = min_u32(modes->parameters + 1, TERMINAL_PARAMETERS + 1);
		modes->parameter[modes->parameters - 1] = 0;
	} else if (c == ':') {
		modes->subparameters = true;
		*last = SUBPARAMETERS;
	} else if (*last != SUBPARAMETERS) {
		*last = min_u32(*last * 10 + c - '0', PARAMETER_MAX);
	}
}

/* A first character of 3/12 to 3/15 makes the sequence private. Of these only '?' is supported, and
 * no function with an intermediate character is. */
static void in_sequence(struct terminal *t, u32 c)
{
	struct terminal_modes *modes = &t->modes;

	if (c >= '@' && c <= '~')
		terminal_end_sequence(t, c);
	else if (c == '?' && !modes->has_begun)
		modes->private_sequence = true;
	else if (c >= '0' && c <= ';')
		in_parameters(t, c);
	else
		modes->bad_sequence = true;
	modes->has_begun = true;
}

/* -- Escape sequences -------------------------------------------------------------------------- */

static void begin_escape(struct terminal *t)
{
	t->modes.state = TERMINAL_ESCAPE;
	t->modes.intermediate = 0;
}

/* The escape sequences that begin a control sequence or a string; false if this is none. */
static bool introduce(struct terminal *t, char final)
{
	switch (final) {
	case '[':
		begin_sequence(t);
		return true;
	case 'P':
	case 'X':
	case ']':
	case '^':
	case '_':
		begin_string(t, final == ']');
		return true;
	}
	return false;
}

static void escape_function(struct terminal *t, char final)
{
	switch (final) {
	case '7':
		terminal_save_cursor(t);
		break;
	case '8':
		terminal_restore_cursor(t);
		break;
	case 'E':
		cursor_move_to(t, t->row, 0);
		cursor_line_down(t);
		break;
	case 'D':
		cursor_line_down(t);
		break;
	case 'H':
		t->modes.tab_stops[t->column / WORD_BITS] |= 1u << t->column % WORD_BITS;
		break;
	case 'M':
		cursor_line_up(t);
		break;
	case 'c':
		terminal_init(t);
	}
}

static void end_escape(struct terminal *t, char final)
{
	t->modes.state = TERMINAL_TEXT;
	if (t->modes.intermediate)
		terminal_designate(t, t->modes.intermediate, final);
	else if (!introduce(t, final))
		escape_function(t, final);
}

/* A second intermediate character makes the sequence unknown; a blank stands for it. */
static void in_escape(struct terminal *t, u32 c)
{
	if (c >= ' ' && c <= '/')
		t->modes.intermediate = t->modes.intermediate ? ' ' : c;
	else if (c <= '~')
		end_escape(t, c);
	else
		t->modes.state = TERMINAL_TEXT;
}

/* -- Characters of all kinds ------------------------------------------------------------------- */

/* CAN ends a sequence. SUB ends it too, and shows an error character (VT220 programmer reference,
 * table 2-1). */
static void control(struct terminal *t, u8 c)
{
	bool ends = c == CANCEL || c == SUBSTITUTE;

	if (c == ESCAPE) {
		begin_escape(t);
	} else if (ends || (c == '\a' && is_in_string(t) && t->modes.bell_ends)) {
		t->modes.state = TERMINAL_TEXT;
		if (c == SUBSTITUTE)
			put_character(t, NOT_IN_FONT);
	} else if (!is_in_string(t)) {
		put_control(t, c);
	}
}

static void put_by_state(struct terminal *t, u32 c)
{
	switch (t->modes.state) {
	case TERMINAL_TEXT:
		put_character(t, c < DELETE ? terminal_glyph(t, c) : NOT_IN_FONT);
		break;
	case TERMINAL_ESCAPE:
		in_escape(t, c);
		break;
	case TERMINAL_SEQUENCE:
		in_sequence(t, c);
		break;
	case TERMINAL_OPERATING_SYSTEM:
		begin_osc(t, c);
		break;
	case TERMINAL_PALETTE:
		if (!--t->modes.digits)
			t->modes.state = TERMINAL_TEXT;
		break;
	case TERMINAL_STRING:
		break;
	}
}

static void take(struct terminal *t, u32 c)
{
	if (c < ' ') {
		control(t, c);
	} else if (c >= C1_FIRST && c <= C1_LAST) {
		begin_escape(t);
		end_escape(t, c - C1_TO_FINAL);
	} else if (c != DELETE) {
		put_by_state(t, c);
	}
}

/* ASCII needs no decoding, except within a character of several bytes. */
void terminal_put(struct terminal *t, char c)
{
	if ((u8)c < C1_FIRST && !utf8_pending(&t->modes.utf8)) {
		take(t, c);
		return;
	}
	switch (utf8_take(&t->modes.utf8, c)) {
	case UTF8_MORE:
		break;
	case UTF8_CHARACTER:
		take(t, utf8_value(&t->modes.utf8));
		break;
	case UTF8_MALFORMED:
		take(t, REPLACEMENT_CHARACTER);
		break;
	case UTF8_CUT_SHORT:
		take(t, REPLACEMENT_CHARACTER);
		terminal_put(t, c); /* the byte begins a character, so this recurses only once */
	}
}

/* -- Sources ---------------------------------------------------------------------------------- */

void terminal_init(struct terminal *t)
{
	t->row = t->column = 0;
	t->wraps = false;
	t->changed = 0;
	terminal_reset_modes(t);
	cells_init(t);
}

const u16 *terminal_row(struct terminal *t, u32 row)
{
	return cells_row(t, row);
}

void terminal_interrupt(struct terminal *t, struct terminal_modes *kept)
{
	*kept = t->modes;
	terminal_reset_modes(t);
}

void terminal_resume(struct terminal *t, const struct terminal_modes *kept)
{
	t->modes = *kept;
}

void terminal_take_over(struct terminal *t)
{
	u32 row = ROWS - 1;

	terminal_reset_modes(t);
	while (row > t->row && cells_row_is_blank(t, row))
		row--;
	if (row != t->row || t->column)
		cursor_move_to(t, row, 0);
	if (!cells_row_is_blank(t, t->row))
		cursor_line_down(t);
}
