/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bundle is one boot module that holds several: a cpio archive of the format "newc" or "crc". Its
 * entry umbra.cfg lists the modules, one line each, as QEMU's -initrd does:
 *
 *	# a comment
 *	umbra stats end=poweroff
 *	guests/hello.elf kernel name=hello mem=4M -- the guest's command line
 *
 * A line that begins with "umbra" has options of the hypervisor. An option that the boot loader's
 * command line or an earlier line has already is left out. In any other line the first word is a
 * file in the archive, and the whole line is the module's string (boot/modules.h). Two lines may
 * name the same file.
 *
 * A module is a bundle if its kind is the word "bundle", or if its string has at most one word, is
 * no kind, and the module begins with an archive's magic.
 */
#ifndef BOOT_BUNDLE_H
#define BOOT_BUNDLE_H

#include "boot/multiboot.h"

#define BUNDLE_CONFIG_MAX (32 * 1024u) /* bytes of umbra.cfg */

/* Replaces each bundle among info->modules by its modules, in place: their bytes stay in the
 * bundle's memory, at any alignment. Appends its options to info->command_line. A bundle with any
 * fault stays one module, `refused`, of 0 bytes; its string then says what is wrong. Called by
 * boot_main before memory is mapped: `read` reads the modules' bytes. */
void bundles_open(struct boot_info *info, physical_reader *read);

#endif
