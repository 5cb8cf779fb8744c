/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The console's output on the PC's screen: text of changing sources, and the status line. */
#ifndef HV_CONSOLE_SCREEN_H
#define HV_CONSOLE_SCREEN_H

#include "arch/x86/display.h"

/* Initializes the screen. */
void screen_start(const struct display *display);

/* Sets the function that writes the status line, `width` characters and a NUL, into `text`. */
void console_set_status_line(void (*status_line)(char *text, u32 width));

/* Shows the byte that multiplexer_next gave last. The card is written later: by screen_update or
 * text_screen_show. */
void screen_put(char byte);

/* Writes the status line anew. It becomes visible with the rest of the screen. */
void screen_update_status(u64 now);

/* Writes changes to the card, if the last time was long enough ago. `now` is timer_now(). */
void screen_update(u64 now);

/* The moment at which screen_update has to be called next; TIMER_NEVER: there are no changes. */
u64 screen_deadline(void);

#endif
