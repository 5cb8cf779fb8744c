// SPDX-License-Identifier: GPL-2.0-or-later
/* The search for the serial port: ACPI's tables, good and bad, COM ports, a PCI configuration space. */
#include "tests/unit/native.h"

#include <string.h>

#include "arch/x86/acpi_tables.h"
#include "arch/x86/io.h"
#include "arch/x86/pci.h"
#include "arch/x86/serial_find.h"

#define COM1 0x3F8
#define COM2 0x2F8
#define COM3 0x3E8
#define COM4 0x2E8

/* -- UARTs at ports -- */

#define REGISTERS 8
#define SCRATCH 7
#define LINE_STATUS 5
#define UARTS_MAX 4

static struct port_uart {
	u32 base, stride;
	u8 registers[REGISTERS];
	bool has_no_scratch; /* an 8250 */
} uarts[UARTS_MAX];
static u32 writes_elsewhere;

static u8 *port_register(u16 port)
{
	for (u32 i = 0; i < UARTS_MAX; i++) {
		u32 stride = uarts[i].stride, offset = port - uarts[i].base;

		if (uarts[i].base && offset < REGISTERS * stride && offset % stride == 0)
			return &uarts[i].registers[offset / stride];
	}
	return NULL;
}

static void put_uart(u32 base, u32 stride)
{
	u32 i = 0;

	while (uarts[i].base)
		i++;
	uarts[i] = (struct port_uart){.base = base, .stride = stride};
	uarts[i].registers[LINE_STATUS] = 0x60;
}

void outb(u16 port, u8 value)
{
	u8 *at = port_register(port);

	if (at)
		*at = value;
	else
		writes_elsewhere++;
}

u8 inb(u16 port)
{
	const u8 *at = port_register(port);

	for (u32 i = 0; i < UARTS_MAX; i++)
		if (at == &uarts[i].registers[SCRATCH] && uarts[i].has_no_scratch)
			return 0xFF;
	return at ? *at : 0xFF;
}

/* -- Memory: tables below 1 MB, and pages of registers -- */

#define MEMORY 0x100000u
#define RSDP 0xF0000u
#define RSDT 0xE1000u
#define SPCR 0xE2000u
#define DBG2 0xE3000u
#define HEADER 36u
#define DEVICE 0x30u /* where the first device is in DBG2 */
#define DEVICE_SIZE 0x30u
#define RAM 0x1000000u /* 16 MB to 17 MB */
#define MMIO 0xFE034000u
#define PAGES_MAX 8u

static u8 memory[MEMORY];
static u32 pages[PAGES_MAX][FRAME_SIZE / 4];
static u32 page_frames[PAGES_MAX], page_count;
static u32 uart_page; /* the frame where a UART is; the others read all ones */

static bool read_memory(paddr_t from, void *to, u32 size)
{
	u32 at = paddr_value(from);

	if (at >= MEMORY || size > MEMORY - at)
		return false;
	memcpy(to, memory + at, size);
	return true;
}

static bool is_ram(u32 at)
{
	return at >= RAM && at < RAM + MEMORY;
}

volatile u32 *host_map_device(pfn_t frame)
{
	u32 i = 0;

	assert_false(is_ram(pfn_value(frame) << FRAME_SHIFT));
	assert_true(pfn_value(frame) >= MEMORY >> FRAME_SHIFT);
	while (i < page_count && page_frames[i] != pfn_value(frame))
		i++;
	if (i == PAGES_MAX)
		return NULL;
	if (i == page_count) {
		page_frames[page_count++] = pfn_value(frame);
		memset(pages[i], pfn_value(frame) == uart_page ? 0 : 0xFF, FRAME_SIZE);
	}
	return pages[i];
}

static void put(u32 at, u64 value, u32 size)
{
	memcpy(memory + at, &value, size);
}

static void put_generic(u32 at, u8 space, u8 bits, u8 access, u64 address)
{
	put(at, space, 1);
	put(at + 1, bits, 1);
	put(at + 2, 0, 1);
	put(at + 3, access, 1);
	put(at + 4, address, 8);
}

static void put_table(u32 at, const char *signature, u32 length, u8 revision)
{
	memcpy(memory + at, signature, 4);
	put(at + 4, length, 4);
	put(at + 8, revision, 1);
}

static void put_root(void)
{
	u8 sum = 0;

	memcpy(memory + RSDP, "RSD PTR ", 8);
	put(RSDP + 8, 0, 1);
	put(RSDP + 16, RSDT, 4);
	for (u32 i = 0; i < 20; i++)
		sum += memory[RSDP + i];
	memory[RSDP + 8] = -sum;
	put_table(RSDT, "RSDT", HEADER + 8, 1);
	put(RSDT + HEADER, SPCR, 4);
	put(RSDT + HEADER + 4, DBG2, 4);
}

static void put_spcr(u8 type, u8 space, u8 bits, u8 access, u64 address)
{
	put_root();
	put_table(SPCR, "SPCR", 88, 2);
	put(SPCR + 36, type, 1);
	put_generic(SPCR + 40, space, bits, access, address);
	put(SPCR + 58, 7, 1);
}

static void put_device(u32 n, u16 type, u16 subtype, u64 address)
{
	u32 at = DBG2 + DEVICE + n * DEVICE_SIZE;

	put_root();
	put_table(DBG2, "DBG2", DEVICE + (n + 1) * DEVICE_SIZE, 0);
	put(DBG2 + 36, DEVICE, 4);
	put(DBG2 + 40, n + 1, 4);
	put(at + 1, DEVICE_SIZE, 2);
	put(at + 3, 1, 1);
	put(at + 12, type, 2);
	put(at + 14, subtype, 2);
	put(at + 18, 22, 2);
	put_generic(at + 22, 1, 8, 1, address);
}

/* -- PCI -- */

#define CONFIG_ADDRESS 0xCF8
#define CONFIG_DATA 0xCFC
#define FUNCTIONS_MAX 8
#define AT(bus, device, function) ((bus) << 8 | (device) << 3 | (function))

static struct pci_card {
	u32 function;
	u32 registers[64];
} cards[FUNCTIONS_MAX];
static u32 card_count, config_address, config_reads;
static bool has_pci, every_function_is_a_bridge;

static u32 *config_register(void)
{
	static u32 bridge[64];

	if (every_function_is_a_bridge) {
		u32 bus = config_address >> 16 & 0xFF;

		bridge[0] = 0x12378086;
		bridge[3] = 0x00810000;
		bridge[6] = (bus + 1) << 8;
		return &bridge[(config_address & 0xFC) / 4];
	}
	for (u32 i = 0; i < card_count; i++)
		if (cards[i].function == (config_address >> 8 & 0xFFFF))
			return &cards[i].registers[(config_address & 0xFC) / 4];
	return NULL;
}

void outl(u16 port, u32 value)
{
	u32 *at;

	assert_true(port == CONFIG_ADDRESS || port == CONFIG_DATA);
	if (has_pci && port == CONFIG_ADDRESS)
		config_address = value;
	at = config_register();
	if (has_pci && port == CONFIG_DATA) {
		assert_non_null(at);
		*at = value;
	}
}

u32 inl(u16 port)
{
	const u32 *at = config_register();

	if (!has_pci)
		return 0xFFFFFFFF;
	if (port == CONFIG_ADDRESS)
		return config_address;
	assert_int_equal(port, CONFIG_DATA);
	config_reads++;
	return at ? *at : 0xFFFFFFFF;
}

static struct pci_card *put_card(u32 function, u32 class)
{
	struct pci_card *card = &cards[card_count++];

	has_pci = true;
	*card = (struct pci_card){.function = function};
	card->registers[0] = 0x00021B36;
	card->registers[2] = class << 8;
	return card;
}

static void put_bridge(u32 function, u32 secondary)
{
	struct pci_card *card = put_card(function, 0x060400);

	card->registers[3] = 0x00010000;
	card->registers[6] = secondary << 8;
}

static void put_serial_card(u32 function, u32 bar)
{
	put_card(function, 0x070002)->registers[4] = bar;
}

/* -- Tests -- */

static const struct serial_machine machine = {read_memory, is_ram};
static struct serial_wish wish;
static struct serial_place found;

static int start(void **state)
{
	(void)state;
	memset(uarts, 0, sizeof(uarts));
	memset(memory, 0, sizeof(memory));
	writes_elsewhere = page_count = uart_page = card_count = config_reads = 0;
	config_address = 0;
	has_pci = every_function_is_a_bridge = false;
	wish = (struct serial_wish){.kind = SERIAL_ANY, .place = serial_coms[0]};
	return 0;
}

static int stop(void **state)
{
	(void)state;
	assert_int_equal(writes_elsewhere, 0);
	return 0;
}

static void assert_found(enum serial_outcome outcome, u32 base, u32 irq)
{
	memset(&found, 0, sizeof(found));
	assert_int_equal(serial_find(&wish, &machine, &found), outcome);
	assert_int_equal(found.base, base);
	assert_int_equal(found.irq, irq);
}

static void nothing_is_written_where_nothing_answers(void **state)
{
	(void)state;
	assert_found(SERIAL_NONE, 0, 0);
	put_uart(COM1, 1);
	memset(uarts[0].registers, 0xFF, REGISTERS);
	assert_found(SERIAL_NONE, 0, 0);
	assert_true(all_bytes_are(uarts[0].registers, 0xFF, REGISTERS));
}

static void com_ports_are_tried_in_order(void **state)
{
	(void)state;
	put_uart(COM4, 1);
	assert_found(SERIAL_FOUND, COM4, 3);
	put_uart(COM3, 1);
	assert_found(SERIAL_FOUND, COM3, 4);
	put_uart(COM2, 1);
	assert_found(SERIAL_FOUND, COM2, 3);
	put_uart(COM1, 1);
	assert_found(SERIAL_FOUND, COM1, 4);
}

static void uart_without_scratch_register_is_known_by_its_zeroes(void **state)
{
	(void)state;
	put_uart(COM2, 1);
	uarts[0].has_no_scratch = true;
	assert_found(SERIAL_FOUND, COM2, 3);
	uarts[0].registers[4] = 0xFF; /* MCR */
	assert_found(SERIAL_NONE, 0, 0);
	uarts[0].registers[4] = 0;
	uarts[0].registers[LINE_STATUS] = 0; /* all zeroes: another device's, or none */
	assert_found(SERIAL_NONE, 0, 0);
}

static void wish_comes_first(void **state)
{
	(void)state;
	put_uart(COM1, 1);
	put_uart(COM2, 1);
	wish.kind = SERIAL_AT;
	wish.place = serial_coms[1];
	wish.place.baud = 9600;
	assert_found(SERIAL_FOUND, COM2, 3);
	assert_int_equal(found.baud, 9600);
	wish.place = serial_coms[3];
	assert_found(SERIAL_FOUND_ELSEWHERE, COM1, 4);
	wish.kind = SERIAL_OFF;
	assert_found(SERIAL_NONE, 0, 0);
}

static void spcr_at_a_port_is_used(void **state)
{
	/* By the table's code; 0 is as firmware has set it. */
	static const u32 bauds[] = {0, 0, 0, 9600, 19200, 0, 57600, 115200, 0};

	(void)state;
	put_uart(COM1, 1);
	put_uart(COM2, 1);
	put_spcr(0, 1, 8, 1, COM2);
	for (u32 code = 0; code < ARRAY_SIZE(bauds); code++) {
		put(SPCR + 58, code, 1);
		assert_found(SERIAL_FOUND, COM2, 3);
		assert_int_equal(found.baud, bauds[code]);
	}
	put_uart(0x1000, 4);
	put_spcr(0x12, 1, 32, 1, 0x1000);
	assert_found(SERIAL_FOUND, 0x1000, SERIAL_NO_IRQ);
	assert_int_equal(found.stride, 4);
}

static void spcr_in_memory_is_used(void **state)
{
	(void)state;
	uart_page = MMIO >> FRAME_SHIFT;
	put_spcr(0, 0, 32, 3, MMIO + 0x40);
	assert_found(SERIAL_FOUND, MMIO + 0x40, SERIAL_NO_IRQ);
	assert_int_equal(found.stride, 4);
	assert_int_equal(found.width, 4);
	assert_int_equal(found.baud, SERIAL_BAUD_KEPT); /* its clock is not known */
	put_spcr(0, 0, 8, 1, MMIO);
	put(SPCR + 8, 4, 1);
	put(SPCR + 76, 48000000, 4);
	put(SPCR + 80, 1500000, 4);
	assert_found(SERIAL_FOUND, MMIO, SERIAL_NO_IRQ);
	assert_int_equal(found.stride, 1);
	assert_int_equal(found.clock, 48000000);
	assert_int_equal(found.baud, 1500000);
	put(SPCR + 80, 0xFFFFFFFF, 4);
	assert_found(SERIAL_FOUND, MMIO, SERIAL_NO_IRQ);
	assert_int_equal(found.baud, 115200);
	put(SPCR + 76, 1, 4); /* a clock that no rate fits */
	assert_found(SERIAL_FOUND, MMIO, SERIAL_NO_IRQ);
	assert_true(serial_init(&found));
}

static void unusable_spcr_is_left(void **state)
{
	static const struct {
		u8 type, space, bits, access;
		u64 address;
	} wrong[] = {
	    {3, 0, 32, 3, MMIO},                 /* PL011 */
	    {0, 2, 8, 1, COM2},                  /* PCI configuration space */
	    {0, 1, 8, 1, 0},                     /* no redirection */
	    {0, 1, 8, 1, 0xFFFC},                /* beyond the last port */
	    {0, 1, 8, 1, 0x100000000ull + COM2}, /* above 4 GB */
	    {0, 0, 16, 2, MMIO},                 /* accesses of 2 bytes */
	    {0, 0, 8, 1, MMIO + 0xFFC},          /* on two pages */
	    {0, 0, 32, 3, MMIO + 2},             /* odd */
	    {0, 0, 8, 1, RAM},
	    {0, 0, 8, 1, RAM + MEMORY - 1},
	    {0, 0, 8, 1, 0x7C00}, /* below 1 MB */
	};

	(void)state;
	put_uart(COM1, 1);
	put_uart(COM2, 1);
	uart_page = MMIO >> FRAME_SHIFT;
	for (u32 i = 0; i < ARRAY_SIZE(wrong); i++) {
		put_spcr(wrong[i].type, wrong[i].space, wrong[i].bits, wrong[i].access,
			 wrong[i].address);
		assert_found(SERIAL_FOUND, COM1, 4);
	}
	put_spcr(0, 1, 8, 1, COM2);
	put(SPCR + 4, 43, 4); /* ends before the address */
	assert_found(SERIAL_FOUND, COM1, 4);
}

static void dbg2_is_used_behind_spcr(void **state)
{
	(void)state;
	put_uart(COM1, 1);
	put_uart(COM3, 1);
	put_device(0, 0x8001, 0, COM2); /* IEEE 1394 */
	put_device(1, 0x8000, 3, COM2); /* PL011 */
	put_device(2, 0x8000, 0, COM2); /* does not answer */
	put_device(3, 0x8000, 1, COM3);
	assert_found(SERIAL_FOUND, COM3, 4);
	put_uart(COM4, 1);
	put_spcr(1, 1, 8, 1, COM4);
	assert_found(SERIAL_FOUND, COM4, 3);
	put_spcr(3, 1, 8, 1, COM4);
	assert_found(SERIAL_FOUND, COM3, 4);
}

static void wrong_lengths_in_dbg2_end_it(void **state)
{
	static const u32 wrong[] = {0, 21, 0xFFFF};

	(void)state;
	put_uart(COM1, 1);
	put_uart(COM3, 1);
	for (u32 i = 0; i < ARRAY_SIZE(wrong); i++) {
		put_device(0, 0x8000, 3, COM2);
		put_device(1, 0x8000, 0, COM3);
		put(DBG2 + DEVICE + 1, wrong[i], 2);
		put(DBG2 + 40, 0xFFFFFFFF, 4);
		assert_found(SERIAL_FOUND, COM1, 4);
	}
	put_device(1, 0x8000, 0, COM3);
	put(DBG2 + 36, 0xFFFFFFF0, 4);
	assert_found(SERIAL_FOUND, COM1, 4);
}

/* Each device names another page of memory: few are mapped, since windows are never given back. */
static void hostile_tables_use_up_few_windows(void **state)
{
	(void)state;
	put_spcr(0, 0, 8, 1, MMIO);
	for (u32 i = 0; i < 12; i++) {
		put_device(i, 0x8000, 0, 0);
		put_generic(DBG2 + DEVICE + i * DEVICE_SIZE + 22, 0, 8, 1,
			    MMIO + (i + 1) * FRAME_SIZE);
	}
	put_card(0, 0x060000);
	put_serial_card(AT(0, 1, 0), MMIO + 0x100000);
	assert_found(SERIAL_NONE, 0, 0);
	assert_int_equal(page_count, 3);
}

static void random_tables_do_no_harm(void **state)
{
	(void)state;
	for (u32 i = 0; i < 20000; i++) {
		if (i % 50 == 0) {
			start(NULL);
			put_uart(COM1, 1);
			put_spcr(0, 0, 8, 1, MMIO);
			put_device(0, 0x8000, 0, COM2);
			put_device(1, 0x8000, 0, COM3);
		}
		put(random_below(2) ? SPCR + 4 + random_below(90) : DBG2 + 4 + random_below(200),
		    random_below(4) ? random_below(256) : 0xFF, 1);
		assert_int_not_equal(serial_find(&wish, &machine, &found), SERIAL_NONE);
	}
}

static void card_behind_bridges_is_found(void **state)
{
	(void)state;
	put_card(AT(0, 0, 0), 0x060000);
	put_bridge(AT(0, 1, 0), 2);
	put_bridge(AT(2, 31, 0), 9);
	put_serial_card(AT(9, 4, 0), 0xC011);
	put_uart(0xC010, 1);
	assert_found(SERIAL_FOUND, 0xC010, SERIAL_NO_IRQ);
	assert_int_equal(found.baud, 115200);
	assert_int_equal(cards[3].registers[1], PCI_COMMAND_PORTS);
	wish.kind = SERIAL_ON_PCI;
	wish.place.baud = 19200;
	put_uart(COM1, 1);
	assert_found(SERIAL_FOUND, 0xC010, SERIAL_NO_IRQ);
	assert_int_equal(found.baud, 19200);
}

static void functions_and_bars_are_searched(void **state)
{
	struct pci_card *card;

	(void)state;
	put_card(AT(0, 3, 0), 0x020000)->registers[3] = 0x00800000;
	put_serial_card(AT(0, 3, 5), 0xD001); /* does not answer */
	card = put_card(AT(0, 3, 7), 0x070006);
	card->registers[1] = 0xFFFF0000;
	card->registers[4] = (MMIO + FRAME_SIZE) | PCI_BAR_64_BIT;
	card->registers[5] = 0x1; /* its upper half: above 4 GB, and no BAR of ports */
	card->registers[6] = 0;
	card->registers[7] = MMIO;
	uart_page = MMIO >> FRAME_SHIFT;
	assert_found(SERIAL_FOUND, MMIO, SERIAL_NO_IRQ);
	assert_int_equal(card->registers[1], PCI_COMMAND_MEMORY);
}

static void other_classes_are_left(void **state)
{
	static const u32 classes[] = {0x070100, 0x070007, 0x078000, 0x020002, 0xFFFFFF};

	(void)state;
	put_uart(0xC010, 1);
	for (u32 i = 0; i < ARRAY_SIZE(classes); i++)
		put_card(AT(0, i, 0), classes[i])->registers[4] = 0xC011;
	assert_found(SERIAL_NONE, 0, 0);
}

/* Bridges that lead to themselves, back, or everywhere. */
static void hostile_bridges_end(void **state)
{
	(void)state;
	put_bridge(AT(0, 0, 0), 0);
	put_bridge(AT(0, 1, 0), 3);
	put_bridge(AT(3, 0, 0), 3);
	put_bridge(AT(3, 1, 0), 1);
	put_serial_card(AT(1, 0, 0), 0xC011);
	put_uart(0xC010, 1);
	assert_found(SERIAL_NONE, 0, 0);
	every_function_is_a_bridge = true;
	config_reads = 0;
	assert_found(SERIAL_NONE, 0, 0);
	assert_in_range(config_reads, 65536, 5 * 65536);
}

#define FIND_TEST(test) cmocka_unit_test_setup_teardown(test, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    FIND_TEST(nothing_is_written_where_nothing_answers),
	    FIND_TEST(com_ports_are_tried_in_order),
	    FIND_TEST(uart_without_scratch_register_is_known_by_its_zeroes),
	    FIND_TEST(wish_comes_first),
	    FIND_TEST(spcr_at_a_port_is_used),
	    FIND_TEST(spcr_in_memory_is_used),
	    FIND_TEST(unusable_spcr_is_left),
	    FIND_TEST(dbg2_is_used_behind_spcr),
	    FIND_TEST(wrong_lengths_in_dbg2_end_it),
	    FIND_TEST(hostile_tables_use_up_few_windows),
	    FIND_TEST(random_tables_do_no_harm),
	    FIND_TEST(card_behind_bridges_is_found),
	    FIND_TEST(functions_and_bars_are_searched),
	    FIND_TEST(other_classes_are_left),
	    FIND_TEST(hostile_bridges_end),
	};

	return cmocka_run_group_tests_name("serial_find", tests, NULL, NULL);
}
