/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the bottom line of the PC's screen says. */
#ifndef HV_STATUS_LINE_H
#define HV_STATUS_LINE_H

#include "lib/types.h"

/* Writes the line, `width` characters and a NUL, into `text`. */
void status_line(char *text, u32 width);

#endif
