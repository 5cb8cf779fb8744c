/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A VT100's screen: finds text, control characters and escape sequences in a stream of bytes. */
#include "arch/x86/terminal.h"

#include "arch/x86/terminal_cells.h"
#include "arch/x86/terminal_sequences.h"
#include "lib/string.h"

#define ROWS TERMINAL_ROWS
#define COLUMNS TERMINAL_COLUMNS
#define TAB_STOP 8u
#define PARAMETER_MAX 9999u

#define ESCAPE '\x1B'
#define CANCEL '\x18'
#define SUBSTITUTE '\x1A'
#define DELETE 0x7F
#define UTF8_BEGINS 0xC0u /* the first byte of several; the others lie between DELETE and this */

static void put_character(struct terminal *t, u8 character)
{
	if (t->wraps) {
		t->column = 0;
		cursor_line_down(t);
	}
	cells_write(t, character);
	if (t->column + 1 < COLUMNS)
		t->column++;
	else
		t->wraps = !t->modes.no_wrap;
}

/* The card's font is not Unicode: a character of several bytes is one question mark. */
static void put_text(struct terminal *t, u8 c)
{
	if (c >= UTF8_BEGINS)
		put_character(t, '?');
	else if (c >= ' ' && c < DELETE)
		put_character(t, c);
}

static void put_control(struct terminal *t, u8 c)
{
	switch (c) {
	case '\b':
		cursor_move_to(t, t->row, t->column ? t->column - 1 : 0);
		break;
	case '\t':
		cursor_move_to(t, t->row, (t->column / TAB_STOP + 1) * TAB_STOP);
		break;
	case '\n':
	case '\v':
	case '\f':
		cursor_line_down(t);
		break;
	case '\r':
		cursor_move_to(t, t->row, 0);
	}
}

static void begin_sequence(struct terminal *t)
{
	t->modes.state = TERMINAL_SEQUENCE;
	t->modes.private_sequence = t->modes.bad_sequence = false;
	t->modes.parameter[0] = 0;
	t->modes.parameters = 1;
}

static void in_sequence(struct terminal *t, char c)
{
	u32 *last = &t->modes.parameter[t->modes.parameters - 1];

	if (c >= '0' && c <= '9') {
		*last = at_most(*last * 10 + c - '0', PARAMETER_MAX);
	} else if (c == ';' && t->modes.parameters < TERMINAL_PARAMETERS) {
		t->modes.parameter[t->modes.parameters++] = 0;
	} else if (c == '?') {
		t->modes.private_sequence = true;
	} else if (c >= '@' && c <= '~') {
		terminal_end_sequence(t, c);
	} else {
		t->modes.bad_sequence = true;
	}
}

static void after_escape(struct terminal *t, char c)
{
	t->modes.state = TERMINAL_TEXT;
	switch (c) {
	case '[':
		begin_sequence(t);
		break;
	case ']':
	case 'P':
	case '^':
	case '_':
		t->modes.state = TERMINAL_STRING;
		break;
	case '(':
	case ')':
	case '#':
		t->modes.state = TERMINAL_CHARSET;
		break;
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
	case 'M':
		cursor_line_up(t);
		break;
	case 'c':
		terminal_init(t);
	}
}

/* Control characters work within a sequence too, but not within a string, which some of them end.
 * ESC begins another sequence, CAN and SUB give one up. */
static void control(struct terminal *t, char c)
{
	bool string = t->modes.state == TERMINAL_STRING;

	if (c == ESCAPE)
		t->modes.state = TERMINAL_ESCAPE;
	else if (c == CANCEL || c == SUBSTITUTE || (string && (c == '\a' || c == '\n')))
		t->modes.state = TERMINAL_TEXT;
	if (t->modes.state != TERMINAL_STRING)
		put_control(t, c);
}

void terminal_put(struct terminal *t, char c)
{
	if ((u8)c < ' ') {
		control(t, c);
		return;
	}
	switch (t->modes.state) {
	case TERMINAL_TEXT:
		put_text(t, c);
		break;
	case TERMINAL_ESCAPE:
		after_escape(t, c);
		break;
	case TERMINAL_CHARSET:
		t->modes.state = TERMINAL_TEXT;
		break;
	case TERMINAL_SEQUENCE:
		in_sequence(t, c);
		break;
	case TERMINAL_STRING:
		break;
	}
}

void terminal_init(struct terminal *t)
{
	memset(t, 0, sizeof(*t));
	terminal_reset_modes(t);
	for (u32 row = 0; row < ROWS; row++)
		cells_blank(t, row, 0, COLUMNS);
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
