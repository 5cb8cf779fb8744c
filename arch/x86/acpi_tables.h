/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tables that the firmware describes the machine with (ACPI specification 6.4, 5.2). They come
 * from firmware, so each length and address is checked before it is used. A field beyond the end of
 * its table reads as 0, as a table of an older version means it.
 *
 *	RSDP --> XSDT or RSDT --> the other tables
 */
#ifndef ARCH_X86_ACPI_TABLES_H
#define ARCH_X86_ACPI_TABLES_H

#include "arch/x86/host_windows.h"

#define ACPI_HEADER 36u /* bytes in front of a table's own fields (5.2.6) */
#define ACPI_TABLE_MOST 0x100000u

struct acpi_table {
	physical_reader *read;
	u32 at,
	    length; /* length is at most ACPI_TABLE_MOST: the rest of a longer table is not used */
};

/* The table that lists all others. */
struct acpi_root {
	struct acpi_table table;
	u32 entry_size;
};

/* Sets the address of a copy of the RSDP that the boot loader has passed. Without this it is searched where a BIOS puts it, in the
 * extended BIOS data area and from 0xE0000 up (5.2.5.1). */
void acpi_set_rsdp(paddr_t at);

/* Finds the RSDP and opens the table it leads to. False if there are none, or if they lie above
 * 4 GB. */
bool acpi_open_root(physical_reader *read, struct acpi_root *root);

/* Opens the n-th table with this signature of four characters, counted from 0. */
bool acpi_find_table(const struct acpi_root *root, const char *signature, u32 n,
		     struct acpi_table *found);

/* Opens the table at `at` if it has this signature. */
bool acpi_open_table(physical_reader *read, u32 at, const char *signature, struct acpi_table *t);

/* Up to 4 bytes at `offset`, little-endian; 0 if any of them is not in the table, or not in
 * memory. */
u32 acpi_field(const struct acpi_table *t, u32 offset, u32 size);

/* An address of 64 bits; 0 if it is above 4 GB. */
u32 acpi_address_field(const struct acpi_table *t, u32 offset);

enum acpi_space { ACPI_NOWHERE, ACPI_MEMORY, ACPI_PORT };
#define ACPI_PORT_MOST 0xFFFFu

struct acpi_register {
	enum acpi_space space;
	u32 address;
};

/* A generic address of 12 bytes (5.2.3.2): nowhere if it is above 4 GB, or in a space other than
 * memory and ports. */
struct acpi_register acpi_generic_register(const struct acpi_table *t, u32 offset);

#endif
