/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Completion: which words may stand at a place in a line. */
#ifndef SCRIPT_COMPLETE_H
#define SCRIPT_COMPLETE_H

#include "lib/types.h"

/* Candidate `n` for word number `word` of the line, both from 0; NULL: there are no more. */
const char *complete_candidate(const char *line, u32 word, u32 n);

/* The lines that have been taken have changed: finds their names. */
void complete_update(void);

#endif
