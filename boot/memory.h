/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Takes possession of the machine's memory: maps it, and hands it to the frame allocator. */
#ifndef BOOT_MEMORY_H
#define BOOT_MEMORY_H

#include "boot/multiboot.h"

/* Uses up info->ram. `pae`: with PAE page tables. Panics if the machine has too little memory for the hypervisor itself. */
void memory_init(struct boot_info *info, bool pae);

#endif
