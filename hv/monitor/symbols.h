/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names for addresses, from ELF symbol tables: the hypervisor's own, which the boot loader passed, and
 * those of guests' images. */
#ifndef HV_SYMBOLS_H
#define HV_SYMBOLS_H

#include "hv/loader.h"
#include "mm/address.h"

/* A table and its strings, which stay where they are. */
struct symbols {
	const u8 *table; /* at any alignment */
	const char *strings;
	u32 count, strings_size;
};

/* The symbols of an ELF32 image; false, and none, if it has none or is of another kind. Whatever is in
 * its headers, nothing beyond its bytes is read. */
bool symbols_of_image(struct symbols *symbols, struct bytes image);

/* The function that `address` lies in, and how far; NULL if it is not known. */
const char *symbols_find(const struct symbols *symbols, u32 address, u32 *offset);

/* The hypervisor's own: where the loader put them; sizes 0 if it passed none. */
void symbols_init(paddr_t table, u32 table_size, paddr_t strings, u32 strings_size);
bool symbols_known(void);
const char *symbol_find(u32 address, u32 *offset);

#endif
