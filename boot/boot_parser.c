// SPDX-License-Identifier: GPL-2.0-or-later
#include "boot/boot_parser.h"

#include "abi/elf.h"
#include "arch/x86/memory_map.h"
#include "lib/string.h"

#define ADDRESS_SPACE_END (1ull << 32)
#define FRAMES_END (1u << 20)  /* 4 GB */
#define FIRST_RAM_FRAME 0x100u /* 1 MB */

void parser_note(struct parser *parser, const char *sentence)
{
	if (!parser->info->warning)
		parser->info->warning = sentence;
}

bool parser_read(struct parser *parser, u64 at, void *to, u32 size)
{
	if (at > ADDRESS_SPACE_END - size)
		return false;
	return parser->read(to_paddr((u32)at), to, size);
}

/* -- Memory -- */

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

static u64 range_end(u64 base, u64 length)
{
	return length > UINT64_MAX - base ? UINT64_MAX : base + length;
}

void parser_add_ram(struct parser *parser, u64 base, u64 length)
{
	struct boot_info *info = parser->info;

	if (!ranges_add(info->ram, &info->ram_count, frame_at_or_above(base),
			frame_at_or_below(range_end(base, length))))
		parser_note(parser, "the memory map has too many ranges: some memory is not used");
}

static void remove_frames(struct parser *parser, u32 first, u32 end)
{
	struct boot_info *info = parser->info;

	if (!ranges_remove(info->ram, &info->ram_count, first, end))
		parser_note(parser, "the memory map has too many holes: some memory is not used");
}

void parser_remove_reserved(struct parser *parser, u64 base, u64 length)
{
	if (length)
		remove_frames(parser, frame_at_or_below(base),
			      frame_at_or_above(range_end(base, length)));
}

/* Interrupt vectors, BIOS data and the loader's data lie below 1 MB, and not every firmware's map
 * says so. */
void parser_end_map(struct parser *parser)
{
	remove_frames(parser, 0, FIRST_RAM_FRAME);
}

/* -- Strings and modules -- */

/* Byte by byte: the bytes behind the NUL may not be memory. */
void parser_copy_string(struct parser *parser, u64 from, char *to)
{
	u32 i;

	for (i = 0; i < BOOT_STRING_SIZE; i++) {
		if (!parser_read(parser, from + i, &to[i], 1)) {
			parser_note(parser, "a string is not in memory or does not end");
			break;
		}
		if (!to[i])
			return;
	}
	if (i == BOOT_STRING_SIZE) {
		parser_note(parser, "a string is too long: its end is cut off");
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

static bool is_good_module(struct parser *parser, u32 start, u32 end)
{
	if (end < start)
		parser_note(parser, "a module ends before it starts: it is ignored");
	else if (end > start && !is_reachable(start, end - start))
		parser_note(parser,
			    "a module is out of reach, in page 0 or the last 4 MB: it is ignored");
	else
		return true;
	return false;
}

void parser_add_module(struct parser *parser, u32 start, u32 end, u64 string)
{
	struct boot_info *info = parser->info;
	char text[BOOT_STRING_SIZE] = "";
	const char *kept;

	if (!is_good_module(parser, start, end)) {
		info->modules_dropped++;
		return;
	}
	if (string)
		parser_copy_string(parser, string, text);
	kept = boot_keep_string(info, text);
	if (kept)
		info->modules[info->module_count++] = (struct boot_module){
		    .start = to_paddr(start), .size = end - start, .string = kept};
	else
		info->modules_beyond++;
}

/* -- Symbols -- */

static bool read_section(struct parser *parser, const struct section_list *sections, u32 index,
			 struct elf_section *section)
{
	u64 offset = (u64)index * sections->size;

	return index < sections->count && index < SECTIONS_MAX &&
	       parser_read(parser, sections->at + offset, section, sizeof(*section));
}

/* True if the loader has put the section's contents into memory. */
static bool is_loaded(const struct elf_section *section)
{
	return section->size && is_reachable(section->address, section->size);
}

void parser_find_symbols(struct parser *parser, const struct section_list *sections)
{
	struct boot_info *info = parser->info;
	struct elf_section symbols, strings;
	u32 index = 0;

	if (sections->size < sizeof(symbols))
		return;
	do {
		if (!read_section(parser, sections, index++, &symbols))
			return;
	} while (symbols.type != ELF_SECTION_SYMBOLS);
	if (!read_section(parser, sections, symbols.link, &strings) ||
	    strings.type != ELF_SECTION_STRINGS || !is_loaded(&symbols) || !is_loaded(&strings)) {
		parser_note(parser, "the symbol table is not in memory or has no strings");
		return;
	}
	info->symbols = to_paddr(symbols.address);
	info->symbols_size = symbols.size;
	info->symbol_strings = to_paddr(strings.address);
	info->symbol_strings_size = strings.size;
}
