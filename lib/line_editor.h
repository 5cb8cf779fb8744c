/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Edits one line on a VT100 terminal. Its user calls line_editor_input with each key, and supplies
 * a function that prints text. It uses no devices.
 *
 *	printable               insert at the cursor      Backspace, Ctrl-H   delete before it
 *	Left Right, Ctrl-B -F   move the cursor           Delete, Ctrl-D      delete at it
 *	Home End, Ctrl-A -E     go to the line's ends     Ctrl-U              delete all before it
 *	Up Down, Ctrl-P -N      earlier, later lines      Ctrl-K              delete all behind it
 *	Ctrl-L                  draw the line again       Ctrl-W              delete a word before
 *	Tab                     complete the word         Ctrl-C              discard the line
 *
 * Prompt and line are shorter than 80 columns, so no terminal wraps them.
 */
#ifndef LIB_LINE_EDITOR_H
#define LIB_LINE_EDITOR_H

#include "lib/types.h"

#define LINE_SIZE 72u    /* with its NUL */
#define LINE_HISTORY 16u /* lines in the history */

/* The functions and texts of the user of a line editor. */
struct line_editor_output {
	const char *prompt; /* 7 characters at most */
	void (*print)(const char *text);
	/* Completion: candidate `n` for word number `word` of `line`, both from 0; NULL: there are
	 * no more. */
	const char *(*candidate)(const char *line, u32 word, u32 n);
};

/* The state within an escape sequence. */
enum key_state {
	KEY_PLAIN,    /* outside of a sequence */
	KEY_ESCAPE,   /* after ESC */
	KEY_SEQUENCE, /* after ESC [ */
	KEY_SHIFTED,  /* after ESC O */
};

/* Only line_editor.c writes it; its user may read `line`. */
struct line_editor {
	const struct line_editor_output *out;
	char line[LINE_SIZE]; /* ends with a NUL at all times */
	u32 length, cursor;   /* cursor <= length < LINE_SIZE */
	enum key_state state;
	u32 parameter;        /* the number in the sequence */
	bool carriage_return; /* was the last key: a newline that follows is ignored */
	char history[LINE_HISTORY][LINE_SIZE];
	u32 kept;              /* number of lines in the history; the newest is the first */
	u32 shown;             /* 0: the new line is shown; else history[shown - 1] is */
	char draft[LINE_SIZE]; /* the new line, while one of the history is shown */
};

/* Initializes an editor with an empty history. `out` stays in use. */
void line_editor_init(struct line_editor *e, const struct line_editor_output *out);

/* Begins a new line, and draws it. */
void line_editor_start(struct line_editor *e);

/* Draws prompt and line, after other text has been printed. */
void line_editor_draw(struct line_editor *e);

/* Processes a byte from the keyboard. True if it ended the line: e->line holds the line until the
 * next line_editor_start. A line that was discarded is empty. */
bool line_editor_input(struct line_editor *e, char c);

#endif
