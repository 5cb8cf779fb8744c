/* SPDX-License-Identifier: GPL-2.0-or-later */
/* National Semiconductor PC16550D, "Registers" and "FIFO interrupt mode operation". */
#include "arch/x86/serial.h"

#include "arch/x86/host_windows.h"
#include "arch/x86/io.h"

/* Register numbers. */
#define DATA 0             /* divisor low while DLAB is set */
#define INTERRUPT_ENABLE 1 /* divisor high while DLAB is set */
#define INTERRUPT_REASON 2 /* read */
#define FIFO_CONTROL 2     /* written */
#define LINE_CONTROL 3
#define MODEM_CONTROL 4
#define LINE_STATUS 5
#define SCRATCH 7
#define REGISTERS 8u

#define LINE_8N1 0x03
#define LINE_DLAB 0x80
#define INTERRUPT_RECEIVED 0x01
#define INTERRUPT_READY 0x02
#define FIFO_ENABLE_CLEAR 0x07 /* and a received byte interrupts at once */
#define FIFO_OFF 0x00
#define REASON_NONE 0x01
#define REASON_FIFOS 0xC0 /* both bits: a 16550A. One alone: a 16550, whose FIFOs lose bytes */
#define MODEM_ZEROES 0xE0
#define MODEM_DTR_RTS_OUT2 0x0B /* OUT2 lets the interrupt through to the PC */
#define STATUS_RECEIVED 0x01
#define STATUS_READY 0x20
#define STATUS_FIFO_ERROR 0x80 /* 0 without FIFOs */
#define NO_UART 0xFF
#define LOOKS_8250 100000u /* 0.1 s on a PC; a byte at 300 baud takes 33 ms */
#define FIFO_SIZE 16
#define CLOCKS_A_BIT 16u
#define DIVISOR_MAX 0xFFFFu
#define PORT_MOST 0xFFFFu

static struct {
	struct serial_place place;
	volatile u8 *memory; /* the first register; NULL: they are ports */
	u32 fifo;            /* bytes */
} uart = {.fifo = 1};

/* -- Registers -- */

static u8 get(u32 number)
{
	u32 offset = number * uart.place.stride;

	if (!uart.memory)
		return inb(uart.place.base + offset);
	if (uart.place.width == sizeof(u32))
		return (u8) * (volatile u32 *)(uart.memory + offset);
	return uart.memory[offset];
}

static void set(u32 number, u8 value)
{
	u32 offset = number * uart.place.stride;

	if (!uart.memory)
		outb(uart.place.base + offset, value);
	else if (uart.place.width == sizeof(u32))
		*(volatile u32 *)(uart.memory + offset) = value;
	else
		uart.memory[offset] = value;
}

static bool is_usable(const struct serial_place *place)
{
	u32 size = place->stride * REGISTERS, most = PORT_MOST + 1 - size, at = place->base;

	if ((place->stride != 1 && place->stride != 2 && place->stride != 4) ||
	    place->baud > SERIAL_BAUD_MOST)
		return false;
	if (place->space == SERIAL_PORTS)
		return place->width == 1 && at && at <= most;
	return (place->width == 1 || (place->width == 4 && place->stride == 4)) &&
	       at % place->width == 0 && (at & FRAME_OFFSET_MASK) <= FRAME_SIZE - size;
}

/* Makes get() and set() reach this UART. */
static bool reach(const struct serial_place *place)
{
	volatile u8 *page;

	if (!is_usable(place))
		return false;
	uart.place = *place;
	uart.memory = NULL;
	if (place->space == SERIAL_PORTS)
		return true;
	page = (volatile u8 *)host_map_device(paddr_frame(to_paddr(place->base)));
	uart.memory = page ? page + (place->base & FRAME_OFFSET_MASK) : NULL;
	return page;
}

/* -- Start -- */

/* An 8250 has no scratch register, but bits that are always 0, and becomes ready to send when it has
 * sent what it was given before. None was ever a device in memory. */
static bool is_8250(void)
{
	if (uart.memory || get(MODEM_CONTROL) & MODEM_ZEROES)
		return false;
	for (u32 i = 0; i < LOOKS_8250; i++) {
		u8 status = get(LINE_STATUS);

		if (status & STATUS_FIFO_ERROR)
			return false;
		if (status & STATUS_READY)
			return true;
	}
	return false;
}

/* True if there is a UART: its scratch register keeps a value. */
static bool uart_answers(void)
{
	if (get(LINE_STATUS) == NO_UART && get(INTERRUPT_REASON) == NO_UART)
		return false;
	set(SCRATCH, 0x5A);
	return get(SCRATCH) == 0x5A || is_8250();
}

bool serial_answers(const struct serial_place *place)
{
	return reach(place) && uart_answers();
}

static u32 divisor(void)
{
	u32 bits = uart.place.baud * CLOCKS_A_BIT;
	u32 nearest = (uart.place.clock + bits / 2) / bits;

	if (!nearest)
		return 1;
	return nearest < DIVISOR_MAX ? nearest : DIVISOR_MAX;
}

static void set_baud(void)
{
	if (uart.place.baud == SERIAL_BAUD_KEPT)
		return;
	set(LINE_CONTROL, LINE_DLAB | LINE_8N1);
	set(DATA, divisor() & 0xFF);
	set(INTERRUPT_ENABLE, divisor() >> 8);
	set(LINE_CONTROL, LINE_8N1);
}

static void start_fifos(void)
{
	set(FIFO_CONTROL, FIFO_ENABLE_CLEAR);
	uart.fifo = (get(INTERRUPT_REASON) & REASON_FIFOS) == REASON_FIFOS ? FIFO_SIZE : 1;
	if (uart.fifo == 1)
		set(FIFO_CONTROL, FIFO_OFF);
}

bool serial_init(const struct serial_place *place)
{
	if (!serial_answers(place))
		return false;
	set(LINE_CONTROL, LINE_8N1); /* with DLAB on, two registers would be others */
	set(INTERRUPT_ENABLE, 0);
	set_baud();
	start_fifos();
	set(MODEM_CONTROL, MODEM_DTR_RTS_OUT2); /* no loop back */
	return true;
}

/* -- Use -- */

bool serial_is_at(u32 port)
{
	return uart.place.space == SERIAL_PORTS && uart.place.base == port;
}

u32 serial_irq(void)
{
	return uart.place.irq;
}

u32 serial_fifo(void)
{
	return uart.fifo;
}

static u8 line_status(void)
{
	u8 status = get(LINE_STATUS);

	return status == NO_UART ? 0 : status;
}

bool serial_is_ready(void)
{
	return line_status() & STATUS_READY;
}

void serial_send(char c)
{
	set(DATA, c);
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
	if (uart.place.irq != SERIAL_NO_IRQ)
		set(INTERRUPT_ENABLE,
		    (received ? INTERRUPT_RECEIVED : 0) | (ready ? INTERRUPT_READY : 0));
}

bool serial_has_reason(void)
{
	return !(get(INTERRUPT_REASON) & REASON_NONE);
}

bool serial_receive(char *byte)
{
	if (!(line_status() & STATUS_RECEIVED))
		return false;
	*byte = get(DATA);
	return true;
}
