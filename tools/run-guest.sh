#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# tools/run-guest.sh NAME: boots one guest image in QEMU without GRUB.
# HYPERVISOR, APPEND and QEMU_FLAGS come from the environment; words in OPTIONS go to QEMU too.
set -eu
. tools/usage.sh
usage 1 "$@"

BUILD=${BUILD:-build}
name=$1

image=$BUILD/guest/$name.elf
[ -f "$image" ] || image=$BUILD/tests/$name.elf
if [ ! -f "$image" ]; then
	echo "no guest image is called $name; there are:" $(ls guest/images) >&2
	exit 1
fi

bundle=$BUILD/run-$name.cpio
words=$(tools/module-words.sh "$name")
tools/bundle -o "$bundle" -l "$image $words" -- "$image=$image"

# shellcheck disable=SC2086 # OPTIONS is several words
exec tools/qemu.sh -kernel "${HYPERVISOR:-$BUILD/umbra.elf}" \
	-append "console=serial ${APPEND-}" -initrd "$bundle" ${OPTIONS-}
