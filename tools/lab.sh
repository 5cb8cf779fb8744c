#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# tools/lab.sh: boots the guest image `script` without a script in QEMU: a prompt for lines of docs/scripts.md.
# HYPERVISOR, APPEND and QEMU_FLAGS come from the environment.
set -eu
. tools/usage.sh
. tools/image.sh
usage 0 "$@"

BUILD=${BUILD:-build}
HYPERVISOR=${HYPERVISOR:-$BUILD/umbra.elf}
find_image script "make lab"

bundle=$BUILD/lab.cpio
tools/bundle -o "$bundle" -l "$image $(tools/module-words.sh lab)" -- "$image=$image"
exec tools/qemu.sh -kernel "$HYPERVISOR" -append "console=serial ${APPEND-}" -initrd "$bundle"
