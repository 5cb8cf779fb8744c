/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 *	floating pointer --> configuration table: header, entries
 *	                 or  the number of a default configuration
 *
 * It comes from firmware, so each length and address is checked. Sections are those of the
 * MultiProcessor Specification 1.4.
 */
#include "arch/x86/mp_table.h"

#include "lib/min_max.h"
#include "lib/string.h"

/* The BIOS data area. */
#define EBDA_SEGMENT 0x40Eu
#define BASE_MEMORY_KB 0x413u

#define BIOS_START 0xF0000u
#define BIOS_SIZE 0x10000u
#define PARAGRAPH 16u

/* 4.1 */
struct mp_pointer {
	char signature[4];
	u32 table;
	u8 paragraphs; /* of this structure */
	u8 revision, checksum;
	u8 configuration; /* the default one; 0: there is a table */
	u8 features[4];
};
_Static_assert(sizeof(struct mp_pointer) == PARAGRAPH, "as in the specification");

#define DEFAULT_CONFIGURATIONS 7 /* 5: each has two CPUs, with the IDs 0 and 1 */

/* 4.2 */
struct mp_header {
	char signature[4];
	u16 length; /* with the entries */
	u8 revision, checksum;
	char oem[8], product[12];
	u32 oem_table;
	u16 oem_size, entries;
	u32 local_apic;
	u16 extended_length;
	u8 extended_checksum, reserved;
};
_Static_assert(sizeof(struct mp_header) == 44, "as in the specification");

/* 4.3: a processor's entry comes first and is the longest. */
#define TYPE_PROCESSOR 0
#define TYPE_LAST 4 /* of those with 8 bytes; in an entry beyond, the length is not known */
#define OTHER_SIZE 8u

/* 4.3.1 */
struct mp_processor {
	u8 type, apic_id, version, flags;
	u32 signature, features, reserved[2];
};
_Static_assert(sizeof(struct mp_processor) == 20, "as in the specification");

#define FLAG_ENABLED 1u

/* True if `size` bytes can be read and add up to 0. */
static bool sums_to_zero(physical_reader *read, u32 at, u32 size)
{
	u8 bytes[PARAGRAPH], sum = 0;

	while (size) {
		u32 part = min_u32(size, sizeof(bytes));

		if (!read(to_paddr(at), bytes, part))
			return false;
		for (u32 i = 0; i < part; i++)
			sum += bytes[i];
		at += part;
		size -= part;
	}
	return sum == 0;
}

/* -- The floating pointer -- */

static bool find_pointer_in(physical_reader *read, u32 start, u32 size, struct mp_pointer *pointer)
{
	for (u32 at = start; at < start + size; at += PARAGRAPH)
		if (read(to_paddr(at), pointer, sizeof(*pointer)) &&
		    !memcmp(pointer->signature, "_MP_", sizeof(pointer->signature)) &&
		    pointer->paragraphs == 1 && sums_to_zero(read, at, sizeof(*pointer)))
			return true;
	return false;
}

static bool find_pointer(physical_reader *read, struct mp_pointer *pointer)
{
	u16 segment = 0, kilobytes = 0;

	read(to_paddr(EBDA_SEGMENT), &segment, sizeof(segment));
	read(to_paddr(BASE_MEMORY_KB), &kilobytes, sizeof(kilobytes));
	return (segment && find_pointer_in(read, segment * PARAGRAPH, KIB, pointer)) ||
	       (kilobytes && find_pointer_in(read, (kilobytes - 1u) * KIB, KIB, pointer)) ||
	       find_pointer_in(read, BIOS_START, BIOS_SIZE, pointer);
}

/* -- The configuration table -- */

/* Returns the entry's size; 0: it does not lie in the table, or its type is not known. */
static u32 read_entry(physical_reader *read, u32 at, u32 end, struct cpu_list *list)
{
	struct mp_processor entry;

	if (at >= end || !read(to_paddr(at), &entry.type, sizeof(entry.type)) ||
	    entry.type > TYPE_LAST)
		return 0;
	if (entry.type != TYPE_PROCESSOR)
		return OTHER_SIZE;
	if (end - at < sizeof(entry) || !read(to_paddr(at), &entry, sizeof(entry)))
		return 0;
	if (entry.flags & FLAG_ENABLED)
		cpu_list_add(list, entry.apic_id);
	return sizeof(entry);
}

static void read_table(physical_reader *read, u32 at, struct cpu_list *list)
{
	struct mp_header header;
	u32 end, size = 1;

	if (!read(to_paddr(at), &header, sizeof(header)) ||
	    memcmp(header.signature, "PCMP", sizeof(header.signature)) ||
	    header.length < sizeof(header) || header.length - 1u > UINT32_MAX - at ||
	    !sums_to_zero(read, at, header.length))
		return;
	end = at + header.length;
	at += sizeof(header);
	for (u32 i = 0; i < header.entries && size; i++, at += size)
		size = read_entry(read, at, end, list);
}

void mp_find_cpus(physical_reader *read, struct cpu_list *list)
{
	struct mp_pointer pointer;

	if (!find_pointer(read, &pointer))
		return;
	if (pointer.configuration && pointer.configuration <= DEFAULT_CONFIGURATIONS) {
		cpu_list_add(list, 0);
		cpu_list_add(list, 1);
	} else if (!pointer.configuration && pointer.table) {
		read_table(read, pointer.table, list);
	}
}
