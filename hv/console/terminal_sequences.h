/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The functions of escape and control sequences. terminal.c finds the sequences and calls these. */
#ifndef HV_TERMINAL_SEQUENCES_H
#define HV_TERMINAL_SEQUENCES_H

#include "hv/console/terminal.h"

/* -- terminal_sequences.c ---------------------------------------------------------------------- */

/* The control sequence in t->modes is complete: does it. */
void terminal_end_sequence(struct terminal *t, char final);

/* HT: to the next tab stop; to the last column if there is none. */
void terminal_tab(struct terminal *t);

/* -- terminal_modes.c -------------------------------------------------------------------------- */

void terminal_reset_modes(struct terminal *t);

/* SCS: G0 (intermediate character '(') or G1 (')') becomes the set named by `final`. */
void terminal_designate(struct terminal *t, char intermediate, char final);

/* The card's character for a character of the set in use. */
u8 terminal_glyph(const struct terminal *t, u8 character);

/* SGR, SM, RM, DECSET, DECRST, with the parameters in t->modes. */
void terminal_select_rendition(struct terminal *t);
void terminal_set_mode(struct terminal *t, bool on);
void terminal_set_private_mode(struct terminal *t, bool on);

void terminal_save_cursor(struct terminal *t);
void terminal_restore_cursor(struct terminal *t);

/* To row `row` and column `column`, from 0; with DECOM on, counted from the top margin. */
void terminal_move_to(struct terminal *t, u32 row, u32 column);

#endif
