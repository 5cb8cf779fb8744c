/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Puts a guest's image, initrd, command line and boot parameters into its memory (docs/abi.md,
 * section 1). The images are bytes from a boot module: every offset and length in them is checked.
 */
#ifndef HV_LOADER_H
#define HV_LOADER_H

#include "mm/guest_memory.h"

struct bytes {
	const u8 *data;
	u32 size;
};

struct load_request {
	struct bytes image;       /* ELF32 ET_EXEC for EM_386, or a Linux bzImage */
	struct bytes initrd;      /* size 0: none */
	const char *command_line; /* copied to gpa 0x1000: at most 4095 bytes */
	u32 ram;                  /* bytes of guest RAM, whole frames; <= the memory's frames */
};

/* Loads everything and sets *entry. False if it cannot be done: `problem` (of `size` bytes) then
 * says in one line what is wrong, with what is too big for how much. */
bool guest_load(struct guest_memory *memory, const struct load_request *request, gpa_t *entry,
		char *problem, size_t size);

#endif
