#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# tools/run-native.sh NAME [IMAGE]: boots a guest image on the bare machine. Only an image with `native := y` has the
# Multiboot header that a boot loader needs. The image's command line is APPEND; QEMU_FLAGS are further words for QEMU.
set -eu
. tools/usage.sh
usage 1 "$@"

# The names of the images that have a Multiboot header.
native_names() {
	grep -l '^native := y' guest/images/*/*.mk tests/guest/*/*/*.mk tests/reference/*/*.mk 2>/dev/null |
		sed 's,.*/,,; s,\.mk$,,' | paste -s -d ' '
}

if [ $# -lt 2 ]; then
	echo "no guest image is called $1; with native := y there are:" "$(native_names)" >&2
	exit 1
fi
if [ ! -f "$2" ]; then
	echo "$2: there is no such file. Type: make run-native-$1" >&2
	exit 1
fi
# The header's magic number, in the first 8 KB of the file (Multiboot 0.6.96, section 3.1).
if ! head -c 8192 "$2" | od -An -v -tx1 | tr -d ' \n' | grep -q 02b0ad1b; then
	echo "$2 does not run on the bare machine: write native := y into $1.mk" >&2
	exit 1
fi
exec tools/qemu.sh -kernel "$2" -append "${APPEND-}"
