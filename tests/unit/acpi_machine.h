/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A machine with ACPI: tables in 1 MB of memory, and the ports of its PM1 registers. */
#ifndef TESTS_UNIT_ACPI_MACHINE_H
#define TESTS_UNIT_ACPI_MACHINE_H

#include "tests/unit/native.h"

#include "arch/x86/acpi_sleep.h"
#include "mm/frame_map.h"

#define FRAMES 0x100u /* 1 MB */
#define MEMORY (FRAMES * FRAME_SIZE)

#define EBDA 0x9FC00u
#define RSDP 0xF0010u
#define RSDT 0xE1000u
#define XSDT 0xE2000u
#define FADT 0xE3000u
#define DSDT 0xE4000u
#define SSDT 0xE6000u
#define OTHER 0xE8000u
#define REGISTERS 0x80000u /* memory that represents registers */

#define HEADER 36u
#define FADT_1_SIZE 116u
#define FADT_6_SIZE 276u

#define PM1A 0x404
#define PM1B 0x504
#define STATUS_A 0x400
#define STATUS_B 0x500
#define SMI 0xB2
#define ACPI_ON 0xF1

#define SPACE_MEMORY 0
#define SPACE_PORT 1
#define SPACE_PCI 2

#define ABOVE_4_GB (1ull << 32)

/* Writes to memory. */
void put(u32 at, const void *bytes, u32 size);
void put8(u32 at, u8 value);
void put32(u32 at, u32 value);
void put64(u32 at, u64 value);

/* Reads that memory. */
physical_reader read_memory;

/* The PM1 registers. */
extern struct acpi_ports {
	u16 control[2];    /* of PM1a and PM1b */
	bool never_enters; /* ACPI mode */
	u32 looks;         /* reads of the control registers */
	char log[256];     /* all writes: "PORT=VALUE " */
} ports;

void put_header(u32 at, const char *signature, u32 length);
void put_rsdp(u32 at, u8 revision, u32 rsdt, u64 xsdt);
void put_generic(u32 at, u8 space, u64 address);

/* Makes a table with some AML, and the `size` bytes at `aml` at its end. */
void put_s5(u32 table, const char *signature, const void *aml, u32 size);

/* Name (\_S5, ...): the bytes behind the name. */
#define S5(bytes) "\x08_S5_" bytes
#define put_dsdt(bytes) put_s5(DSDT, "DSDT", bytes, sizeof(bytes) - 1)

/* Before each test: tables of ACPI 1.0 with PM1a and PM1b, types 5 and 6. After each test. */
int acpi_start(void **state);
int acpi_stop(void **state);

/* The result of the last find(). */
extern struct acpi_power found;
bool find(void);

/* Asserts that the registers are found, with these sleep types. */
void assert_types(u8 a, u8 b);
void assert_register(struct acpi_register r, enum acpi_space space, u32 address);

#define ACPI_TEST(test) cmocka_unit_test_setup_teardown(test, acpi_start, acpi_stop)

#endif
