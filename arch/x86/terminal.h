/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a VT100 would show, as characters and colours in ordinary memory: for programs that move the
 * cursor about (shells, vi, top). Understood, with the standards' names (ECMA-48; DEC VT100 user
 * guide, chapter 3):
 *
 *	CUU CUD CUF CUB CNL CPL CHA VPA CUP HVP       where the cursor is
 *	ED EL ICH DCH ECH IL DL SU SD DECSTBM IND RI NEL   erase, insert, delete, scroll
 *	SGR                                            colours, bold, reverse
 *	DECSC DECRC SCOSC SCORC RIS DECTCEM DECAWM     save, reset, hide the cursor, wrap
 *
 * Everything else is left out without a trace on the screen. Nothing here touches hardware.
 */
#ifndef ARCH_X86_TERMINAL_H
#define ARCH_X86_TERMINAL_H

#include "lib/types.h"

#define TERMINAL_COLUMNS 80u
#define TERMINAL_ROWS 24u
#define TERMINAL_PARAMETERS 8u

enum terminal_state {
	TERMINAL_TEXT,
	TERMINAL_ESCAPE,   /* after ESC */
	TERMINAL_CHARSET,  /* after ESC ( and its like: one more character */
	TERMINAL_SEQUENCE, /* after ESC [ */
	TERMINAL_STRING,   /* after ESC ] and its like, up to BEL, ESC or the end of the line */
};

/* SGR's settings. Colours are ANSI's: 0 to 7, and 8 more for the bright ones. */
struct terminal_style {
	u8 foreground, background;
	bool bold, reverse;
};

struct terminal_cursor {
	u32 row, column;
	bool wraps; /* the last column is written: the next character starts a line */
	struct terminal_style style;
};

/* What a program has set, and the sequence that it is in the middle of. */
struct terminal_modes {
	struct terminal_style style;
	struct terminal_cursor saved;
	u32 top, bottom; /* the rows that scroll: top to bottom - 1 */
	bool hidden;     /* the cursor */
	bool no_wrap;
	enum terminal_state state;
	bool private_sequence; /* ESC [ ? */
	bool bad_sequence;     /* with something we do not know */
	u32 parameter[TERMINAL_PARAMETERS], parameters;
};

struct terminal {
	u16 cells[TERMINAL_ROWS * TERMINAL_COLUMNS]; /* as VGA has them: attribute and character */
	u32 changed;     /* a bit for each row, until someone clears it */
	u32 row, column; /* of the cursor */
	bool wraps;
	struct terminal_modes modes;
};

/* A blank screen, the cursor in its corner. */
void terminal_init(struct terminal *t);

/* One byte of output. */
void terminal_put(struct terminal *t, char c);

/* Plain text from here, in the middle of what one program writes; and on with that. */
void terminal_interrupt(struct terminal *t, struct terminal_modes *kept);
void terminal_resume(struct terminal *t, const struct terminal_modes *kept);

/* Plain text on a line of its own, below what stands on the screen: for somebody else's output. */
void terminal_take_over(struct terminal *t);

#endif
