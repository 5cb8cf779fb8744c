/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hypervisor's own text on the console. say() is declared in hv/base/log.h, for all rooms
 * below. */
#ifndef HV_CONSOLE_TEXT_H
#define HV_CONSOLE_TEXT_H

#include "lib/types.h"

/* Prints formatted text as it is, without "umbra: " and without a copy in the log. For the
 * monitor. */
void console_print(const char *text, ...) PRINTF_LIKE(1, 2);

/* The number of bytes that console_print takes without waiting for the line. */
u32 console_print_room(void);

/* A panic begins: from now on say() writes directly to the devices, since the state of the console
 * may be damaged. */
void console_panic(void);

/* The panic's own lines are complete: sends the output that had not been sent before it. */
void console_panic_ends(void);

#endif
