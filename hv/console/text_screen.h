/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The PC's own screen: 24 rows that behave like a VT100 (terminal.h), and a status line below them.
 * All functions except text_screen_show and text_screen_init write to a copy in memory only.
 */
#ifndef HV_TEXT_SCREEN_H
#define HV_TEXT_SCREEN_H

#include "arch/x86/vga.h"
#include "lib/types.h"

/* Initializes the card, and shows a blank screen. */
void text_screen_init(void);

/* Writes one byte of output: a character, or a part of a sequence. */
void text_screen_put(char c);

/* Own text begins within a guest's output: saves the guest's modes and sets the initial ones. */
void text_screen_interrupt(void);

/* Own text ends: restores the guest's modes. */
void text_screen_resume(void);

/* Text of another source begins: sets the initial modes, on a new line below all text. */
void text_screen_take_over(void);

/* Sets the status line. It is cut after VGA_COLUMNS characters. */
void text_screen_status(const char *text);

/* True if the card does not show the present contents and cursor. */
bool text_screen_has_changed(void);

/* Writes the changed rows and the cursor to the card. */
void text_screen_show(void);

#endif
