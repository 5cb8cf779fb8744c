/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The PC's screen: whose text it shows, when it is drawn, what its bottom line says. */
#ifndef HV_CONSOLE_SCREEN_H
#define HV_CONSOLE_SCREEN_H

#include "lib/types.h"

void screen_start(void);

/* The byte that multiplexer_next gave last. It is drawn by screen_update, or text_screen_show. */
void screen_put(char byte);

/* The status line as it is now, to be drawn with the rest. */
void screen_update_status(u64 now);

/* Draws what has changed if the last time was long enough ago; not later than screen_deadline() says
 * it should be called again. */
void screen_update(u64 now);
u64 screen_deadline(void);

#endif
