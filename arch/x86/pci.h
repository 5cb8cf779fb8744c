/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PCI configuration space by mechanism #1 (PCI Local Bus Specification 3.0, 3.2.2.3.2). */
#ifndef ARCH_X86_PCI_H
#define ARCH_X86_PCI_H

#include "lib/types.h"

/* A function of a device: bus << 8 | device << 3 | function. */
typedef u32 pci_function;

/* Registers of a type 0 header (6.1); each is 4 bytes, at a multiple of 4. */
#define PCI_VENDOR 0x00
#define PCI_COMMAND 0x04
#define PCI_COMMAND_PORTS 0x1u
#define PCI_COMMAND_MEMORY 0x2u
#define PCI_STATUS_BITS 0xFFFF0000u /* of PCI_COMMAND: a 1 clears such a bit, a 0 does nothing */
#define PCI_CLASS 0x08              /* class << 24 | subclass << 16 | interface << 8 | revision */
#define PCI_BAR 0x10
#define PCI_BARS 6u
#define PCI_BAR_PORTS 0x1u
#define PCI_BAR_64_BIT 0x4u /* of a memory BAR: the next BAR is its upper half */

u32 pci_read(pci_function f, u32 offset);
void pci_write(pci_function f, u32 offset, u32 value);

/* Called for each function; the scan ends if it returns true. */
typedef bool pci_visitor(pci_function f, void *context);

/* Calls `visit` for each function of bus 0 and of the buses behind bridges, in their order. False if
 * no call returned true, or there is no configuration space. Reads at most all 65,536 functions,
 * whatever the bridges say. */
bool pci_scan(pci_visitor *visit, void *context);

#endif
