/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The PC's own screen: 24 rows that behave like a VT100, and a status line below them. */
#ifndef HV_TEXT_SCREEN_H
#define HV_TEXT_SCREEN_H

#include "arch/x86/vga.h"
#include "lib/types.h"

void text_screen_init(void);

/* One byte of output, with the control characters and sequences of terminal.h. All of these write
 * ordinary memory; text_screen_show makes it visible. */
void text_screen_put(char c);

/* Plain text in between, on from where the other one left off; or below it, for another source. */
void text_screen_interrupt(void);
void text_screen_resume(void);
void text_screen_take_over(void);

/* The status line, cut after VGA_COLUMNS characters. */
void text_screen_status(const char *text);

/* True if text_screen_show has something to draw. */
bool text_screen_has_changed(void);

/* Brings the screen up to date: what has changed, and the cursor. */
void text_screen_show(void);

#endif
