/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Code that the parsers of both Multiboot versions share. For multiboot.c and multiboot2.c. */
#ifndef BOOT_PARSER_H
#define BOOT_PARSER_H

#include "boot/multiboot.h"

/* Limits that no loader reaches. They bound the work that a wrong length can cause. */
#define MAP_SIZE_MAX (64 * KIB)
#define SECTIONS_MAX 256

struct parser {
	physical_reader *read;
	struct boot_info *info;
};

/* Keeps the first warning: later ones often follow from it. */
void parser_note(struct parser *parser, const char *sentence);

/* Reads `size` bytes; false if one of them is not memory. */
bool parser_read(struct parser *parser, u64 at, void *to, u32 size);

/* A range of a memory map, in bytes; one that exceeds 2^64 ends there. RAM is rounded to the whole frames within
 * it, what is reserved to the frames that it touches. Reserved ranges come last: they count where
 * ranges overlap. */
void parser_add_ram(struct parser *parser, u64 base, u64 length);
void parser_remove_reserved(struct parser *parser, u64 base, u64 length);

/* After the memory map: takes out all below 1 MB. */
void parser_end_map(struct parser *parser);

/* Copies a string of BOOT_STRING_SIZE bytes at most; its end is cut off if it is longer. */
void parser_copy_string(struct parser *parser, u64 from, char *to);

/* Adds a module, of which there must be fewer than BOOT_MODULES_MAX: the bytes [start, end), with the string at `string` (0: none). A module that
 * cannot be used is counted. */
void parser_add_module(struct parser *parser, u32 start, u32 end, u64 string);

/* A list of ELF section headers that the loader has put into memory. */
struct section_list {
	u64 at;
	u32 count, size; /* of each */
};

/* Finds the image's symbols by its section headers. */
void parser_find_symbols(struct parser *parser, const struct section_list *sections);

#endif
