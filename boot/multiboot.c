// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads the information of Multiboot 1 (Multiboot Specification 0.6.96, section 3.3). */
#include "boot/multiboot.h"

#include "boot/boot_parser.h"
#include "boot/multiboot2.h"
#include "lib/string.h"

/* Flags: which fields are valid. */
#define HAS_MEMORY (1u << 0)
#define HAS_COMMAND_LINE (1u << 2)
#define HAS_MODULES (1u << 3)
#define HAS_ELF_SECTIONS (1u << 5)
#define HAS_MEMORY_MAP (1u << 6)

struct multiboot_information {
	u32 flags;
	u32 memory_lower, memory_upper; /* KB from 0 and from 1 MB up */
	u32 boot_device;
	u32 command_line;
	u32 modules_count, modules;
	u32 sections_count, section_size, sections, section_names;
	u32 map_size, map; /* bytes */
};

struct multiboot_module {
	u32 start, end, string, reserved;
};

struct map_entry {
	u32 size; /* of the rest: 20, or more in later versions of the firmware's interface */
	u64 base, length;
	u32 type;
} PACKED;

#define MAP_TYPE_RAM 1

_Static_assert(sizeof(struct multiboot_information) == 52, "Multiboot section 3.3");
_Static_assert(sizeof(struct multiboot_module) == 16, "Multiboot section 3.3");
_Static_assert(sizeof(struct map_entry) == 24, "Multiboot section 3.3");

struct parser1 {
	struct parser parser;
	struct multiboot_information given;
};

/* Reads the memory map's entry at *offset and moves on to the next; false at the end. */
static bool next_entry(struct parser1 *p, u32 *offset, struct map_entry *entry)
{
	u32 left = p->given.map_size - *offset;

	if (!(p->given.flags & HAS_MEMORY_MAP) || !left)
		return false;
	if (left < sizeof(*entry) ||
	    !parser_read(&p->parser, (u64)p->given.map + *offset, entry, sizeof(*entry)) ||
	    entry->size < sizeof(*entry) - sizeof(entry->size)) {
		parser_note(&p->parser, "the memory map ends in the middle of an entry");
		return false;
	}
	left -= sizeof(entry->size);
	*offset =
	    entry->size < left ? *offset + sizeof(entry->size) + entry->size : p->given.map_size;
	return true;
}

static void parse_memory(struct parser1 *p)
{
	struct map_entry entry;

	if (p->given.flags & HAS_MEMORY_MAP && p->given.map_size > MAP_SIZE_MAX) {
		parser_note(&p->parser, "the memory map is too long: only its beginning is read");
		p->given.map_size = MAP_SIZE_MAX;
	}
	for (u32 offset = 0; next_entry(p, &offset, &entry);)
		if (entry.type == MAP_TYPE_RAM)
			parser_add_ram(&p->parser, entry.base, entry.length);
	if (!p->parser.info->ram_count && p->given.flags & HAS_MEMORY)
		parser_add_ram(&p->parser, MIB, (u64)p->given.memory_upper * KIB);
	for (u32 offset = 0; next_entry(p, &offset, &entry);)
		if (entry.type != MAP_TYPE_RAM)
			parser_remove_reserved(&p->parser, entry.base, entry.length);
	parser_end_map(&p->parser);
}

static void parse_modules(struct parser1 *p)
{
	u32 given = p->given.modules_count, count = given, i;
	struct boot_info *info = p->parser.info;
	struct multiboot_module module;

	if (given > BOOT_MODULES_MAX) {
		info->modules_beyond = given - BOOT_MODULES_MAX;
		count = BOOT_MODULES_MAX;
	}
	for (i = 0; i < count; i++) {
		if (!parser_read(&p->parser, p->given.modules + (u64)i * sizeof(module), &module,
				 sizeof(module))) {
			parser_note(&p->parser, "the list of modules is not in memory");
			break;
		}
		parser_add_module(&p->parser, module.start, module.end, module.string);
	}
	info->modules_dropped += count - i;
}

/* False if the information itself cannot be read. */
static bool parse_version_1(struct parser *parser, paddr_t at)
{
	struct parser1 p = {.parser = *parser};
	const struct multiboot_information *given = &p.given;
	struct section_list sections;

	if (!parser_read(parser, paddr_value(at), &p.given, sizeof(p.given)))
		return false;
	parse_memory(&p);
	if (given->flags & HAS_COMMAND_LINE)
		parser_copy_string(parser, given->command_line, parser->info->command_line);
	if (given->flags & HAS_MODULES)
		parse_modules(&p);
	sections =
	    (struct section_list){given->sections, given->sections_count, given->section_size};
	if (given->flags & HAS_ELF_SECTIONS)
		parser_find_symbols(parser, &sections);
	return true;
}

bool multiboot_parse(u32 magic, paddr_t at, physical_reader *read, struct boot_info *info)
{
	struct parser parser = {.read = read, .info = info};
	bool readable;

	memset(info, 0, sizeof(*info));
	if (magic != MULTIBOOT_LOADER_MAGIC && magic != MULTIBOOT2_LOADER_MAGIC) {
		parser_note(&parser, "the boot loader does not speak Multiboot");
		return false;
	}
	readable = magic == MULTIBOOT_LOADER_MAGIC ? parse_version_1(&parser, at)
						   : multiboot2_parse(&parser, at);
	if (!readable)
		parser_note(&parser, "the Multiboot information is not in memory");
	else if (!info->ram_count)
		info->warning = "the boot loader reported no usable memory above 1 MB";
	return info->ram_count > 0;
}
