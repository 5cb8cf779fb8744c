/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The serial port of the console, 8N1: a PC16550D, or an older 8250 or 16450 without its FIFOs.
 * serial_find.h finds it. */
#ifndef ARCH_X86_SERIAL_H
#define ARCH_X86_SERIAL_H

#include "lib/types.h"

enum serial_space { SERIAL_PORTS, SERIAL_MEMORY };

#define SERIAL_NO_IRQ 0u /* line 0 is the timer's */
#define SERIAL_BAUD_DEFAULT 115200u
#define SERIAL_BAUD_MOST 4000000u
#define SERIAL_BAUD_KEPT 0u /* the divisor stays as the firmware has set it */
#define SERIAL_CLOCK_DEFAULT 1843200u

/* Where a UART is, and how it is used. */
struct serial_place {
	enum serial_space space;
	u32 base;   /* I/O port, or physical address */
	u32 stride; /* bytes from one register to the next: 1, 2 or 4 */
	u32 width;  /* bytes of an access: 1, or in memory also 4 */
	u32 irq;    /* line of a PC (irq.h); SERIAL_NO_IRQ: the UART is polled */
	u32 baud;   /* at most SERIAL_BAUD_MOST, or SERIAL_BAUD_KEPT */
	u32 clock;  /* Hz of the UART's input, 16 times its highest baud rate */
};

/* True if a UART answers there; writes nothing if all registers read 0xFF. Memory is mapped by
 * host_map_device, and stays mapped. False also if `place` cannot be used: registers on two pages, a stride
 * below the width. */
bool serial_answers(const struct serial_place *place);

/* Sets the UART up, its interrupts off, and uses it from now on. False if none answers. */
bool serial_init(const struct serial_place *place);

/* True if the UART in use has its registers at this I/O port. */
bool serial_is_at(u32 port);

/* The line that the UART interrupts by, or SERIAL_NO_IRQ. */
u32 serial_irq(void);

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

/* Lets the UART interrupt when a byte has come in, and when it is ready to send. Without an IRQ it
 * never does. */
void serial_interrupt_when(bool received, bool ready);

/* True while the UART has a reason to interrupt. The handler serves reasons until this is false:
 * the 8259 is edge triggered, so a reason that stays raises no further interrupt. */
bool serial_has_reason(void);

/* Takes a received byte; false if there is none. */
bool serial_receive(char *byte);

#endif
