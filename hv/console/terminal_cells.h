/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Functions on the cells of a terminal's screen, and on its cursor. For terminal*.c only. */
#ifndef HV_TERMINAL_CELLS_H
#define HV_TERMINAL_CELLS_H

#include "hv/console/terminal.h"

#define ANSI_BLACK 0u
#define ANSI_WHITE 7u
#define ANSI_BRIGHT 8u

/* Blanks all rows, and resets the index. */
void cells_init(struct terminal *t);

/* The cells of a row. A blank row is filled first. */
u16 *cells_row(struct terminal *t, u32 row);

/* Blanks columns `from` to `to` - 1 of a row, in the current background colour. */
void cells_blank(struct terminal *t, u32 row, u32 from, u32 to);

/* Blanks rows `top` to `bottom` - 1; none if top >= bottom. */
void cells_blank_rows(struct terminal *t, u32 top, u32 bottom);

/* True if all characters of a row are blanks, in any colour. */
bool cells_row_is_blank(const struct terminal *t, u32 row);

/* Writes a character at the cursor, in the current style. The cursor does not move. */
void cells_write(struct terminal *t, u8 character);

/* Moves `count` cells of a row, from column `from` to column `to`. */
void cells_move(struct terminal *t, u32 row, u32 to, u32 from, u32 count);

/* Scrolls rows `top` to `bottom` - 1 by `count`: so many rows are lost at one end, blank ones are
 * added at the other. */
void cells_scroll_up(struct terminal *t, u32 top, u32 bottom, u32 count);
void cells_scroll_down(struct terminal *t, u32 top, u32 bottom, u32 count);

/* Moves the cursor; values beyond the screen are limited to the last row and column. */
void cursor_move_to(struct terminal *t, u32 row, u32 column);

/* Moves the cursor one row down or up. At the margin it does not move, and the rows between the
 * margins scroll. */
void cursor_line_down(struct terminal *t);
void cursor_line_up(struct terminal *t);

#endif
