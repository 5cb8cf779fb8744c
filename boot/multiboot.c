// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads the Multiboot information (Multiboot Specification 0.6.96, section 3.3).
 *	1. The loader's structures
 *	2. Lists of frame ranges
 *	3. Memory
 *	4. Strings and modules
 *	5. Symbols
 */
#include "boot/multiboot.h"

#include "abi/elf.h"
#include "arch/x86/memory_map.h"
#include "lib/min_max.h"
#include "lib/string.h"

/* --- 1. The loader's structures --- */

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

/* Limits that no loader reaches. They bound the work that a wrong length can cause. */
#define MAP_SIZE_MAX (64 * KIB)
#define SECTIONS_MAX 256

#define ADDRESS_SPACE_END (1ull << 32)
#define FRAMES_END (1u << 20)  /* 4 GB */
#define FIRST_RAM_FRAME 0x100u /* 1 MB */

struct parser {
	physical_reader *read;
	struct boot_info *info;
	struct multiboot_information given;
};

/* Keeps the first warning: later ones often follow from it. */
static void note(struct parser *parser, const char *sentence)
{
	if (!parser->info->warning)
		parser->info->warning = sentence;
}

static bool read_at(struct parser *parser, u64 at, void *to, u32 size)
{
	if (at > ADDRESS_SPACE_END - size)
		return false;
	return parser->read(to_paddr((u32)at), to, size);
}

/* --- 2. Lists of frame ranges --- */

/* Puts `count` ranges in the place of `replaced` ones at `index`. */
static void splice(struct frame_range *ranges, u32 *total, u32 index, u32 replaced, u32 count)
{
	memmove(&ranges[index + count], &ranges[index + replaced],
		(*total - index - replaced) * sizeof(*ranges));
	*total = *total - replaced + count;
}

/* Adds [first, end), joined with what it overlaps or touches. False if the list is full. */
static bool ranges_add(struct frame_range *ranges, u32 *count, u32 first, u32 end)
{
	u32 index = 0, last;

	if (first >= end)
		return true;
	while (index < *count && ranges[index].end < first)
		index++;
	for (last = index; last < *count && ranges[last].first <= end; last++) {
		first = min_u32(first, ranges[last].first);
		end = max_u32(end, ranges[last].end);
	}
	if (last == index && *count == BOOT_RANGES_MAX)
		return false;
	splice(ranges, count, index, last - index, 1);
	ranges[index] = (struct frame_range){first, end};
	return true;
}

/* Takes [first, end) out of the range at `index`, which overlaps it on both sides. */
static bool split_range(struct frame_range *ranges, u32 *count, u32 index, u32 first, u32 end)
{
	struct frame_range low = {ranges[index].first, first}, high = {end, ranges[index].end};

	if (*count == BOOT_RANGES_MAX) {
		ranges[index] = low.end - low.first >= high.end - high.first ? low : high;
		return false;
	}
	splice(ranges, count, index, 1, 2);
	ranges[index] = low;
	ranges[index + 1] = high;
	return true;
}

bool ranges_remove(struct frame_range *ranges, u32 *count, u32 first, u32 end)
{
	u32 index = 0;

	if (first >= end)
		return true;
	while (index < *count && ranges[index].end <= first)
		index++;
	if (index < *count && ranges[index].first < first && ranges[index].end > end)
		return split_range(ranges, count, index, first, end);
	if (index < *count && ranges[index].first < first)
		ranges[index++].end = first;
	while (index < *count && ranges[index].end <= end)
		splice(ranges, count, index, 1, 0);
	if (index < *count && ranges[index].first < end)
		ranges[index].first = end;
	return true;
}

/* --- 3. Memory --- */

static u32 frame_at_or_below(u64 address)
{
	return address < ADDRESS_SPACE_END ? (u32)(address >> FRAME_SHIFT) : FRAMES_END;
}

static u32 frame_at_or_above(u64 address)
{
	if (address >= ADDRESS_SPACE_END)
		return FRAMES_END;
	return frame_at_or_below(address + FRAME_OFFSET_MASK);
}

static u64 entry_end(const struct map_entry *entry)
{
	return entry->length > UINT64_MAX - entry->base ? UINT64_MAX : entry->base + entry->length;
}

/* Reads the memory map's entry at *offset and moves on to the next; false at the end. */
static bool next_entry(struct parser *parser, u32 *offset, struct map_entry *entry)
{
	u32 left = parser->given.map_size - *offset;

	if (!(parser->given.flags & HAS_MEMORY_MAP) || !left)
		return false;
	if (left < sizeof(*entry) ||
	    !read_at(parser, (u64)parser->given.map + *offset, entry, sizeof(*entry)) ||
	    entry->size < sizeof(*entry) - sizeof(entry->size)) {
		note(parser, "the memory map ends in the middle of an entry");
		return false;
	}
	left -= sizeof(entry->size);
	*offset = entry->size < left ? *offset + sizeof(entry->size) + entry->size
				     : parser->given.map_size;
	return true;
}

static void add_range(struct parser *parser, u32 first, u32 end)
{
	if (!ranges_add(parser->info->ram, &parser->info->ram_count, first, end))
		note(parser, "the memory map has too many ranges: some memory is not used");
}

static void remove_range(struct parser *parser, u32 first, u32 end)
{
	if (!ranges_remove(parser->info->ram, &parser->info->ram_count, first, end))
		note(parser, "the memory map has too many holes: some memory is not used");
}

static void add_ram(struct parser *parser)
{
	struct map_entry entry;
	u32 offset = 0;

	while (next_entry(parser, &offset, &entry)) {
		if (entry.type == MAP_TYPE_RAM)
			add_range(parser, frame_at_or_above(entry.base),
				  frame_at_or_below(entry_end(&entry)));
	}
	if (!parser->info->ram_count && parser->given.flags & HAS_MEMORY)
		add_range(parser, FIRST_RAM_FRAME,
			  frame_at_or_below(MIB + (u64)parser->given.memory_upper * KIB));
}

/* Where entries overlap, the reserved one counts. */
static void remove_reserved(struct parser *parser)
{
	struct map_entry entry;
	u32 offset = 0;

	while (next_entry(parser, &offset, &entry)) {
		if (entry.type != MAP_TYPE_RAM && entry.length)
			remove_range(parser, frame_at_or_below(entry.base),
				     frame_at_or_above(entry_end(&entry)));
	}
}

static void parse_memory(struct parser *parser)
{
	if (parser->given.flags & HAS_MEMORY_MAP && parser->given.map_size > MAP_SIZE_MAX) {
		note(parser, "the memory map is too long: only its beginning is read");
		parser->given.map_size = MAP_SIZE_MAX;
	}
	add_ram(parser);
	remove_reserved(parser);
	/* Interrupt vectors, BIOS data and the loader's data lie there, and not every firmware's
	 * map says so. */
	remove_range(parser, 0, FIRST_RAM_FRAME);
}

/* --- 4. Strings and modules --- */

/* Byte by byte: the bytes behind the NUL may not be memory. */
static void copy_string(struct parser *parser, u32 from, char *to)
{
	u32 i;

	for (i = 0; i < BOOT_STRING_SIZE; i++) {
		if (!read_at(parser, (u64)from + i, &to[i], 1)) {
			note(parser, "a string is not in memory or does not end");
			break;
		}
		if (!to[i])
			return;
	}
	if (i == BOOT_STRING_SIZE) {
		note(parser, "a string is too long: its end is cut off");
		i--;
	}
	to[i] = '\0';
}

/* True if the one-to-one map can show it: page 0 is absent, and from TOP_START up the hypervisor is
 * mapped. */
static bool is_reachable(u32 start, u32 size)
{
	return start >= FRAME_SIZE && start <= TOP_START && size <= TOP_START - start;
}

static void add_module(struct parser *parser, const struct multiboot_module *given)
{
	struct boot_info *info = parser->info;
	struct boot_module *module;

	if (given->end < given->start) {
		note(parser, "a module ends before it starts: it is ignored");
		info->modules_dropped++;
		return;
	}
	if (given->end > given->start && !is_reachable(given->start, given->end - given->start)) {
		note(parser, "a module is out of reach, in page 0 or the last 4 MB: it is ignored");
		info->modules_dropped++;
		return;
	}
	module = &info->modules[info->module_count++];
	module->start = to_paddr(given->start);
	module->size = given->end - given->start;
	module->string[0] = '\0';
	if (given->string)
		copy_string(parser, given->string, module->string);
}

static void parse_modules(struct parser *parser)
{
	u32 given = parser->given.modules_count, count = given, i;
	struct multiboot_module module;

	if (given > BOOT_MODULES_MAX) {
		parser->info->modules_beyond = given - BOOT_MODULES_MAX;
		count = BOOT_MODULES_MAX;
	}
	for (i = 0; i < count; i++) {
		if (!read_at(parser, parser->given.modules + (u64)i * sizeof(module), &module,
			     sizeof(module))) {
			note(parser, "the list of modules is not in memory");
			break;
		}
		add_module(parser, &module);
	}
	parser->info->modules_dropped += count - i;
}

/* --- 5. Symbols --- */

static bool read_section(struct parser *parser, u32 index, struct elf_section *section)
{
	u64 offset = (u64)index * parser->given.section_size;

	return index < parser->given.sections_count && index < SECTIONS_MAX &&
	       read_at(parser, parser->given.sections + offset, section, sizeof(*section));
}

/* True if the loader has put the section's contents into memory. */
static bool is_loaded(const struct elf_section *section)
{
	return section->size && is_reachable(section->address, section->size);
}

static void parse_symbols(struct parser *parser)
{
	struct boot_info *info = parser->info;
	struct elf_section symbols, strings;
	u32 index = 0;

	if (parser->given.section_size < sizeof(symbols))
		return;
	do {
		if (!read_section(parser, index++, &symbols))
			return;
	} while (symbols.type != ELF_SECTION_SYMBOLS);
	if (!read_section(parser, symbols.link, &strings) || strings.type != ELF_SECTION_STRINGS ||
	    !is_loaded(&symbols) || !is_loaded(&strings)) {
		note(parser, "the symbol table is not in memory or has no strings");
		return;
	}
	info->symbols = to_paddr(symbols.address);
	info->symbols_size = symbols.size;
	info->symbol_strings = to_paddr(strings.address);
	info->symbol_strings_size = strings.size;
}

bool multiboot_parse(u32 magic, paddr_t at, physical_reader *read, struct boot_info *info)
{
	struct parser parser = {.read = read, .info = info};

	memset(info, 0, sizeof(*info));
	if (magic != MULTIBOOT_LOADER_MAGIC) {
		note(&parser, "the boot loader does not speak Multiboot");
		return false;
	}
	if (!read_at(&parser, paddr_value(at), &parser.given, sizeof(parser.given))) {
		note(&parser, "the Multiboot information is not in memory");
		return false;
	}
	parse_memory(&parser);
	if (parser.given.flags & HAS_COMMAND_LINE)
		copy_string(&parser, parser.given.command_line, info->command_line);
	if (parser.given.flags & HAS_MODULES)
		parse_modules(&parser);
	if (parser.given.flags & HAS_ELF_SECTIONS)
		parse_symbols(&parser);
	if (!info->ram_count)
		info->warning = "the boot loader reported no usable memory above 1 MB";
	return info->ram_count > 0;
}
