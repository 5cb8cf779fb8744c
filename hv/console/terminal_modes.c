/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The settings of a terminal: colours, modes, character sets, and saving them with the cursor. */
#include "hv/console/terminal_modes.h"

#include "hv/console/terminal_cells.h"
#include "lib/min_max.h"
#include "lib/string.h"

#define ROWS TERMINAL_ROWS
#define TAB_STOPS 0x01010101u /* every eighth column, of 32 */

#define MODE_INSERT 4
#define MODE_ORIGIN 6   /* DECOM */
#define MODE_AUTOWRAP 7 /* DECAWM */
#define MODE_CURSOR 25  /* DECTCEM */

static const struct terminal_style plain = {.foreground = ANSI_WHITE, .background = ANSI_BLACK};

/* -- Colours ----------------------------------------------------------------------------------- */

static void set_colour(struct terminal_style *style, u32 code)
{
	if (code >= 30 && code <= 37)
		style->foreground = code - 30;
	else if (code >= 90 && code <= 97)
		style->foreground = code - 90 + ANSI_BRIGHT;
	else if (code >= 40 && code <= 47)
		style->background = code - 40;
	else if (code >= 100 && code <= 107)
		style->background = code - 100;
	else if (code == 39)
		style->foreground = ANSI_WHITE;
	else if (code == 49)
		style->background = ANSI_BLACK;
}

/*
 * Parameter 38 or 48 is followed by a kind of colour (ITU-T T.416, 13.1.8) and the numbers of this
 * kind. Only the first 16 entries of the palette are supported; other colours are ignored. Returns
 * the number of parameters that follow 38 or 48.
 */
static u32 set_extended_colour(struct terminal *t, u32 i)
{
	static const u8 lengths[] = {1, 1, 4, 4, 5, 2};
	enum { PALETTE = 5 };
	const u32 *parameter = t->modes.parameter + i;
	u32 kind = i + 1 < t->modes.parameters ? parameter[1] : 0;
	u32 base = parameter[0] == 38 ? 30 : 40, colour;

	if (kind == PALETTE && i + 2 < t->modes.parameters && parameter[2] < 16) {
		colour = parameter[2];
		set_colour(&t->modes.style, colour < 8 ? base + colour : base + 60 + colour - 8);
	}
	return kind < ARRAY_SIZE(lengths) ? lengths[kind] : 1;
}

void terminal_select_rendition(struct terminal *t)
{
	struct terminal_style *style = &t->modes.style;

	for (u32 i = 0; i < t->modes.parameters; i++)
		switch (t->modes.parameter[i]) {
		case 0:
			*style = plain;
			break;
		case 1:
			style->bold = true;
			break;
		case 7:
			style->reverse = true;
			break;
		case 22:
			style->bold = false;
			break;
		case 27:
			style->reverse = false;
			break;
		case 38:
		case 48:
			i += set_extended_colour(t, i);
			break;
		default:
			set_colour(style, t->modes.parameter[i]);
		}
}

/* -- Modes ------------------------------------------------------------------------------------- */

void terminal_set_mode(struct terminal *t, bool on)
{
	for (u32 i = 0; i < t->modes.parameters; i++)
		if (t->modes.parameter[i] == MODE_INSERT)
			t->modes.insert = on;
}

static void set_one_private_mode(struct terminal *t, u32 mode, bool on)
{
	switch (mode) {
	case MODE_ORIGIN:
		t->modes.origin = on;
		terminal_move_to(t, 0, 0);
		break;
	case MODE_AUTOWRAP:
		t->modes.no_wrap = !on;
		t->wraps = t->wraps && on;
		break;
	case MODE_CURSOR:
		t->modes.hidden = !on;
	}
}

void terminal_set_private_mode(struct terminal *t, bool on)
{
	for (u32 i = 0; i < t->modes.parameters; i++)
		set_one_private_mode(t, t->modes.parameter[i], on);
}

void terminal_reset_modes(struct terminal *t)
{
	memset(&t->modes, 0, sizeof(t->modes));
	t->modes.bottom = ROWS;
	t->modes.style = t->modes.saved.style = plain;
	for (u32 i = 0; i < ARRAY_SIZE(t->modes.tab_stops); i++)
		t->modes.tab_stops[i] = TAB_STOPS;
}

/* -- Character sets ---------------------------------------------------------------------------- */

void terminal_designate(struct terminal *t, char intermediate, char final)
{
	static const char finals[] = {
	    [TERMINAL_ASCII] = 'B', [TERMINAL_UK] = 'A', [TERMINAL_GRAPHICS] = '0'};

	if (intermediate != '(' && intermediate != ')')
		return;
	for (u32 set = 0; set < sizeof(finals); set++)
		if (finals[set] == final)
			t->modes.charsets.set[intermediate == ')'] = set;
}

/* VT100 user guide, table 3-9, from 5F up, as characters of code page 437, which the card's font
 * has. */
static const u8 graphics[] = {
    ' ',  0x04, 0xB1, '?',
    '?',  '?',  '?',  0xF8, /* blank, diamond, checkerboard, HT FF CR LF, degree */
    0xF1, '?',  '?',  0xD9,
    0xBF, 0xDA, 0xC0, 0xC5, /* plus/minus, NL VT, corners, crossing lines */
    0xC4, 0xC4, 0xC4, 0xC4,
    '_',  0xC3, 0xB4, 0xC1, /* horizontal lines of five heights, tees */
    0xC2, 0xB3, 0xF3, 0xF2,
    0xE3, '?',  0x9C, 0xFA, /* tee, bar, <= >=, pi, not equal, pound, dot */
};

#define GRAPHICS_FIRST 0x5F
#define POUND 0x9C /* in code page 437 */

u8 terminal_glyph(const struct terminal *t, u8 character)
{
	u8 set = t->modes.charsets.set[t->modes.charsets.active];

	if (set == TERMINAL_GRAPHICS && character >= GRAPHICS_FIRST)
		return graphics[character - GRAPHICS_FIRST];
	if (set == TERMINAL_UK && character == '#')
		return POUND;
	return character;
}

/* -- The cursor -------------------------------------------------------------------------------- */

void terminal_move_to(struct terminal *t, u32 row, u32 column)
{
	if (t->modes.origin)
		row = min_u32(t->modes.top + row, t->modes.bottom - 1);
	cursor_move_to(t, row, column);
}

void terminal_save_cursor(struct terminal *t)
{
	t->modes.saved = (struct terminal_cursor){
	    .row = t->row,
	    .column = t->column,
	    .wraps = t->wraps,
	    .origin = t->modes.origin,
	    .style = t->modes.style,
	    .charsets = t->modes.charsets,
	};
}

/* If nothing has been saved, `saved` is the home position with the initial modes. The margins may
 * have changed since it was saved: with origin mode on, the row is limited to them. */
void terminal_restore_cursor(struct terminal *t)
{
	const struct terminal_cursor *saved = &t->modes.saved;
	u32 row = saved->row;

	t->modes.origin = saved->origin;
	if (saved->origin && row < t->modes.top)
		row = t->modes.top;
	if (saved->origin && row >= t->modes.bottom)
		row = t->modes.bottom - 1;
	cursor_move_to(t, row, saved->column);
	t->wraps = saved->wraps;
	t->modes.style = saved->style;
	t->modes.charsets = saved->charsets;
}
