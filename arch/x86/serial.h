/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The first serial port: 115200 baud, 8N1. A PC16550D, or an older 8250 or 16450 without its FIFOs. */
#ifndef ARCH_X86_SERIAL_H
#define ARCH_X86_SERIAL_H

#include "lib/types.h"

/* False if no UART answers. It begins without interrupts. */
bool serial_init(void);

/* True if serial_fifo() bytes can be sent now: the transmitter has nothing left. */
bool serial_is_ready(void);
u32 serial_fifo(void);

/* Only when serial_is_ready. */
void serial_send(char c);

/* Looks at a UART that is not ready, before it is given up: some two seconds on a PC. */
#define SERIAL_PATIENCE 2000000u

/* Waits until it is ready. False, after about two seconds, if it never was. */
bool serial_wait(void);

/* Lets the UART interrupt when a byte has come in, and when it is ready to send. */
void serial_interrupt_when(bool received, bool ready);

/* True while the UART has something to tell: to be asked until it is false, since the interrupt
 * controller sees only the moment when a first reason comes up. */
bool serial_has_reason(void);

/* A byte that came in; false if there is none. */
bool serial_receive(char *byte);

/* How often the UART had no room for what came in. */
u32 serial_overruns(void);

#endif
