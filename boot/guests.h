/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the boot loader's modules to guests that wait to be started. */
#ifndef BOOT_GUESTS_H
#define BOOT_GUESTS_H

#include "boot/multiboot.h"

/* Adds a slot for each kernel among the modules, with the files behind it. Everything that is odd is
 * said, one line for each fault. False if a module was refused or left out. */
bool guests_add(const struct boot_info *info);

#endif
