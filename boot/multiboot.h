/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The boot loader's information (Multiboot Specification 0.6.96, section 3.3, or Multiboot2
 * Specification 2.0, section 3.6). None of it is trusted: any flag or tag may be absent, the memory map may have holes, overlaps and entries above 4 GB,
 * and the modules may lie anywhere. All of it is copied, except for the contents of the modules and
 * the symbols.
 */
#ifndef BOOT_MULTIBOOT_H
#define BOOT_MULTIBOOT_H

#include "arch/x86/framebuffer.h"
#include "arch/x86/host_windows.h"
#include "boot/ranges.h"
#include "mm/address.h"

/* In eax at entry. */
#define MULTIBOOT_LOADER_MAGIC 0x2BADB002u
#define MULTIBOOT2_LOADER_MAGIC 0x36D76289u

#define BOOT_MODULES_MAX 384
#define BOOT_STRING_SIZE 512
#define BOOT_STRINGS_SIZE (64 * BOOT_STRING_SIZE) /* all modules' strings together */

struct boot_module {
	paddr_t start;
	u32 size;           /* bytes; 0 is possible */
	bool refused;       /* a bundle with a fault, which `string` names */
	const char *string; /* as the loader passed it, cut if longer than BOOT_STRING_SIZE - 1 */
};

#define BOOT_RSDP_SIZE 64

struct boot_info {
	char command_line[BOOT_STRING_SIZE];
	struct frame_range
	    ram[BOOT_RANGES_MAX]; /* sorted, disjoint, whole usable frames, 1 MB up */
	u32 ram_count;
	struct boot_module modules[BOOT_MODULES_MAX];
	u32 module_count;
	u32 modules_dropped; /* not in memory, out of reach, or with an end before their start */
	u32 modules_beyond;  /* there was no room for them or their strings: left out */
	char strings[BOOT_STRINGS_SIZE]; /* of the modules */
	u32 strings_used;                /* bytes */
	/* The image's ELF symbol table and its strings; both sizes 0 if not passed. */
	paddr_t symbols, symbol_strings;
	u32 symbols_size, symbol_strings_size;
	struct framebuffer_mode framebuffer; /* unchecked */
	u8 rsdp[BOOT_RSDP_SIZE] ALIGNED(16); /* a copy of ACPI's RSDP */
	u32 rsdp_size;                       /* 0: the loader passed none */
	const char *warning; /* one sentence about the first fault found; NULL: there was none */
};

/* Fills `info` completely. `magic` and `at`, the machine address of the information, are the loader's
 * (eax and ebx at entry). False if `magic` is neither version's or no usable memory was
 * reported at all; info->warning then says why. */
bool multiboot_parse(u32 magic, paddr_t at, physical_reader *read, struct boot_info *info);

/* Copies a string of fewer than BOOT_STRING_SIZE bytes, for as long as `info`. NULL: there is no room. Defined in
 * boot_strings.c. */
const char *boot_keep_string(struct boot_info *info, const char *text);

/* The bytes that are left for strings, their NULs included. */
u32 boot_strings_room(const struct boot_info *info);

#endif
