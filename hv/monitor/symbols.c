/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ELF specification (TIS 1.2), book I: section headers, symbol tables. */
#include "hv/monitor/symbols.h"

#include "lib/string.h"
#include "mm/frame_map.h"

struct elf_symbol {
	u32 name, value, size;
	u8 info, other;
	u16 section;
};
_Static_assert(sizeof(struct elf_symbol) == 16, "elf_symbol");

struct elf_section {
	u32 name, type, flags, address, offset, size, link, info, alignment, entry_size;
};
_Static_assert(sizeof(struct elf_section) == 40, "elf_section");

/* The end of the ELF header, with the place of the section headers. */
struct elf_sections {
	u32 offset;
	u8 between[10];
	u16 entry_size, count;
};
#define ELF_MAGIC "\177ELF\1\1" /* 32 bits, little-endian */
#define ELF_SECTIONS 32
_Static_assert(offsetof(struct elf_sections, count) == 48 - ELF_SECTIONS, "e_shnum");

#define ELF_SECTION_SYMBOLS 2
#define ELF_TYPE_FUNCTION 2
#define ELF_TYPE(info) ((info)&0xF)

static struct symbols own;

/* Copies a part of the image; false if it is not all in the image. */
static bool read(struct bytes image, u32 offset, void *to, u32 size)
{
	if (offset > image.size || size > image.size - offset)
		return false;
	memcpy(to, image.data + offset, size);
	return true;
}

/* The bytes of a section; NULL if they are not all in the image. */
static const u8 *contents(struct bytes image, const struct elf_section *s)
{
	if (s->offset > image.size || s->size > image.size - s->offset)
		return NULL;
	return image.data + s->offset;
}

static bool set(struct symbols *symbols, const u8 *table, u32 table_size, const u8 *strings,
		u32 strings_size)
{
	*symbols = (struct symbols){.table = table, .strings = (const char *)strings};
	if (!table || !strings || !strings_size || strings[strings_size - 1])
		return false; /* the last string has no end */
	symbols->count = table_size / sizeof(struct elf_symbol);
	symbols->strings_size = strings_size;
	return symbols->count;
}

static bool read_section(struct bytes image, const struct elf_sections *sections, u32 index,
			 struct elf_section *section)
{
	u32 at = index * sections->entry_size;

	return index < sections->count &&
	       read(image, sections->offset + at, section, sizeof(*section));
}

bool symbols_of_image(struct symbols *symbols, struct bytes image)
{
	struct elf_section section, strings;
	struct elf_sections sections;

	*symbols = (struct symbols){.count = 0};
	if (!read(image, ELF_SECTIONS, &sections, sizeof(sections)) ||
	    memcmp(image.data, ELF_MAGIC, sizeof(ELF_MAGIC) - 1))
		return false;
	for (u32 i = 0; read_section(image, &sections, i, &section); i++)
		if (section.type == ELF_SECTION_SYMBOLS)
			return read_section(image, &sections, section.link, &strings) &&
			       set(symbols, contents(image, &section), section.size,
				   contents(image, &strings), strings.size);
	return false;
}

const char *symbols_find(const struct symbols *symbols, u32 address, u32 *offset)
{
	struct elf_symbol s;

	for (u32 i = 0; i < symbols->count; i++) {
		memcpy(&s, symbols->table + i * sizeof(s), sizeof(s));
		if (ELF_TYPE(s.info) != ELF_TYPE_FUNCTION || address - s.value >= s.size ||
		    s.name >= symbols->strings_size)
			continue;
		*offset = address - s.value;
		return symbols->strings + s.name;
	}
	return NULL;
}

void symbols_init(paddr_t table, u32 table_size, paddr_t strings, u32 strings_size)
{
	set(&own, machine_bytes(table), table_size, machine_bytes(strings), strings_size);
}

bool symbols_known(void)
{
	return own.count != 0;
}

const char *symbol_find(u32 address, u32 *offset)
{
	return symbols_find(&own, address, offset);
}
