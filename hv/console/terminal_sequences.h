/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The functions of control sequences. terminal.c finds the sequences and calls these. */
#ifndef HV_TERMINAL_SEQUENCES_H
#define HV_TERMINAL_SEQUENCES_H

#include "hv/console/terminal.h"

/* Executes the control sequence in t->modes, which `final` completes. */
void terminal_end_sequence(struct terminal *t, char final);

/* HT: moves the cursor to the next tab stop; to the last column if there is none. */
void terminal_tab(struct terminal *t);

#endif
