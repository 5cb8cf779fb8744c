/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The option serial= of the hypervisor's command line (docs/console.md). */
#ifndef BOOT_SERIAL_OPTION_H
#define BOOT_SERIAL_OPTION_H

#include "arch/x86/serial_find.h"

#define SERIAL_OPTION_FORMS "serial=PORT,BAUD, com1 to com4, pci, mmio:ADDRESS or off"

/* Reads the option's value; "" asks for nothing. False if it is wrong: *wish then asks for nothing
 * too. */
bool serial_option_parse(const char *value, struct serial_wish *wish);

/* One line about the place, such as "I/O port 0x2f8, 9600 baud, IRQ 3". */
void serial_describe(const struct serial_place *place, char *text, size_t size);

#endif
