/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "arch/x86/acpi_tables.h"

#include "lib/min_max.h"
#include "lib/string.h"

#define EBDA_SEGMENT 0x40Eu /* the BIOS data area: where the extended one starts */
#define EBDA_SEARCHED 0x400u
#define BIOS_START 0xE0000u
#define BIOS_END 0x100000u

/* 5.2.5.3 */
#define RSDP_STEP 16
#define RSDP_FIRST_SIZE 20u
#define RSDP_REVISION 15
#define RSDP_RSDT 16
#define RSDP_LENGTH 20
#define RSDP_XSDT 24
#define RSDP_SECOND_SIZE 36u
#define RSDP_MOST 256u

/* 5.2.3.2: a generic address */
#define GENERIC_SPACE 0
#define GENERIC_ADDRESS 4
#define SPACE_MEMORY 0
#define SPACE_PORT 1

/* 5.2.6 */
#define TABLE_LENGTH 4
#define ENTRIES_MOST 256u

/* -- One table -- */

u32 acpi_field(const struct acpi_table *t, u32 offset, u32 size)
{
	u32 value = 0;

	if (offset > t->length || size > t->length - offset ||
	    !t->read(to_paddr(t->at + offset), &value, size))
		return 0;
	return value;
}

u32 acpi_address_field(const struct acpi_table *t, u32 offset)
{
	return acpi_field(t, offset + 4, 4) ? 0 : acpi_field(t, offset, 4);
}

struct acpi_register acpi_generic_register(const struct acpi_table *t, u32 offset)
{
	u32 space = acpi_field(t, offset + GENERIC_SPACE, 1);
	u32 address = acpi_address_field(t, offset + GENERIC_ADDRESS);

	if (address && space == SPACE_MEMORY)
		return (struct acpi_register){ACPI_MEMORY, address};
	if (address && space == SPACE_PORT && address <= ACPI_PORT_MOST)
		return (struct acpi_register){ACPI_PORT, address};
	return (struct acpi_register){ACPI_NOWHERE, 0};
}

bool acpi_open_table(physical_reader *read, u32 at, const char *signature, struct acpi_table *t)
{
	u8 header[ACPI_HEADER];

	if (!at || !read(to_paddr(at), header, sizeof(header)) || memcmp(header, signature, 4))
		return false;
	*t = (struct acpi_table){read, at, ACPI_HEADER};
	t->length = acpi_field(t, TABLE_LENGTH, 4);
	if (t->length < ACPI_HEADER || t->length - 1 > UINT32_MAX - at)
		return false;
	t->length = min_u32(t->length, ACPI_TABLE_MOST);
	return true;
}

/* -- From the RSDP to the tables -- */

static bool sums_to_zero(physical_reader *read, u32 at, u32 size)
{
	u8 bytes[RSDP_MOST], sum = 0;

	if (size > sizeof(bytes) || !read(to_paddr(at), bytes, size))
		return false;
	for (u32 i = 0; i < size; i++)
		sum += bytes[i];
	return sum == 0;
}

static bool find_rsdp_in(physical_reader *read, u32 start, u32 end, struct acpi_table *rsdp)
{
	u8 signature[8];

	for (u32 at = start; at < end; at += RSDP_STEP)
		if (read(to_paddr(at), signature, sizeof(signature)) &&
		    !memcmp(signature, "RSD PTR ", sizeof(signature)) &&
		    sums_to_zero(read, at, RSDP_FIRST_SIZE)) {
			*rsdp = (struct acpi_table){read, at, RSDP_FIRST_SIZE};
			return true;
		}
	return false;
}

static paddr_t known_rsdp; /* 0: it has to be searched */

void acpi_set_rsdp(paddr_t at)
{
	known_rsdp = at;
}

static bool find_rsdp(physical_reader *read, struct acpi_table *rsdp)
{
	u32 known = paddr_value(known_rsdp), ebda;
	u16 segment = 0;

	if (known && find_rsdp_in(read, known, known + RSDP_STEP, rsdp))
		return true;
	read(to_paddr(EBDA_SEGMENT), &segment, sizeof(segment));
	ebda = (u32)segment << 4;
	if (!(ebda && find_rsdp_in(read, ebda, ebda + EBDA_SEARCHED, rsdp)) &&
	    !find_rsdp_in(read, BIOS_START, BIOS_END, rsdp))
		return false;
	acpi_set_rsdp(to_paddr(rsdp->at)); /* it is looked for once */
	return true;
}

/* From revision 2 on the root is the XSDT, if that lies below 4 GB. */
bool acpi_open_root(physical_reader *read, struct acpi_root *root)
{
	struct acpi_table rsdp;
	u32 length;

	if (!find_rsdp(read, &rsdp))
		return false;
	root->entry_size = sizeof(u64);
	if (acpi_field(&rsdp, RSDP_REVISION, 1) >= 2) {
		rsdp.length = RSDP_SECOND_SIZE;
		length = acpi_field(&rsdp, RSDP_LENGTH, 4);
		if (length >= RSDP_SECOND_SIZE && sums_to_zero(read, rsdp.at, length) &&
		    acpi_open_table(read, acpi_address_field(&rsdp, RSDP_XSDT), "XSDT",
				    &root->table))
			return true;
	}
	root->entry_size = sizeof(u32);
	return acpi_open_table(read, acpi_field(&rsdp, RSDP_RSDT, 4), "RSDT", &root->table);
}

bool acpi_find_table(const struct acpi_root *root, const char *signature, u32 n,
		     struct acpi_table *found)
{
	const struct acpi_table *list = &root->table;
	u32 count = (list->length - ACPI_HEADER) / root->entry_size;

	for (u32 i = 0; i < count && i < ENTRIES_MOST; i++) {
		u32 offset = ACPI_HEADER + i * root->entry_size;
		u32 at = root->entry_size == sizeof(u64) ? acpi_address_field(list, offset)
							 : acpi_field(list, offset, 4);

		if (acpi_open_table(list->read, at, signature, found) && !n--)
			return true;
	}
	return false;
}
