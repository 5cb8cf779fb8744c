/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where text goes: the serial line, the PC's screen, or both. */
#ifndef HV_CONSOLE_H
#define HV_CONSOLE_H

#include "lib/types.h"

/* `line` is the hypervisor's command line: console=serial, vga or both (the default). Returns
 * false if the word is another one; then it is both. */
bool console_init(const char *line);

/* A line of the hypervisor's own: "umbra: ", the text, a newline. */
void say(const char *text, ...) PRINTF_LIKE(1, 2);

/* A guest's output, passed through as it is. */
void console_guest_text(const char *text);

#endif
