/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The PC's own screen: 24 rows that behave like a VT100 (terminal.h), and a status line below them.
 * All functions except text_screen_init and text_screen_show* write to a copy in memory only.
 */
#ifndef HV_TEXT_SCREEN_H
#define HV_TEXT_SCREEN_H

#include "arch/x86/display.h"
#include "lib/types.h"

/* Initializes the display, and shows a blank screen. */
void text_screen_init(const struct display *display);

/* Writes one byte of output: a character, or a part of a sequence. */
void text_screen_put(char c);

/* Own text begins within a guest's output: saves the guest's modes and sets the initial ones. */
void text_screen_interrupt(void);

/* Own text ends: restores the guest's modes. */
void text_screen_resume(void);

/* Text of another source begins: sets the initial modes, on a new line below all text. */
void text_screen_take_over(void);

/* Sets the status line. It is cut after DISPLAY_COLUMNS characters. */
void text_screen_status(const char *text);

/* True if the display does not show the present contents and cursor. */
bool text_screen_has_changed(void);

/* Shows all changes. A framebuffer needs up to some million instructions for it. */
void text_screen_show(void);

/* Shows changes until the stretch is spent. */
void text_screen_show_part(void);

/* True if that was before all rows were shown that had changed when the first part began. */
bool text_screen_is_partly_shown(void);

#endif
