/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names for addresses of the hypervisor, from the ELF symbol table that the boot loader passed. */
#ifndef HV_SYMBOLS_H
#define HV_SYMBOLS_H

#include "mm/address.h"

/* Where the loader put them; sizes 0 if it passed none. Both stay where they are. */
void symbols_init(paddr_t table, u32 table_size, paddr_t strings, u32 strings_size);

bool symbols_known(void);

/* The function that `address` lies in, and how far; NULL if it is not known. */
const char *symbol_find(u32 address, u32 *offset);

#endif
