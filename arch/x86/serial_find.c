/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 1. One place
 * 2. ACPI: Serial Port Console Redirection Table, Debug Port Table 2 (Microsoft's specifications)
 * 3. COM1 to COM4
 * 4. PCI cards
 */
#include "arch/x86/serial_find.h"

#include "arch/x86/acpi_tables.h"
#include "arch/x86/pci.h"

/* A device window is never given back, and other devices need theirs. */
#define MEMORY_TRIES 3u

/* ACPI specification 6.4, 5.2.3.2: a generic address. */
#define GENERIC_WIDTH 1 /* in bits; of a UART it is the distance between registers */
#define GENERIC_ACCESS 3
#define ACCESS_BYTE 1
#define ACCESS_DWORD 3

#define TABLE_REVISION 8

#define SPCR_TYPE 36
#define SPCR_ADDRESS 40
#define SPCR_BAUD 58
#define SPCR_CLOCK 76
#define SPCR_CLOCK_REVISION 3
#define SPCR_EXACT_BAUD 80
#define SPCR_EXACT_BAUD_REVISION 4

#define DBG2_FIRST 36
#define DBG2_COUNT 40
#define DBG2_MOST 16u
#define DEVICE_LENGTH 1
#define DEVICE_REGISTERS 3
#define DEVICE_TYPE 12
#define DEVICE_SUBTYPE 14
#define DEVICE_ADDRESSES 18
#define DEVICE_SIZE 22u
#define TYPE_SERIAL 0x8000u

/* SPCR's interface types, and the subtypes of DBG2. */
#define LIKE_16550 0x00u
#define LIKE_16450 0x01u
#define LIKE_16550_BY_ADDRESS 0x12u

/* PCI Code and ID Assignment: class 07, subclass 00, interfaces 00 to 06: 8250 to 16950. */
#define CLASS_SERIAL 0x0700u
#define CLASS_OF(value) ((value) >> 16)
#define INTERFACE_OF(value) ((value) >> 8 & 0xFF)
#define INTERFACE_LAST 6u

#define COM_AT(port, line)                                                                         \
	{                                                                                          \
		.space = SERIAL_PORTS, .base = (port), .stride = 1, .width = 1, .irq = (line),     \
		.baud = SERIAL_BAUD_DEFAULT, .clock = SERIAL_CLOCK_DEFAULT                         \
	}

const struct serial_place serial_coms[SERIAL_COMS] = {
    COM_AT(0x3F8, 4),
    COM_AT(0x2F8, 3),
    COM_AT(0x3E8, 4),
    COM_AT(0x2E8, 3),
};

struct search {
	const struct serial_machine *machine;
	struct serial_place *found;
	u32 baud; /* for PCI cards */
	u32 memory_tries;
};

/* -- 1. One place ------------------------------------------------------------------------------ */

static bool may_be_registers(struct search *s, u32 at)
{
	if (at < MIB || s->machine->is_ram(at) || !s->memory_tries)
		return false;
	s->memory_tries--;
	return true;
}

static bool try_place(struct search *s, const struct serial_place *place)
{
	if (place->space == SERIAL_MEMORY && !may_be_registers(s, place->base))
		return false;
	if (!serial_answers(place))
		return false;
	*s->found = *place;
	return true;
}

/* -- 2. ACPI ----------------------------------------------------------------------------------- */

static bool is_like_16550(u32 type)
{
	return type == LIKE_16550 || type == LIKE_16450 || type == LIKE_16550_BY_ADDRESS;
}

static u32 irq_of_port(u32 port)
{
	for (u32 i = 0; i < SERIAL_COMS; i++)
		if (serial_coms[i].base == port)
			return serial_coms[i].irq;
	return SERIAL_NO_IRQ;
}

static u32 stride_of(u32 bits)
{
	return bits == 16 || bits == 32 ? bits / 8 : 1;
}

/* The place at a generic address. The clock of a UART in memory is not known, so its firmware's
 * divisor stays. False if the address is none, or no UART can be there. */
static bool read_generic(const struct acpi_table *t, u32 offset, struct serial_place *place)
{
	struct acpi_register at = acpi_generic_register(t, offset);
	u32 access = acpi_field(t, offset + GENERIC_ACCESS, 1);

	*place = serial_coms[0];
	place->base = at.address;
	place->stride = stride_of(acpi_field(t, offset + GENERIC_WIDTH, 1));
	place->irq = SERIAL_NO_IRQ;
	if (at.space == ACPI_PORT) {
		place->irq = irq_of_port(at.address);
		return true;
	}
	place->space = SERIAL_MEMORY;
	place->baud = SERIAL_BAUD_KEPT;
	if (access == ACCESS_DWORD)
		place->width = place->stride = sizeof(u32);
	return at.space == ACPI_MEMORY && (access <= ACCESS_BYTE || place->width == 4);
}

/* SPCR's codes for baud rates; any other keeps the divisor. */
static u32 baud_of_code(u32 code)
{
	switch (code) {
	case 3:
		return 9600;
	case 4:
		return 19200;
	case 6:
		return 57600;
	case 7:
		return 115200;
	}
	return SERIAL_BAUD_KEPT;
}

static void read_spcr_baud(const struct acpi_table *t, struct serial_place *place)
{
	u32 revision = acpi_field(t, TABLE_REVISION, 1), clock = 0, exact = 0;

	if (revision >= SPCR_CLOCK_REVISION)
		clock = acpi_field(t, SPCR_CLOCK, 4);
	if (revision >= SPCR_EXACT_BAUD_REVISION)
		exact = acpi_field(t, SPCR_EXACT_BAUD, 4);
	if (!clock && place->space == SERIAL_MEMORY)
		return;
	place->clock = clock ? clock : SERIAL_CLOCK_DEFAULT;
	place->baud =
	    exact && exact <= SERIAL_BAUD_MOST ? exact : baud_of_code(acpi_field(t, SPCR_BAUD, 1));
}

static bool try_spcr(struct search *s, const struct acpi_root *root)
{
	struct acpi_table t;
	struct serial_place place;

	if (!acpi_find_table(root, "SPCR", 0, &t) || !is_like_16550(acpi_field(&t, SPCR_TYPE, 1)) ||
	    !read_generic(&t, SPCR_ADDRESS, &place))
		return false;
	read_spcr_baud(&t, &place);
	return try_place(s, &place);
}

static bool try_debug_device(struct search *s, const struct acpi_table *t, u32 at)
{
	struct serial_place place;

	return acpi_field(t, at + DEVICE_TYPE, 2) == TYPE_SERIAL &&
	       is_like_16550(acpi_field(t, at + DEVICE_SUBTYPE, 2)) &&
	       acpi_field(t, at + DEVICE_REGISTERS, 1) &&
	       read_generic(t, at + acpi_field(t, at + DEVICE_ADDRESSES, 2), &place) &&
	       try_place(s, &place);
}

static bool try_dbg2(struct search *s, const struct acpi_root *root)
{
	struct acpi_table t;
	u32 at, count;

	if (!acpi_find_table(root, "DBG2", 0, &t))
		return false;
	at = acpi_field(&t, DBG2_FIRST, 4);
	count = acpi_field(&t, DBG2_COUNT, 4);
	for (u32 i = 0; i < count && i < DBG2_MOST && at < t.length; i++) {
		u32 length = acpi_field(&t, at + DEVICE_LENGTH, 2);

		if (length < DEVICE_SIZE)
			return false;
		if (try_debug_device(s, &t, at))
			return true;
		at += length;
	}
	return false;
}

static bool try_acpi(struct search *s)
{
	struct acpi_root root;

	return acpi_open_root(s->machine->read, &root) &&
	       (try_spcr(s, &root) || try_dbg2(s, &root));
}

/* -- 3. COM1 to COM4 --------------------------------------------------------------------------- */

static bool try_coms(struct search *s)
{
	for (u32 i = 0; i < SERIAL_COMS; i++)
		if (try_place(s, &serial_coms[i]))
			return true;
	return false;
}

/* -- 4. PCI cards ------------------------------------------------------------------------------ */

/* Sets the bit that lets the card answer at its BARs of this kind, which firmware may have left
 * off. */
static void let_answer(pci_function f, u32 bit)
{
	u32 command = pci_read(f, PCI_COMMAND);

	if (!(command & bit))
		pci_write(f, PCI_COMMAND, (command & ~PCI_STATUS_BITS) | bit);
}

static bool try_bar(struct search *s, pci_function f, u32 bar, u32 upper)
{
	struct serial_place place = serial_coms[0];

	place.irq = SERIAL_NO_IRQ;
	place.baud = s->baud;
	if (bar & PCI_BAR_PORTS) {
		place.base = bar & ~3u;
	} else {
		place.space = SERIAL_MEMORY;
		place.base = bar & ~15u;
		if (bar & PCI_BAR_64_BIT && upper)
			return false;
	}
	if (!place.base)
		return false;
	let_answer(f, bar & PCI_BAR_PORTS ? PCI_COMMAND_PORTS : PCI_COMMAND_MEMORY);
	return try_place(s, &place);
}

static bool try_card(pci_function f, void *context)
{
	struct search *s = context;
	u32 class = pci_read(f, PCI_CLASS), bars[PCI_BARS + 1] = {0};

	if (CLASS_OF(class) != CLASS_SERIAL || INTERFACE_OF(class) > INTERFACE_LAST)
		return false;
	for (u32 i = 0; i < PCI_BARS; i++)
		bars[i] = pci_read(f, PCI_BAR + i * sizeof(u32));
	for (u32 i = 0; i < PCI_BARS; i++) {
		if (try_bar(s, f, bars[i], bars[i + 1]))
			return true;
		if (!(bars[i] & PCI_BAR_PORTS) && bars[i] & PCI_BAR_64_BIT)
			i++; /* its upper half is no BAR */
	}
	return false;
}

/* ---------------------------------------------------------------------------------------------- */

static bool try_wish(struct search *s, const struct serial_wish *wish)
{
	return wish->kind == SERIAL_AT ? try_place(s, &wish->place) : pci_scan(try_card, s);
}

enum serial_outcome serial_find(const struct serial_wish *wish,
				const struct serial_machine *machine, struct serial_place *found)
{
	struct search s = {machine, found, SERIAL_BAUD_DEFAULT, MEMORY_TRIES};
	bool asked = wish->kind == SERIAL_AT || wish->kind == SERIAL_ON_PCI;

	if (wish->kind == SERIAL_OFF)
		return SERIAL_NONE;
	if (wish->kind == SERIAL_ON_PCI)
		s.baud = wish->place.baud;
	if (asked && try_wish(&s, wish))
		return SERIAL_FOUND;
	s.baud = SERIAL_BAUD_DEFAULT;
	if (try_acpi(&s) || try_coms(&s) || pci_scan(try_card, &s))
		return asked ? SERIAL_FOUND_ELSEWHERE : SERIAL_FOUND;
	return SERIAL_NONE;
}
