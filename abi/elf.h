/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ELF files of 32 bits (System V ABI, chapters 4 and 5; TIS ELF specification 1.2, book I): the
 * structures and numbers that loading and symbols need.
 */
#ifndef ABI_ELF_H
#define ABI_ELF_H

#include "lib/types.h"

#define ELF_MAGIC "\177ELF" /* the first four bytes, without the NUL */
#define ELF_MAGIC_SIZE 4
#define ELF_CLASS_32 1
#define ELF_DATA_LITTLE_ENDIAN 1
#define ELF_TYPE_EXECUTABLE 2
#define ELF_MACHINE_386 3

struct elf_header {
	u8 magic[ELF_MAGIC_SIZE];
	u8 class, data, ident_version, padding[9];
	u16 type, machine;
	u32 version, entry, segments, sections,
	    flags; /* segments, sections: offsets of the header tables */
	u16 header_size, segment_size, segment_count, section_size, section_count, section_names;
};

#define ELF_SEGMENT_LOAD 1

/* An entry of the program header table. */
struct elf_segment {
	u32 type, offset, vaddr, paddr, file_size, memory_size, flags, alignment;
};

#define ELF_SECTION_SYMBOLS 2
#define ELF_SECTION_STRINGS 3

/* An entry of the section header table. */
struct elf_section {
	u32 name, type, flags, address, offset, size, link, info, alignment, entry_size;
};

#define ELF_SYMBOL_TYPE(info) ((info)&0xF)
#define ELF_SYMBOL_FUNCTION 2

struct elf_symbol {
	u32 name, value, size;
	u8 info, other;
	u16 section;
};

_Static_assert(sizeof(struct elf_header) == 52, "ELF32 header");
_Static_assert(offsetof(struct elf_header, sections) == 32, "e_shoff");
_Static_assert(offsetof(struct elf_header, section_count) == 48, "e_shnum");
_Static_assert(sizeof(struct elf_segment) == 32, "ELF32 program header");
_Static_assert(sizeof(struct elf_section) == 40, "ELF32 section header");
_Static_assert(sizeof(struct elf_symbol) == 16, "ELF32 symbol");

#endif
