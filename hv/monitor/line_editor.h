/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Edits one line on a VT100 terminal: keys in, text out, nothing else is touched.
 *
 *	printable                insert at the cursor       Backspace, Ctrl-H   delete before it
 *	Left Right, Ctrl-B -F    move the cursor            Delete, Ctrl-D      delete at it
 *	Home End, Ctrl-A -E      to the line's ends         Ctrl-U, -K, -W      cut before, after, a word
 *	Up Down, Ctrl-P -N       earlier and later lines    Tab                 complete a word
 *	Ctrl-L                   draw the line again        Ctrl-C              give the line up
 *
 * A line and its prompt never fill the last of 80 columns, so a terminal never wraps it.
 */
#ifndef HV_LINE_EDITOR_H
#define HV_LINE_EDITOR_H

#include "lib/types.h"

#define LINE_SIZE 72u    /* with its NUL */
#define LINE_HISTORY 16u /* lines that are kept */

struct line_editor_output {
	const char *prompt; /* 7 characters at most */
	void (*print)(const char *text);
	/* Candidate `n` for word number `word` (0: the first) of `line`; NULL: there are no more. */
	const char *(*candidate)(const char *line, u32 word, u32 n);
};

enum key_state { KEY_PLAIN, KEY_ESCAPE, KEY_SEQUENCE, KEY_SHIFTED };

struct line_editor {
	const struct line_editor_output *out;
	char line[LINE_SIZE]; /* always ended with a NUL */
	u32 length, cursor;   /* cursor <= length < LINE_SIZE */
	enum key_state state; /* inside an escape sequence? */
	u32 parameter;        /* its number */
	bool carriage_return; /* was the last key: a newline after it is not another one */
	char history[LINE_HISTORY][LINE_SIZE];
	u32 kept;              /* lines in the history, the newest first */
	u32 shown;             /* 0: the line being written, else history[shown - 1] */
	char draft[LINE_SIZE]; /* the line being written, while another one is shown */
};

/* An empty history; `out` stays in use. */
void line_editor_init(struct line_editor *e, const struct line_editor_output *out);

/* Prompts for a new line. */
void line_editor_start(struct line_editor *e);

/* Draws it again, after something else was printed. */
void line_editor_draw(struct line_editor *e);

/* One byte from the keyboard. True if it ended the line: e->line then has it, until the next start.
 * (A line that was given up is an empty one.) */
bool line_editor_input(struct line_editor *e, char c);

#endif
