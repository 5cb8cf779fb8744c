/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The information of Multiboot 2 (Multiboot2 Specification 2.0, section 3.6). For multiboot.c. */
#ifndef BOOT_MULTIBOOT2_H
#define BOOT_MULTIBOOT2_H

#include "boot/boot_parser.h"

/* Fills in all that the tags say. False if the information is not in memory. */
bool multiboot2_parse(struct parser *parser, paddr_t at);

#endif
