/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The first serial port: 115200 baud, 8N1. A PC16550D, or an older 8250 or 16450 without its
 * FIFOs. */
#ifndef ARCH_X86_SERIAL_H
#define ARCH_X86_SERIAL_H

#include "lib/types.h"

/* Sets the UART up, its interrupts off; called once. False if there is none. */
bool serial_init(void);

/* True if serial_fifo() bytes can be sent now, since the transmitter is empty. */
bool serial_is_ready(void);
u32 serial_fifo(void);

/* Sends a byte. Only when serial_is_ready. */
void serial_send(char c);

/* The number of polls of a UART that is not ready, before it is regarded as broken: two seconds on
 * a PC. */
#define SERIAL_PATIENCE 2000000u

/* Waits until it is ready. False if it is not within SERIAL_PATIENCE polls. */
bool serial_wait(void);

/* Lets the UART interrupt when a byte has come in, and when it is ready to send. */
void serial_interrupt_when(bool received, bool ready);

/* True while the UART has a reason to interrupt. The handler serves reasons until this is false:
 * the 8259 is edge triggered, so a reason that stays raises no further interrupt. */
bool serial_has_reason(void);

/* Takes a received byte; false if there is none. */
bool serial_receive(char *byte);

#endif
