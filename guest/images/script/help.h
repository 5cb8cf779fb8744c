/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command help. */
#ifndef SCRIPT_HELP_H
#define SCRIPT_HELP_H

#include "guest/images/script/text.h"

/* Prints all rows, or those of the line's second word. */
void help(const struct line *line);

#endif
