// SPDX-License-Identifier: GPL-2.0-or-later
/* The UART's registers after start-up, from every state of LCR, whose DLAB bit selects registers.
 * */
#include "tests/unit/native.h"

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

static void test_every_register_is_set_from_every_state(void **state)
{
	(void)state;
	for (u32 line_control = 0; line_control <= 0xFF; line_control++) {
		for (u32 i = 0; i < REGISTERS; i++)
			uart.registers[i] = 0xFF;
		uart.divisor[0] = uart.divisor[1] = 0xFF;
		uart.registers[LINE_CONTROL] = line_control;
		assert_true(serial_init());
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
	assert_true(serial_init());
	serial_interrupt_when(true, false);
	assert_int_equal(uart.registers[1], 0x01);
	serial_interrupt_when(false, true);
	assert_int_equal(uart.registers[1], 0x02);
	serial_interrupt_when(false, false);
	assert_int_equal(uart.registers[1], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_register_is_set_from_every_state),
	    cmocka_unit_test(test_interrupts_are_what_is_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
