/* SPDX-License-Identifier: GPL-2.0-or-later */
/* National Semiconductor PC16550D (and the older 8250 and 16450), polled. */
#include "arch/x86/serial.h"

#include "arch/x86/io.h"

#define COM1 0x3F8
#define DATA (COM1 + 0)             /* divisor low while DLAB is set */
#define INTERRUPT_ENABLE (COM1 + 1) /* divisor high while DLAB is set */
#define FIFO_CONTROL (COM1 + 2)
#define LINE_CONTROL (COM1 + 3)
#define MODEM_CONTROL (COM1 + 4)
#define LINE_STATUS (COM1 + 5)
#define SCRATCH (COM1 + 7)

#define LINE_8N1 0x03
#define LINE_DLAB 0x80
#define FIFO_ENABLE_CLEAR 0x07
#define MODEM_DTR_RTS_OUT2 0x0B
#define STATUS_TRANSMITTER_EMPTY 0x20
#define DIVISOR_115200 1

/* Each read of a port takes about a microsecond on a PC; a character takes 87 at 115200 baud. */
#define TRANSMIT_PATIENCE 100000

static bool present;

/* Keeps a value in the scratch register if there is a chip at all; an empty port reads 0xFF. */
static bool uart_answers(void)
{
	outb(SCRATCH, 0x5A);
	if (inb(SCRATCH) != 0x5A)
		return inb(LINE_STATUS) != 0xFF; /* an 8250 has no scratch register */
	return true;
}

bool serial_init(void)
{
	present = uart_answers();
	if (!present)
		return false;
	outb(INTERRUPT_ENABLE, 0);
	outb(LINE_CONTROL, LINE_DLAB | LINE_8N1);
	outb(DATA, DIVISOR_115200);
	outb(INTERRUPT_ENABLE, 0);
	outb(LINE_CONTROL, LINE_8N1);
	outb(FIFO_CONTROL, FIFO_ENABLE_CLEAR);
	outb(MODEM_CONTROL, MODEM_DTR_RTS_OUT2);
	return true;
}

void serial_put(char c)
{
	if (!present)
		return;
	for (u32 i = 0; i < TRANSMIT_PATIENCE; i++)
		if (inb(LINE_STATUS) & STATUS_TRANSMITTER_EMPTY) {
			outb(DATA, c);
			return;
		}
	present = false; /* whatever answered, it does not transmit */
}
