#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# tools/run-guest.sh NAME: boots one guest image in QEMU without GRUB.
# HYPERVISOR, APPEND and QEMU_FLAGS come from the environment; words in OPTIONS go to QEMU too.
set -eu
. tools/usage.sh
. tools/image.sh
usage 1 "$@"

BUILD=${BUILD:-build}
HYPERVISOR=${HYPERVISOR:-$BUILD/umbra.elf}
name=$1
find_image "$name" "make run-$name"

bundle=$BUILD/run-$name.cpio
words=$(tools/module-words.sh "$name")
tools/bundle -o "$bundle" -l "$image $words" -- "$image=$image"

# shellcheck disable=SC2086 # OPTIONS is several words
exec tools/qemu.sh -kernel "$HYPERVISOR" \
	-append "console=serial ${APPEND-}" -initrd "$bundle" ${OPTIONS-}
