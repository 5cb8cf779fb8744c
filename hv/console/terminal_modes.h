/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The settings of a terminal. For terminal.c and terminal_sequences.c. */
#ifndef HV_TERMINAL_MODES_H
#define HV_TERMINAL_MODES_H

#include "hv/console/terminal.h"

/* Sets the initial modes. */
void terminal_reset_modes(struct terminal *t);

/* SCS: G0 (intermediate character '(') or G1 (')') becomes the set named by `final`. */
void terminal_designate(struct terminal *t, char intermediate, char final);

/* The card's character for a character of the set in use. */
u8 terminal_glyph(const struct terminal *t, u8 character);

/* SGR, SM and RM, DECSET and DECRST, with the parameters in t->modes. */
void terminal_select_rendition(struct terminal *t);
void terminal_set_mode(struct terminal *t, bool on);
void terminal_set_private_mode(struct terminal *t, bool on);

/* DECSC and DECRC. */
void terminal_save_cursor(struct terminal *t);
void terminal_restore_cursor(struct terminal *t);

/* Moves the cursor to a row and column, from 0; with DECOM on, the row counts from the top
 * margin. */
void terminal_move_to(struct terminal *t, u32 row, u32 column);

#endif
