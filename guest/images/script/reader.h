/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads lines into steps: all lines of a file before the first step is executed, or one line that
 * was typed.
 */
#ifndef SCRIPT_READER_H
#define SCRIPT_READER_H

#include "guest/images/script/step.h"

/* The lines are typed. An access then needs no expectation, and there is no last line. */
extern bool lines_are_typed;

/* Reads a line. Its mistakes are reported (mistakes(), cursor.h). */
void reader_line(const struct line *line);

/* Reports the mistakes of the whole file; its last line has this number. */
void reader_end(u32 line);

/* The steps that have been read. */
const struct step *reader_steps(u32 *count);
u32 reader_expectations(void);

/* The last line; NULL if the guest is to shut down by itself. */
const char *reader_other_end(void);

/* The reader's state before a line, which a line with a mistake must not change. */
struct reader_mark {
	u32 steps, expectations;
	const struct step *access;
	bool access_judged, has_switched;
};

struct reader_mark reader_mark(void);
void reader_return(const struct reader_mark *mark);

#endif
