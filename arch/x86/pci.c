/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "arch/x86/pci.h"

#include "arch/x86/io.h"

#define CONFIG_ADDRESS 0xCF8
#define CONFIG_DATA 0xCFC
#define CONFIG_ENABLE 0x80000000u

#define BUSES 256u
#define BUS_FUNCTIONS 256u /* 32 devices of 8 functions */
#define FUNCTIONS 8u
#define NO_FUNCTION 0xFFFFFFFFu

#define HEADER 0x0C
#define HEADER_TYPE(value) ((value) >> 16 & 0x7F)
#define HEADER_BRIDGE 1u
#define HEADER_FUNCTIONS 0x00800000u /* the device has more than function 0 */
#define BRIDGE_BUSES 0x18
#define BRIDGE_SECONDARY(value) ((value) >> 8 & 0xFF)

u32 pci_read(pci_function f, u32 offset)
{
	outl(CONFIG_ADDRESS, CONFIG_ENABLE | f << 8 | offset);
	return inl(CONFIG_DATA);
}

void pci_write(pci_function f, u32 offset, u32 value)
{
	outl(CONFIG_ADDRESS, CONFIG_ENABLE | f << 8 | offset);
	outl(CONFIG_DATA, value);
}

/* The address register keeps its value; without it, the port has nothing or another device, which
 * a write of 4 bytes does not reach. */
static bool is_present(void)
{
	u32 before = inl(CONFIG_ADDRESS), kept;

	outl(CONFIG_ADDRESS, CONFIG_ENABLE);
	kept = inl(CONFIG_ADDRESS);
	outl(CONFIG_ADDRESS, before);
	return kept == CONFIG_ENABLE;
}

struct scan {
	pci_visitor *visit;
	void *context;
	u8 is_known[BUSES]; /* a bridge leads to the bus */
};

/* The number of the bus behind a bridge is above that of its own bus, so one pass over the buses
 * sees each of them once. */
static void note_bridge(struct scan *s, pci_function f, u32 header)
{
	if (HEADER_TYPE(header) == HEADER_BRIDGE)
		s->is_known[BRIDGE_SECONDARY(pci_read(f, BRIDGE_BUSES))] = 1;
}

static bool scan_device(struct scan *s, pci_function first)
{
	u32 functions = 1;

	for (u32 i = 0; i < functions; i++) {
		u32 header;

		if (pci_read(first + i, PCI_VENDOR) == NO_FUNCTION)
			continue;
		header = pci_read(first + i, HEADER);
		if (header & HEADER_FUNCTIONS)
			functions = FUNCTIONS;
		note_bridge(s, first + i, header);
		if (s->visit(first + i, s->context))
			return true;
	}
	return false;
}

bool pci_scan(pci_visitor *visit, void *context)
{
	struct scan s = {.visit = visit, .context = context, .is_known = {1}};

	if (!is_present())
		return false;
	for (u32 f = 0; f < BUSES * BUS_FUNCTIONS; f += FUNCTIONS)
		if (s.is_known[f / BUS_FUNCTIONS] && scan_device(&s, f))
			return true;
	return false;
}
