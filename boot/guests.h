/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes domains of the boot loader's modules. */
#ifndef BOOT_GUESTS_H
#define BOOT_GUESTS_H

#include "boot/multiboot.h"

/* Adds a domain for each kernel among the modules, with the files behind it. Prints one line for
 * each fault. False if a module was refused or left out. */
bool guests_add(const struct boot_info *info);

#endif
