/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hv/symbols.h"

#include "mm/frame_map.h"

struct elf_symbol {
	u32 name, value, size;
	u8 info, other;
	u16 section;
};
_Static_assert(sizeof(struct elf_symbol) == 16, "elf_symbol");

#define ELF_TYPE_FUNCTION 2
#define ELF_TYPE(info) ((info)&0xF)

static struct {
	const struct elf_symbol *table;
	const char *strings;
	u32 count, strings_size;
} symbols;

void symbols_init(paddr_t table, u32 table_size, paddr_t strings, u32 strings_size)
{
	symbols.table = (const struct elf_symbol *)machine_bytes(table);
	symbols.count = table_size / sizeof(struct elf_symbol);
	symbols.strings = (const char *)machine_bytes(strings);
	symbols.strings_size = strings_size;
	if (!strings_size || symbols.strings[strings_size - 1])
		symbols.count = 0; /* not ended: no name can be trusted */
}

bool symbols_known(void)
{
	return symbols.count != 0;
}

const char *symbol_find(u32 address, u32 *offset)
{
	for (u32 i = 0; i < symbols.count; i++) {
		const struct elf_symbol *s = &symbols.table[i];

		if (ELF_TYPE(s->info) != ELF_TYPE_FUNCTION || address - s->value >= s->size ||
		    s->name >= symbols.strings_size)
			continue;
		*offset = address - s->value;
		return symbols.strings + s->name;
	}
	return NULL;
}
