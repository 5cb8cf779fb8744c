/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The first serial port: 115200 baud, 8N1. */
#ifndef ARCH_X86_SERIAL_H
#define ARCH_X86_SERIAL_H

#include "lib/types.h"

/* False if no UART answers: then serial_put does nothing. */
bool serial_init(void);

/* Waits for room in the transmitter, then sends. Gives a dead line up after a bounded time, for good. */
void serial_put(char c);

#endif
