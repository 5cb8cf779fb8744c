/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 *	FADT: registers
 *	  \--> DSDT: \_S5
 *	SSDTs: \_S5, if it is not in the DSDT
 *
 * Sections are those of the ACPI specification 6.4.
 */
#include "arch/x86/acpi.h"

#include "arch/x86/acpi_tables.h"
#include "lib/string.h"

#define SEARCHED_MOST (2 * ACPI_TABLE_MOST) /* of all SSDTs */

/* 5.2.9 */
#define FADT_DSDT 40
#define FADT_SMI_COMMAND 48
#define FADT_ACPI_ENABLE 52
#define FADT_PM1A_EVENT 56
#define FADT_PM1B_EVENT 60
#define FADT_PM1A_CONTROL 64
#define FADT_PM1B_CONTROL 68
#define FADT_FLAGS 112
#define FLAG_HARDWARE_REDUCED (1u << 20)
#define FADT_X_DSDT 140
#define FADT_X_PM1A_EVENT 148
#define FADT_X_PM1B_EVENT 160
#define FADT_X_PM1A_CONTROL 172
#define FADT_X_PM1B_CONTROL 184
#define FADT_SLEEP_CONTROL 244
#define FADT_SLEEP_STATUS 256

/* 20.2 */
#define AML_ZERO 0x00
#define AML_ONE 0x01
#define AML_NAME 0x08
#define AML_BYTE 0x0A
#define AML_WORD 0x0B
#define AML_DWORD 0x0C
#define AML_QWORD 0x0E
#define AML_PACKAGE 0x12
#define AML_ROOT '\\'
#define AML_ONES 0xFF
#define SLEEP_TYPE_BITS 7u

/* -- Registers -- */

/* The extended field counts if it is an address (5.2.9, X_PM1a_EVT_BLK and others), else the old
 * one, which is a port. A register of two bytes at an odd address is no register. */
static struct acpi_register pm1_register(const struct acpi_table *fadt, u32 extended, u32 old)
{
	struct acpi_register r = acpi_generic_register(fadt, extended);
	u32 port = acpi_field(fadt, old, 4);

	if (r.space == ACPI_NOWHERE && port && port <= ACPI_PORT_MOST)
		r = (struct acpi_register){ACPI_PORT, port};
	if (r.address % 2)
		r = (struct acpi_register){ACPI_NOWHERE, 0};
	return r;
}

static bool find_registers(const struct acpi_table *fadt, struct acpi_power *p)
{
	u32 command = acpi_field(fadt, FADT_SMI_COMMAND, 4);

	p->event_a = pm1_register(fadt, FADT_X_PM1A_EVENT, FADT_PM1A_EVENT);
	p->event_b = pm1_register(fadt, FADT_X_PM1B_EVENT, FADT_PM1B_EVENT);
	p->control_a = pm1_register(fadt, FADT_X_PM1A_CONTROL, FADT_PM1A_CONTROL);
	p->control_b = pm1_register(fadt, FADT_X_PM1B_CONTROL, FADT_PM1B_CONTROL);
	p->smi_command = command <= ACPI_PORT_MOST ? command : 0;
	p->acpi_enable = acpi_field(fadt, FADT_ACPI_ENABLE, 1);
	p->sleep_control = acpi_generic_register(fadt, FADT_SLEEP_CONTROL);
	p->sleep_status = acpi_generic_register(fadt, FADT_SLEEP_STATUS);
	p->hardware_reduced = acpi_field(fadt, FADT_FLAGS, 4) & FLAG_HARDWARE_REDUCED;
	return (p->hardware_reduced ? p->sleep_control : p->control_a).space != ACPI_NOWHERE;
}

/* -- The package \_S5 -- */

struct aml {
	const struct acpi_table *table;
	u32 at, end;
};

/* Takes `size` bytes off the AML; of more than 4 the first 4 count. False beyond the end. */
static bool take(struct aml *aml, u32 size, u32 *value)
{
	if (size > aml->end - aml->at)
		return false;
	*value = acpi_field(aml->table, aml->at, size < sizeof(u32) ? size : sizeof(u32));
	aml->at += size;
	return true;
}

/* 20.2.3: a constant, or a prefix and a number. */
static bool take_integer(struct aml *aml, u32 *value)
{
	u32 op;

	if (!take(aml, 1, &op))
		return false;
	switch (op) {
	case AML_ZERO:
	case AML_ONE:
		*value = op;
		return true;
	case AML_ONES:
		*value = UINT32_MAX;
		return true;
	case AML_BYTE:
		return take(aml, 1, value);
	case AML_WORD:
		return take(aml, 2, value);
	case AML_DWORD:
		return take(aml, 4, value);
	case AML_QWORD:
		return take(aml, 8, value);
	}
	return false;
}

/* 20.2.4: the upper two bits of the lead byte are the number of bytes that follow. If there are
 * none, its other six bits are the length; else its lower four are the length's lowest bits. The
 * length counts from the lead byte, and sets the end. */
static bool take_package_length(struct aml *aml)
{
	u32 start = aml->at, lead, more, length;

	if (!take(aml, 1, &lead))
		return false;
	length = lead & 0x3F;
	if (lead >> 6) {
		if (!take(aml, lead >> 6, &more))
			return false;
		length = (lead & 0x0F) | more << 4;
	}
	if (length < aml->at - start || length > aml->end - start)
		return false;
	aml->end = start + length;
	return true;
}

/* Name (\_S5, Package () {type a, type b, ...}), from behind the name (7.4.2). An element that is
 * missing is 0. */
static bool take_sleep_types(struct aml *aml, struct acpi_power *p)
{
	u32 op, count, a = 0, b = 0;

	if (!take(aml, 1, &op) || op != AML_PACKAGE || !take_package_length(aml) ||
	    !take(aml, 1, &count) || !count || !take_integer(aml, &a))
		return false;
	if (count > 1 && aml->at < aml->end && !take_integer(aml, &b))
		return false;
	p->type_a = a & SLEEP_TYPE_BITS;
	p->type_b = b & SLEEP_TYPE_BITS;
	return true;
}

/* True if \_S5 is defined at `at`, and not used there. */
static bool is_s5_name(const struct acpi_table *t, u32 at)
{
	static const u32 s5 = '_' | 'S' << 8 | '5' << 16 | (u32)'_' << 24;
	u32 before = at - 1;

	if (acpi_field(t, at, 1) != '_' || acpi_field(t, at, 4) != s5)
		return false;
	if (acpi_field(t, before, 1) == AML_ROOT)
		before--;
	return acpi_field(t, before, 1) == AML_NAME;
}

static bool find_sleep_types_in(const struct acpi_table *t, struct acpi_power *p)
{
	for (u32 at = ACPI_HEADER + 1; at < t->length; at++) {
		struct aml aml = {t, at + 4, t->length};

		if (is_s5_name(t, at) && take_sleep_types(&aml, p))
			return true;
	}
	return false;
}

static bool find_sleep_types(const struct acpi_root *root, const struct acpi_table *fadt,
			     struct acpi_power *p)
{
	physical_reader *read = root->table.read;
	struct acpi_table t;
	u32 searched = 0;

	if ((acpi_open_table(read, acpi_address_field(fadt, FADT_X_DSDT), "DSDT", &t) ||
	     acpi_open_table(read, acpi_field(fadt, FADT_DSDT, 4), "DSDT", &t)) &&
	    find_sleep_types_in(&t, p))
		return true;
	for (u32 n = 0; searched < SEARCHED_MOST && acpi_find_table(root, "SSDT", n, &t); n++) {
		if (find_sleep_types_in(&t, p))
			return true;
		searched += t.length;
	}
	return false;
}

bool acpi_find(physical_reader *read, struct acpi_power *found)
{
	struct acpi_root root;
	struct acpi_table fadt;

	return acpi_open_root(read, &root) && acpi_find_table(&root, "FACP", 0, &fadt) &&
	       find_registers(&fadt, found) && find_sleep_types(&root, &fadt, found);
}
