/* SPDX-License-Identifier: GPL-2.0-or-later */
/* National Semiconductor PC16550D, "Registers" and "FIFO interrupt mode operation". */
#include "arch/x86/serial.h"

#include "arch/x86/io.h"

#define COM1 0x3F8
#define DATA (COM1 + 0)             /* divisor low while DLAB is set */
#define INTERRUPT_ENABLE (COM1 + 1) /* divisor high while DLAB is set */
#define INTERRUPT_REASON (COM1 + 2) /* read */
#define FIFO_CONTROL (COM1 + 2)     /* written */
#define LINE_CONTROL (COM1 + 3)
#define MODEM_CONTROL (COM1 + 4)
#define LINE_STATUS (COM1 + 5)
#define SCRATCH (COM1 + 7)

#define LINE_8N1 0x03
#define LINE_DLAB 0x80
#define INTERRUPT_RECEIVED 0x01
#define INTERRUPT_READY 0x02
#define FIFO_ENABLE_CLEAR 0x07 /* and a received byte interrupts at once */
#define FIFO_OFF 0x00
#define REASON_NONE 0x01
#define REASON_FIFOS 0xC0 /* both bits: a 16550A. One alone: a 16550, whose FIFOs lose bytes */
#define MODEM_DTR_RTS_OUT2 0x0B /* OUT2 lets the interrupt through to the PC */
#define STATUS_RECEIVED 0x01
#define STATUS_READY 0x20
#define NO_UART 0xFF
#define DIVISOR_115200 1
#define FIFO_SIZE 16

static u32 fifo = 1;

/* True if there is a UART. Its scratch register keeps a value; an empty port reads 0xFF. */
static bool uart_answers(void)
{
	outb(SCRATCH, 0x5A);
	if (inb(SCRATCH) != 0x5A)
		return inb(LINE_STATUS) != NO_UART; /* an 8250 has no scratch register */
	return true;
}

static void start_fifos(void)
{
	outb(FIFO_CONTROL, FIFO_ENABLE_CLEAR);
	if ((inb(INTERRUPT_REASON) & REASON_FIFOS) == REASON_FIFOS)
		fifo = FIFO_SIZE;
	else
		outb(FIFO_CONTROL, FIFO_OFF);
}

bool serial_init(void)
{
	if (!uart_answers())
		return false;
	outb(LINE_CONTROL, LINE_8N1); /* with DLAB on, two registers would be others */
	outb(INTERRUPT_ENABLE, 0);
	outb(LINE_CONTROL, LINE_DLAB | LINE_8N1);
	outb(DATA, DIVISOR_115200);
	outb(INTERRUPT_ENABLE, 0); /* the divisor's high byte */
	outb(LINE_CONTROL, LINE_8N1);
	start_fifos();
	outb(MODEM_CONTROL, MODEM_DTR_RTS_OUT2); /* no loop back */
	return true;
}

u32 serial_fifo(void)
{
	return fifo;
}

static u8 line_status(void)
{
	u8 status = inb(LINE_STATUS);

	return status == NO_UART ? 0 : status;
}

bool serial_is_ready(void)
{
	return line_status() & STATUS_READY;
}

void serial_send(char c)
{
	outb(DATA, c);
}

bool serial_wait(void)
{
	/* A read of a port takes about a microsecond on a PC, and a full FIFO takes 1.4
	 * milliseconds to send. An emulated port may have to wait for the program that reads it. */
	for (u32 i = 0; i < SERIAL_PATIENCE; i++)
		if (serial_is_ready())
			return true;
	return false;
}

void serial_interrupt_when(bool received, bool ready)
{
	outb(INTERRUPT_ENABLE, (received ? INTERRUPT_RECEIVED : 0) | (ready ? INTERRUPT_READY : 0));
}

bool serial_has_reason(void)
{
	return !(inb(INTERRUPT_REASON) & REASON_NONE);
}

bool serial_receive(char *byte)
{
	if (!(line_status() & STATUS_RECEIVED))
		return false;
	*byte = inb(DATA);
	return true;
}
