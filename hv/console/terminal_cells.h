/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The characters on a terminal's screen: written, blanked, moved, scrolled; and its cursor. For
 * terminal.c and terminal_sequences.c. */
#ifndef ARCH_X86_TERMINAL_CELLS_H
#define ARCH_X86_TERMINAL_CELLS_H

#include "hv/console/terminal.h"

#define ANSI_BLACK 0u
#define ANSI_WHITE 7u
#define ANSI_BRIGHT 8u

/* Every row blank and in its place. */
void cells_init(struct terminal *t);

/* Columns `from` to `to` - 1 of a row become blank, in the present background. */
void cells_blank(struct terminal *t, u32 row, u32 from, u32 to);

/* Rows `top` to `bottom` - 1 become blank; with top >= bottom, none. */
void cells_blank_rows(struct terminal *t, u32 top, u32 bottom);
bool cells_row_is_blank(const struct terminal *t, u32 row);

/* A character at the cursor, in the present style; the cursor stays. */
void cells_write(struct terminal *t, u8 character);

/* `count` cells of a row, from one column to another. */
void cells_move(struct terminal *t, u32 row, u32 to, u32 from, u32 count);

/* `count` rows leave `top` to `bottom` - 1, blank ones come in. */
void cells_scroll_up(struct terminal *t, u32 top, u32 bottom, u32 count);
void cells_scroll_down(struct terminal *t, u32 top, u32 bottom, u32 count);

/* The cursor stays on the screen, whatever is asked for. */
void cursor_move_to(struct terminal *t, u32 row, u32 column);

/* One row down or up; at the end of the rows that scroll, these do. */
void cursor_line_down(struct terminal *t);
void cursor_line_up(struct terminal *t);

#endif
