/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Maps the machine's memory and gives it to the frame allocator. */
#ifndef BOOT_MEMORY_H
#define BOOT_MEMORY_H

#include "boot/multiboot.h"

/* Called once, by boot_main; the contents of info->ram are used up. `pae`: with PAE page tables,
 * which the CPU must have. Panics if the machine has too little memory for the hypervisor
 * itself. */
void memory_init(struct boot_info *info, bool pae);

/* Maps the framebuffer that the boot loader passed, which framebuffer_problem() has found usable.
 * False if it needs page tables: then memory_init maps it. */
bool memory_map_framebuffer(const struct boot_info *info);

#endif
