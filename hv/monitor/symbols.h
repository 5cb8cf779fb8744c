/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names for addresses, from ELF symbol tables: the hypervisor's own table, which the boot loader
 * passes, and those of guests' images. */
#ifndef HV_SYMBOLS_H
#define HV_SYMBOLS_H

#include "hv/loader.h"
#include "mm/address.h"

/* A symbol table and its strings, in the image or where the boot loader put them. */
struct symbols {
	const u8 *table; /* not aligned */
	const char *strings;
	u32 count, strings_size;
};

/* Finds the symbol table of an ELF32 image. False, and an empty table, if there is none or the
 * image has another format. Its headers are not trusted: no byte outside of the image is read. */
bool symbols_of_image(struct symbols *symbols, struct bytes image);

/* The name of the function that contains `address`, and the offset within it; NULL if it is
 * unknown. */
const char *symbols_find(const struct symbols *symbols, u32 address, u32 *offset);

/* Sets the hypervisor's own table; the sizes are 0 if the boot loader has passed none. */
void symbols_init(paddr_t table, u32 table_size, paddr_t strings, u32 strings_size);

/* True if the hypervisor has a table. */
bool symbols_known(void);

/* symbols_find in the hypervisor's own table. */
const char *symbol_find(u32 address, u32 *offset);

#endif
