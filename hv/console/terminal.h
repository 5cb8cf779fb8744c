/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a VT100 would show, as characters and colours in ordinary memory: for programs that move the
 * cursor about (shells, vi, top). Understood, with the standards' names (ECMA-48; DEC VT100 and VT220
 * user guides; DEC STD 070):
 *
 *	CUU CUD CUF CUB CNL CPL CHA HPA VPA CUP HVP        where the cursor is
 *	HT HTS TBC                                         tab stops
 *	ED EL ICH DCH ECH IL DL SU SD DECSTBM IND RI NEL   erase, insert, delete, scroll
 *	SGR                                                colours, bold, reverse
 *	DECSC DECRC SCOSC SCORC RIS                        save, reset
 *	DECTCEM DECAWM DECOM IRM                           hide the cursor, wrap, origin, insert
 *	SCS SO SI                                          ASCII, UK and line drawing, in G0 and G1
 *
 * Everything else leaves no trace on the screen: sequences with any intermediate characters, strings
 * (DCS, OSC, SOS, PM, APC) up to ST, controls without a function here. Text is UTF-8, and so are the
 * C1 control characters (U+0080 to U+009F); the card's font has no more than ASCII and lines, so a
 * character beyond those is a question mark. Nothing here touches hardware.
 *
 * Rows are found through an index, and a blank one has no cells of its own until it is written to: a
 * character writes at most one row, whatever it does to the screen.
 */
#ifndef ARCH_X86_TERMINAL_H
#define ARCH_X86_TERMINAL_H

#include "lib/types.h"
#include "lib/utf8.h"

#define TERMINAL_COLUMNS 80u
#define TERMINAL_ROWS 24u
#define TERMINAL_PARAMETERS 16u

enum terminal_state {
	TERMINAL_TEXT,
	TERMINAL_ESCAPE,           /* after ESC, and intermediate characters */
	TERMINAL_SEQUENCE,         /* after CSI */
	TERMINAL_OPERATING_SYSTEM, /* after OSC: the string's first character */
	TERMINAL_STRING,           /* in a string, up to ST */
	TERMINAL_PALETTE,          /* after OSC P: colour digits */
};

enum terminal_charset {
	TERMINAL_ASCII,
	TERMINAL_UK,
	TERMINAL_GRAPHICS, /* DEC's special graphics: lines */
};

/* SGR's settings. Colours are ANSI's: 0 to 7, and 8 more for the bright ones. */
struct terminal_style {
	u8 foreground, background;
	bool bold, reverse;
};

/* SCS and SO, SI: what G0 and G1 are, and which of them is in use. */
struct terminal_charsets {
	u8 set[2]; /* enum terminal_charset */
	u8 active;
};

/* What DECSC saves (VT220 programmer reference, 4.6). */
struct terminal_cursor {
	u32 row, column;
	bool wraps;
	bool origin;
	struct terminal_style style;
	struct terminal_charsets charsets;
};

/* What a program has set, and the sequence that it is in the middle of. */
struct terminal_modes {
	struct terminal_style style;
	struct terminal_charsets charsets;
	struct terminal_cursor saved;
	u32 top, bottom; /* the rows that scroll: top to bottom - 1 */
	u32 tab_stops[(TERMINAL_COLUMNS + 31) / 32];
	bool hidden; /* the cursor */
	bool no_wrap;
	bool origin; /* rows are counted from `top`, and the cursor stays within the margins */
	bool insert;
	enum terminal_state state;
	struct utf8 utf8;

	/* An escape or control sequence. Parameters beyond the last one that counts come into one more. */
	u32 parameter[TERMINAL_PARAMETERS + 1], parameters;
	char intermediate;     /* of an escape sequence; 0: none */
	bool has_begun;        /* something has followed CSI */
	bool private_sequence; /* CSI ? */
	bool subparameters;    /* it has a colon */
	bool bad_sequence;     /* with something we do not know */
	bool bell_ends;        /* the string is OSC's, which BEL ends too */
	u8 digits;             /* of a palette entry: still to come */
};

/* Where a row's cells are. A blank row has none: each of its cells is `blank`. */
struct terminal_row {
	u8 place;
	bool is_blank;
	u16 blank;
};

struct terminal {
	/* As VGA has them: attribute and character. */
	u16 cells[TERMINAL_ROWS * TERMINAL_COLUMNS] ALIGNED(4);
	struct terminal_row rows[TERMINAL_ROWS];
	u32 changed;     /* a bit for each row, until someone clears it */
	u32 row, column; /* of the cursor */
	bool wraps;      /* the last column is written: the next character starts a line */
	struct terminal_modes modes;
};

/* A blank screen, the cursor in its corner. `t` needs no contents. */
void terminal_init(struct terminal *t);

/* One byte of output. */
void terminal_put(struct terminal *t, char c);

/* The TERMINAL_COLUMNS cells of a row, to look at until the next byte. */
const u16 *terminal_row(struct terminal *t, u32 row);

/* Plain text from here, in the middle of what one program writes; and on with that. */
void terminal_interrupt(struct terminal *t, struct terminal_modes *kept);
void terminal_resume(struct terminal *t, const struct terminal_modes *kept);

/* Plain text on a line of its own, below what stands on the screen: for another program's output. */
void terminal_take_over(struct terminal *t);

#endif
