// SPDX-License-Identifier: GPL-2.0-or-later
/* The UART's registers after start-up, from every state of LCR, whose DLAB bit selects registers.
 * */
#include "tests/unit/native.h"

#include "arch/x86/host_windows.h"
#include "arch/x86/io.h"
#include "arch/x86/serial.h"

#define COM1 0x3F8
#define REGISTERS 8
#define LINE_CONTROL 3
#define LINE_DLAB 0x80
#define REASON_16550A 0xC1 /* nothing to tell, FIFOs on */
#define STATUS_EMPTY 0x60

/* A 16550A (PC16550D, "Registers"): with DLAB on, the first two are the divisor. */
static struct {
	u8 registers[REGISTERS];
	u8 divisor[2];
} uart;

void outb(u16 port, u8 value)
{
	u16 at = port - COM1;

	assert_true(at < REGISTERS);
	if (at < 2 && (uart.registers[LINE_CONTROL] & LINE_DLAB))
		uart.divisor[at] = value;
	else
		uart.registers[at] = value;
}

u8 inb(u16 port)
{
	u16 at = port - COM1;

	assert_true(at < REGISTERS);
	if (at < 2 && (uart.registers[LINE_CONTROL] & LINE_DLAB))
		return uart.divisor[at];
	if (at == 2)
		return REASON_16550A;
	return at == 5 ? STATUS_EMPTY : uart.registers[at];
}

static const struct serial_place com1 = {SERIAL_PORTS, COM1, 1, 1, 4, 115200, 1843200};

/* Memory as a UART: its registers keep what is written. */
static u32 page[FRAME_SIZE / sizeof(u32)];

volatile u32 *host_map_device(pfn_t frame)
{
	return pfn_value(frame) == 0xFE034 ? page : NULL;
}

static void test_every_register_is_set_from_every_state(void **state)
{
	(void)state;
	for (u32 line_control = 0; line_control <= 0xFF; line_control++) {
		for (u32 i = 0; i < REGISTERS; i++)
			uart.registers[i] = 0xFF;
		uart.divisor[0] = uart.divisor[1] = 0xFF;
		uart.registers[LINE_CONTROL] = line_control;
		assert_true(serial_init(&com1));
		assert_int_equal(uart.registers[1], 0);    /* no interrupt */
		assert_int_equal(uart.registers[2], 0x07); /* FIFOs on and empty */
		assert_int_equal(uart.registers[3], 0x03); /* 8N1, no break, DLAB off */
		assert_int_equal(uart.registers[4], 0x0B); /* DTR, RTS, OUT2, no loop back */
		assert_int_equal(uart.divisor[0], 1);
		assert_int_equal(uart.divisor[1], 0);
		assert_int_equal(serial_fifo(), 16);
	}
}

static void test_interrupts_are_what_is_asked_for(void **state)
{
	(void)state;
	assert_true(serial_init(&com1));
	serial_interrupt_when(true, false);
	assert_int_equal(uart.registers[1], 0x01);
	serial_interrupt_when(false, true);
	assert_int_equal(uart.registers[1], 0x02);
	serial_interrupt_when(false, false);
	assert_int_equal(uart.registers[1], 0);
}

static void assert_divisor(u32 baud, u32 clock, u32 divisor)
{
	struct serial_place place = com1;

	place.baud = baud;
	place.clock = clock;
	uart.divisor[0] = uart.divisor[1] = 0xEE;
	assert_true(serial_init(&place));
	assert_int_equal(uart.divisor[0] | uart.divisor[1] << 8, divisor);
}

static void test_divisor_is_the_nearest(void **state)
{
	(void)state;
	assert_divisor(9600, 1843200, 12);
	assert_divisor(300, 1843200, 384);
	assert_divisor(56000, 1843200, 2);
	assert_divisor(115200, 48000000, 26);
	assert_divisor(115200, 1, 1);
	assert_divisor(1, 1843200, 0xFFFF);
	assert_divisor(SERIAL_BAUD_KEPT, 1843200, 0xEEEE);
}

static void test_uart_in_memory_is_used_by_stride_and_width(void **state)
{
	struct serial_place place = {SERIAL_MEMORY, 0xFE034080, 4, 4, SERIAL_NO_IRQ, 9600, 1843200};

	(void)state;
	assert_true(serial_init(&place));
	assert_int_equal(page[0x80 / 4 + 3], 0x03);
	assert_int_equal(page[0x80 / 4 + 4], 0x0B);
	assert_int_equal(serial_fifo(), 1);
	serial_interrupt_when(true, true);
	assert_int_equal(page[0x80 / 4 + 1], 0); /* polled: no interrupt */
	place.base += 0x80;
	place.stride = place.width = 1;
	assert_true(serial_init(&place));
	serial_send('x');
	assert_int_equal(((u8 *)page)[0x100], 'x');
	assert_int_equal(((u8 *)page)[0x104], 0x0B);
	place.base = 0xFE035000;
	assert_false(serial_init(&place)); /* no window is left */
}

static void test_received_bytes_are_taken_one_by_one(void **state)
{
	struct serial_place place = {SERIAL_MEMORY, 0xFE034000, 4, 4, SERIAL_NO_IRQ, 9600, 1843200};
	char byte = 0;

	(void)state;
	assert_true(serial_init(&place));
	page[0] = 'k';
	page[5] = 0x61;
	assert_true(serial_receive(&byte));
	assert_int_equal(byte, 'k');
	page[5] = 0x60;
	assert_false(serial_receive(&byte));
	page[5] = 0xFF; /* the card is gone */
	assert_false(serial_receive(&byte));
	page[2] = 0x04;
	assert_true(serial_has_reason());
	page[2] = 0x01;
	assert_false(serial_has_reason());
	assert_int_equal(serial_irq(), SERIAL_NO_IRQ);
}

static void test_waiting_ends(void **state)
{
	struct serial_place place = {SERIAL_MEMORY, 0xFE034000, 4, 4, SERIAL_NO_IRQ, 9600, 1843200};

	(void)state;
	page[5] = 0;
	assert_true(serial_init(&place));
	assert_false(serial_wait());
	page[5] = 0x20;
	assert_true(serial_wait());
	page[5] = 0xFF; /* the card is gone */
	assert_false(serial_wait());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_register_is_set_from_every_state),
	    cmocka_unit_test(test_interrupts_are_what_is_asked_for),
	    cmocka_unit_test(test_divisor_is_the_nearest),
	    cmocka_unit_test(test_uart_in_memory_is_used_by_stride_and_width),
	    cmocka_unit_test(test_received_bytes_are_taken_one_by_one),
	    cmocka_unit_test(test_waiting_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
