/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Emulates a VT100's screen, as characters and colours in ordinary memory, for programs that move
 * the cursor (shells, vi, top). Supported functions, with the standards' names (ECMA-48; DEC VT100
 * and VT220 user guides; DEC STD 070):
 *
 *	CUU CUD CUF CUB CNL CPL CHA HPA VPA CUP HVP        move the cursor
 *	HT HTS TBC                                         tab stops
 *	ED EL ICH DCH ECH IL DL SU SD DECSTBM IND RI NEL   erase, insert, delete, scroll
 *	SGR                                                colours, bold, reverse
 *	DECSC DECRC SCOSC SCORC RIS                        save, reset
 *	DECTCEM DECAWM DECOM IRM                           hide the cursor, wrap, origin, insert
 *	SCS SO SI                                          ASCII, UK and line drawing, in G0 and G1
 *
 * Everything else is ignored: control sequences with intermediate characters, strings (DCS, OSC,
 * SOS, PM, APC) up to ST, other control characters. Text is UTF-8, and so are the C1 control
 * characters (U+0080 to U+009F). The card's font has ASCII and line graphics only: any other
 * character is shown as a question mark.
 *
 * An index leads to the rows, and a blank row has no cells until it is written to. So a byte of
 * output writes at most one row of cells, even if it scrolls or erases the screen. Only terminal*.c
 * write the structures below.
 */
#ifndef HV_TERMINAL_H
#define HV_TERMINAL_H

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

/* SCS sets G0 and G1; SO and SI select one of them. */
struct terminal_charsets {
	u8 set[2]; /* enum terminal_charset */
	u8 active;
};

/* The state that DECSC saves (VT220 programmer reference, 4.6). */
struct terminal_cursor {
	u32 row, column;
	bool wraps;
	bool origin;
	struct terminal_style style;
	struct terminal_charsets charsets;
};

/* The settings of a program, and the state of an incomplete sequence. */
struct terminal_modes {
	struct terminal_style style;
	struct terminal_charsets charsets;
	struct terminal_cursor saved;
	u32 top, bottom; /* the rows that scroll: top to bottom - 1 */
	u32 tab_stops[(TERMINAL_COLUMNS + 31) / 32];
	bool hidden;  /* the cursor is */
	bool no_wrap; /* DECAWM is off */
	bool origin;  /* rows are counted from `top`, and the cursor stays within the margins */
	bool insert;  /* IRM: characters are inserted, others move to the right */
	enum terminal_state state;
	struct utf8 utf8;

	/* An escape or control sequence. Excess parameters are all written to the last element. */
	u32 parameter[TERMINAL_PARAMETERS + 1], parameters;
	char intermediate;     /* of an escape sequence; 0: none */
	bool has_begun;        /* a character has followed CSI */
	bool private_sequence; /* CSI ? */
	bool subparameters;    /* a parameter has a colon */
	bool bad_sequence;     /* it has a character that makes it unknown */
	bool bell_ends;        /* the string is an OSC, which BEL ends like ST */
	u8 digits;             /* number of digits of a palette entry that are still to come */
};

/* A row of the screen. */
struct terminal_row {
	u8 place;      /* its cells begin at cells[place * TERMINAL_COLUMNS] */
	bool is_blank; /* the cells are not valid: each of them counts as `blank` */
	u16 blank;
};

struct terminal {
	/* In VGA's format: attribute and character. */
	u16 cells[TERMINAL_ROWS * TERMINAL_COLUMNS] ALIGNED(4);
	struct terminal_row rows[TERMINAL_ROWS];
	u32 changed;     /* bit n: row n has changed; text_screen.c clears it */
	u32 row, column; /* of the cursor */
	bool wraps;      /* the last column is written: the next character begins a new line */
	struct terminal_modes modes;
};

/* Initializes a terminal: a blank screen, the cursor in the upper left corner. */
void terminal_init(struct terminal *t);

/* Processes one byte of output. */
void terminal_put(struct terminal *t, char c);

/* The TERMINAL_COLUMNS cells of a row. They are valid until the next terminal_put. */
const u16 *terminal_row(struct terminal *t, u32 row);

/* Text of another source begins within a program's output: saves the program's modes, sets the
 * initial ones. */
void terminal_interrupt(struct terminal *t, struct terminal_modes *kept);

/* That text has ended: restores the modes. */
void terminal_resume(struct terminal *t, const struct terminal_modes *kept);

/* The output of another program begins: sets the initial modes, on a new line below all text on the
 * screen. */
void terminal_take_over(struct terminal *t);

#endif
