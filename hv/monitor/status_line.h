/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The status line of the PC's screen: guest in front, load, number of living guests. */
#ifndef HV_STATUS_LINE_H
#define HV_STATUS_LINE_H

#include "lib/types.h"

/* Writes the status line, of up to `width` characters and a NUL, into `text`. */
void status_line(char *text, u32 width);

#endif
