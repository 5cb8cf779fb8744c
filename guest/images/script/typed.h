/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lines that have been typed and taken, oldest first. The prompt and its worker each have a
 * copy: the worker's steps point into the text of its own.
 */
#ifndef SCRIPT_TYPED_H
#define SCRIPT_TYPED_H

#include "lib/line_editor.h"

#define TYPED_MAX 256u
#define EXPECTED_SIZE 56 /* bytes of what `save` prints behind `expect` */

struct typed {
	char text[LINE_SIZE];
	/* The line's access has done this, which the line does not say, or not rightly. Of another
	 * line: not empty if its expectation did not hold. */
	char expected[EXPECTED_SIZE];
};
_Static_assert(sizeof(struct typed) == 128, "a whole number of them in a page");

/* Allocates room for all of them. Once, before a clone is made: then a page that a line names has
 * the same address in each worker. */
void typed_init(void);

/* Line `index`, from 0, below TYPED_MAX. */
struct typed *typed_line(u32 index);

#endif
