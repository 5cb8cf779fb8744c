/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Streams of bytes, and the screen that each leaves according to the manuals. */
#ifndef TESTS_UNIT_TERMINAL_CORPUS_H
#define TESTS_UNIT_TERMINAL_CORPUS_H

#include "lib/types.h"

/*
 * Rows and columns count from 1, as in the manuals. `screen` is "ROW,COLUMN:TEXT" for each piece of text,
 * a newline between them; all other cells are blank. `attributes` is the same with two hexadecimal
 * digits for each cell, as VGA has it; all others are 07. NULL: all are.
 */
struct terminal_case {
	const char *manual;
	const char *bytes;
	u32 size;
	const char *screen;
	const char *attributes;
	u8 row, column; /* of the cursor */
};

extern const struct terminal_case terminal_corpus[];
extern const u32 terminal_corpus_size;

#endif
