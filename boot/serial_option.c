// SPDX-License-Identifier: GPL-2.0-or-later
#include "boot/serial_option.h"

#include "lib/format.h"
#include "lib/number.h"
#include "lib/string.h"

/* Ports below belong to devices of the system board. */
#define PORT_FIRST 0x100u
#define PORT_LAST 0xFFF8u

/* A slower port could not empty its FIFO before it is regarded as broken (SERIAL_PATIENCE). */
#define BAUD_MIN 300u

/* The divisor is a whole number, so not every rate can be set: a receiver accepts about 3 %. */
#define TOLERANCE_PER_CENT 3u

static bool take_prefix(const char **text, const char *prefix)
{
	size_t length = strlen(prefix);

	if (strncmp(*text, prefix, length))
		return false;
	*text += length;
	return true;
}

static bool take_number(const char **text, u32 *value)
{
	size_t used;
	enum number_outcome outcome = number_scan(*text, strlen(*text), value, &used);

	*text += used;
	return outcome == NUMBER_FOUND;
}

static bool take_memory(const char **text, u32 stride, struct serial_place *place)
{
	place->space = SERIAL_MEMORY;
	place->stride = place->width = stride;
	place->irq = SERIAL_NO_IRQ;
	return take_number(text, &place->base) && place->base >= MIB;
}

static bool take_port(const char **text, struct serial_place *place)
{
	u32 port;

	if (!take_number(text, &port) || port < PORT_FIRST || port > PORT_LAST)
		return false;
	place->base = port;
	place->irq = SERIAL_NO_IRQ;
	for (u32 i = 0; i < SERIAL_COMS; i++)
		if (serial_coms[i].base == port)
			*place = serial_coms[i];
	return true;
}

static bool take_com(const char **text, struct serial_place *place)
{
	u32 number;

	if (!take_number(text, &number) || number < 1 || number > SERIAL_COMS)
		return false;
	*place = serial_coms[number - 1];
	return true;
}

static bool take_where(const char **text, struct serial_wish *wish)
{
	wish->kind = SERIAL_AT;
	wish->place = serial_coms[0];
	if (take_prefix(text, "off"))
		wish->kind = SERIAL_OFF;
	else if (take_prefix(text, "pci"))
		wish->kind = SERIAL_ON_PCI;
	else if (take_prefix(text, "com"))
		return take_com(text, &wish->place);
	else if (take_prefix(text, "mmio32:"))
		return take_memory(text, 4, &wish->place);
	else if (take_prefix(text, "mmio:"))
		return take_memory(text, 1, &wish->place);
	else
		return take_port(text, &wish->place);
	return true;
}

static bool take_baud(const char **text, u32 *baud)
{
	const u32 most = SERIAL_BAUD_DEFAULT;
	u32 wanted, divisor, actual, difference;

	if (!take_number(text, &wanted) || wanted < BAUD_MIN || wanted > most)
		return false;
	divisor = (most + wanted / 2) / wanted;
	actual = most / divisor;
	difference = actual > wanted ? actual - wanted : wanted - actual;
	*baud = wanted;
	return difference * 100 <= wanted * TOLERANCE_PER_CENT;
}

bool serial_option_parse(const char *value, struct serial_wish *wish)
{
	bool good = true;

	*wish = (struct serial_wish){.kind = SERIAL_ANY, .place = serial_coms[0]};
	if (!*value)
		return true;
	good = take_where(&value, wish);
	if (good && wish->kind != SERIAL_OFF && take_prefix(&value, ","))
		good = take_baud(&value, &wish->place.baud);
	if (good && !*value)
		return true;
	wish->kind = SERIAL_ANY;
	return false;
}

void serial_describe(const struct serial_place *place, char *text, size_t size)
{
	char baud[16] = "firmware's", irq[16] = "polled";

	if (place->baud != SERIAL_BAUD_KEPT)
		snprintf(baud, sizeof(baud), "%u", place->baud);
	if (place->irq != SERIAL_NO_IRQ)
		snprintf(irq, sizeof(irq), "IRQ %u", place->irq);
	snprintf(text, size, "%s %#x, %s baud, %s",
		 place->space == SERIAL_PORTS ? "I/O port" : "memory", place->base, baud, irq);
}
