#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# iso/grub-disc.sh ISO FOLDER: makes a bootable disc of a folder with boot/grub/grub.cfg. It starts by BIOS and by UEFI
# of 32 and 64 bits, as far as GRUB is installed for them, from a CD and from a stick.
set -eu
. tools/usage.sh
usage 2 "$@"

# The image for UEFI loads every module for partitions: it would complain about those that are missing.
partitions="part_acorn part_amiga part_apple part_bsd part_dfly part_dvh part_gpt part_msdos part_plan part_sun part_sunpc"

# An old BIOS starts a stick only if its MBR has an active entry.
grub-mkrescue -o "$1" "$2" --locales= --fonts= --themes= \
	--install-modules="normal multiboot multiboot2 all_video serial terminal echo test smbios cpuid $partitions" \
	-- -boot_image any mbr_force_bootable=on >"$1.log" 2>&1 || {
	cat "$1.log" >&2
	exit 1
}
