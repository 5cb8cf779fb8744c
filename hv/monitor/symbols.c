/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ELF specification (TIS 1.2), book I: section headers, symbol tables. */
#include "hv/monitor/symbols.h"

#include "abi/elf.h"
#include "lib/string.h"
#include "mm/frame_map.h"

static struct symbols own;

static bool read(struct bytes image, u32 offset, void *to, u32 size)
{
	if (offset > image.size || size > image.size - offset)
		return false;
	memcpy(to, image.data + offset, size);
	return true;
}

/* The bytes of a section; NULL if some of them are outside of the image. */
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
		return false; /* not ended: no name can be trusted */
	symbols->count = table_size / sizeof(struct elf_symbol);
	symbols->strings_size = strings_size;
	return symbols->count;
}

/* Reads the header. False unless the file is a 32-bit file with little-endian numbers. */
static bool read_header(struct bytes image, struct elf_header *header)
{
	return read(image, 0, header, sizeof(*header)) &&
	       !memcmp(header->magic, ELF_MAGIC, ELF_MAGIC_SIZE) && header->class == ELF_CLASS_32 &&
	       header->data == ELF_DATA_LITTLE_ENDIAN;
}

static bool read_section(struct bytes image, const struct elf_header *header, u32 index,
			 struct elf_section *section)
{
	u32 at = index * header->section_size;

	return index < header->section_count &&
	       read(image, header->sections + at, section, sizeof(*section));
}

bool symbols_of_image(struct symbols *symbols, struct bytes image)
{
	struct elf_section section, strings;
	struct elf_header header;

	*symbols = (struct symbols){.count = 0};
	if (!read_header(image, &header))
		return false;
	for (u32 i = 0; read_section(image, &header, i, &section); i++)
		if (section.type == ELF_SECTION_SYMBOLS)
			return read_section(image, &header, section.link, &strings) &&
			       set(symbols, contents(image, &section), section.size,
				   contents(image, &strings), strings.size);
	return false;
}

const char *symbols_find(const struct symbols *symbols, u32 address, u32 *offset)
{
	struct elf_symbol s;

	for (u32 i = 0; i < symbols->count; i++) {
		memcpy(&s, symbols->table + i * sizeof(s), sizeof(s));
		if (ELF_SYMBOL_TYPE(s.info) != ELF_SYMBOL_FUNCTION || address - s.value >= s.size ||
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
