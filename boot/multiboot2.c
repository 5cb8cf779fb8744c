// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A list of tags, each with its type and its size, from 8 bytes behind the start of the
 * information. Each tag begins at a multiple of 8 bytes.
 *
 *	1. Tags
 *	2. Memory
 *	3. Modules and symbols
 *	4. Screen and ACPI
 */
#include "boot/multiboot2.h"

#include "lib/min_max.h"
#include "lib/string.h"

/* --- 1. Tags --- */

#define FIRST_TAG 8u
#define TAG_ALIGNMENT 8u
#define INFORMATION_MAX (1u * MIB) /* strings of modules are in it, and section headers */
#define TAGS_MAX 512u

enum tag_type {
	TAG_END = 0,
	TAG_COMMAND_LINE = 1,
	TAG_MODULE = 3,
	TAG_MEMORY = 4,
	TAG_MEMORY_MAP = 6,
	TAG_FRAMEBUFFER = 8,
	TAG_ELF_SECTIONS = 9,
	TAG_RSDP_OLD = 14,
	TAG_RSDP_NEW = 15,
	TAG_EFI_MEMORY_MAP = 17,
};

struct tag {
	u32 type, size; /* size: of all of it, 8 bytes at least */
	u32 at;         /* where it is; not part of the loader's structure */
};

#define TAG_HEADER 8u

struct parser2 {
	struct parser *parser;
	u32 start, size;
};

/* Reads the first tag with *offset at or after it; sets *offset to where the next one may be. False
 * at the end of the list. */
static bool next_tag(struct parser2 *p, u32 *offset, struct tag *tag)
{
	u32 left = p->size - *offset;

	if (*offset > p->size || left < TAG_HEADER)
		return false;
	tag->at = p->start + *offset;
	if (!parser_read(p->parser, tag->at, tag, TAG_HEADER) || tag->size < TAG_HEADER ||
	    tag->size > left) {
		parser_note(p->parser, "the Multiboot information ends in the middle of a tag");
		return false;
	}
	*offset += (tag->size + TAG_ALIGNMENT - 1) & ~(TAG_ALIGNMENT - 1);
	return tag->type != TAG_END;
}

/* Finds the first tag of this type. */
static bool find_tag(struct parser2 *p, enum tag_type type, struct tag *tag)
{
	u32 offset = FIRST_TAG;

	for (u32 i = 0; i < TAGS_MAX && next_tag(p, &offset, tag); i++)
		if (tag->type == type)
			return true;
	return false;
}

/* Reads `size` bytes of a tag; false if it is shorter. */
static bool read_tag(struct parser2 *p, const struct tag *tag, u32 offset, void *to, u32 size)
{
	return offset <= tag->size && size <= tag->size - offset &&
	       parser_read(p->parser, (u64)tag->at + offset, to, size);
}

/* --- 2. Memory --- */

/* Both memory maps begin with the size of an entry and a version. */
#define MAP_ENTRIES 16u

struct map_entry {
	u64 base, length;
	u32 type, reserved;
};

#define MAP_TYPE_RAM 1
#define BASIC_UPPER 12u /* in the basic memory tag: KB from 1 MB up */

/* UEFI Specification 2.10, 7.2.3. */
struct efi_entry {
	u32 type, padding;
	u64 base, virtual_base, pages, attributes;
};

#define EFI_PAGE_SHIFT 12
#define EFI_PAGES_MAX (UINT64_MAX >> EFI_PAGE_SHIFT)

_Static_assert(sizeof(struct map_entry) == 24, "Multiboot2 section 3.6.8");
_Static_assert(sizeof(struct efi_entry) == 40, "UEFI section 7.2.3");

/* The loader's and the firmware's own memory is free: boot services have ended. */
static bool is_efi_ram(u32 type)
{
	enum { LOADER_CODE = 1, BOOT_SERVICES_DATA = 4, CONVENTIONAL = 7 };

	return (type >= LOADER_CODE && type <= BOOT_SERVICES_DATA) || type == CONVENTIONAL;
}

struct range {
	u64 base, length;
	bool is_ram;
};

static bool read_map_entry(struct parser2 *p, const struct tag *tag, u32 offset,
			   struct range *range)
{
	struct map_entry entry;

	if (!read_tag(p, tag, offset, &entry, sizeof(entry)))
		return false;
	*range = (struct range){entry.base, entry.length, entry.type == MAP_TYPE_RAM};
	return true;
}

static bool read_efi_entry(struct parser2 *p, const struct tag *tag, u32 offset,
			   struct range *range)
{
	struct efi_entry entry;

	if (!read_tag(p, tag, offset, &entry, sizeof(entry)))
		return false;
	range->base = entry.base;
	range->length = entry.pages > EFI_PAGES_MAX ? UINT64_MAX : entry.pages << EFI_PAGE_SHIFT;
	range->is_ram = is_efi_ram(entry.type);
	return true;
}

/* Adds the RAM of a memory map, or removes what is reserved in it. */
static void apply_map(struct parser2 *p, const struct tag *tag, bool ram)
{
	bool efi = tag->type == TAG_EFI_MEMORY_MAP;
	u32 entry_size = 0, end = min_u32(tag->size, MAP_SIZE_MAX);
	struct range range;

	if (end < tag->size)
		parser_note(p->parser, "the memory map is too long: only its beginning is read");
	read_tag(p, tag, TAG_HEADER, &entry_size, sizeof(entry_size));
	if (entry_size < (efi ? sizeof(struct efi_entry) : sizeof(struct map_entry)) ||
	    entry_size > end) {
		parser_note(p->parser, "the memory map's entries have a wrong size");
		return;
	}
	for (u32 at = MAP_ENTRIES; at <= end - entry_size; at += entry_size) {
		bool read =
		    efi ? read_efi_entry(p, tag, at, &range) : read_map_entry(p, tag, at, &range);

		if (!read)
			return;
		if (ram && range.is_ram)
			parser_add_ram(p->parser, range.base, range.length);
		else if (!ram && !range.is_ram)
			parser_remove_reserved(p->parser, range.base, range.length);
	}
}

/* RAM is what the loader's map says; if it names none, the firmware's; else the basic memory tag.
 * Memory that either map reserves is not used. */
static void parse_memory(struct parser2 *p)
{
	struct tag map, efi_map, basic;
	bool has_map = find_tag(p, TAG_MEMORY_MAP, &map);
	bool has_efi_map = find_tag(p, TAG_EFI_MEMORY_MAP, &efi_map);
	u32 upper;

	if (has_map)
		apply_map(p, &map, true);
	if (has_efi_map && !p->parser->info->ram_count)
		apply_map(p, &efi_map, true);
	if (!p->parser->info->ram_count && find_tag(p, TAG_MEMORY, &basic) &&
	    read_tag(p, &basic, BASIC_UPPER, &upper, sizeof(upper)))
		parser_add_ram(p->parser, MIB, (u64)upper * KIB);
	if (has_map)
		apply_map(p, &map, false);
	if (has_efi_map)
		apply_map(p, &efi_map, false);
	parser_end_map(p->parser);
}

/* --- 3. Modules and symbols --- */

#define MODULE_STRING 16u

static void parse_module(struct parser2 *p, const struct tag *tag)
{
	struct boot_info *info = p->parser->info;
	struct {
		u32 start, end;
	} given;

	if (info->module_count + info->modules_dropped == BOOT_MODULES_MAX)
		info->modules_beyond++;
	else if (read_tag(p, tag, TAG_HEADER, &given, sizeof(given)))
		parser_add_module(p->parser, given.start, given.end,
				  tag->size > MODULE_STRING ? (u64)tag->at + MODULE_STRING : 0);
	else
		info->modules_dropped++;
}

static void parse_modules(struct parser2 *p)
{
	u32 offset = FIRST_TAG;
	struct tag tag;

	for (u32 i = 0; i < TAGS_MAX && next_tag(p, &offset, &tag); i++)
		if (tag.type == TAG_MODULE)
			parse_module(p, &tag);
}

static void parse_symbols(struct parser2 *p)
{
	struct {
		u32 count, size, names;
	} given;
	struct tag tag;

	if (!find_tag(p, TAG_ELF_SECTIONS, &tag) ||
	    !read_tag(p, &tag, TAG_HEADER, &given, sizeof(given)))
		return;
	parser_find_symbols(p->parser,
			    &(struct section_list){(u64)tag.at + TAG_HEADER + sizeof(given),
						   given.count, given.size});
}

/* --- 4. Screen and ACPI --- */

struct given_framebuffer {
	u64 address;
	u32 pitch, width, height;
	u8 bits, type;
	u16 reserved;
	struct {
		u8 at, size;
	} red, green, blue;
} PACKED;

#define FRAMEBUFFER_COLOURS 1 /* the type without a palette */
#define FRAMEBUFFER_WITHOUT_COLOURS 24u

_Static_assert(sizeof(struct given_framebuffer) == FRAMEBUFFER_WITHOUT_COLOURS + 6,
	       "Multiboot2 section 3.6.12");

static void parse_framebuffer(struct parser2 *p)
{
	struct framebuffer_mode *to = &p->parser->info->framebuffer;
	struct given_framebuffer given;
	struct tag tag;

	if (!find_tag(p, TAG_FRAMEBUFFER, &tag) ||
	    !read_tag(p, &tag, TAG_HEADER, &given, sizeof(given)) ||
	    given.type != FRAMEBUFFER_COLOURS)
		return;
	*to = (struct framebuffer_mode){
	    .address = given.address,
	    .pitch = given.pitch,
	    .width = given.width,
	    .height = given.height,
	    .bits = given.bits,
	    .red = {given.red.at, given.red.size},
	    .green = {given.green.at, given.green.size},
	    .blue = {given.blue.at, given.blue.size},
	};
}

/* The tag has a copy of the RSDP. */
static void parse_rsdp(struct parser2 *p)
{
	struct boot_info *info = p->parser->info;
	struct tag tag;
	u32 size;

	if (!find_tag(p, TAG_RSDP_NEW, &tag) && !find_tag(p, TAG_RSDP_OLD, &tag))
		return;
	size = min_u32(tag.size - TAG_HEADER, sizeof(info->rsdp));
	if (read_tag(p, &tag, TAG_HEADER, info->rsdp, size))
		info->rsdp_size = size;
}

bool multiboot2_parse(struct parser *parser, paddr_t at)
{
	struct parser2 p = {.parser = parser, .start = paddr_value(at)};
	struct tag line;

	if (!parser_read(parser, p.start, &p.size, sizeof(p.size)))
		return false;
	p.size = min_u32(p.size, INFORMATION_MAX);
	parse_memory(&p);
	if (find_tag(&p, TAG_COMMAND_LINE, &line) && line.size > TAG_HEADER)
		parser_copy_string(parser, (u64)line.at + TAG_HEADER, parser->info->command_line);
	parse_modules(&p);
	parse_symbols(&p);
	parse_framebuffer(&p);
	parse_rsdp(&p);
	return true;
}
