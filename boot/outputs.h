/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds the console's serial port and its screen, and starts them. */
#ifndef BOOT_OUTPUTS_H
#define BOOT_OUTPUTS_H

#include "boot/multiboot.h"

/* From here on messages are printed. Obeys console= and serial=. Called once, before memory_init. A
 * framebuffer that cannot be used is named, and info->framebuffer.bits becomes 0. */
void outputs_start(struct boot_info *info);

/* After memory_init, which maps a framebuffer that needs page tables: starts it. */
void outputs_memory_is_mapped(void);

#endif
