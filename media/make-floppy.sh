#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# media/make-floppy.sh IMAGE HYPERVISOR BUNDLE: a floppy of 1.44 MB that boots by SYSLINUX. Both files are compressed:
# mboot.c32 unpacks them, and a floppy is slow.
set -eu
. tools/usage.sh
usage 3 "$@"

image=$1
folder=$1.files
modules=/usr/lib/syslinux/modules/bios

rm -rf "$folder"
mkdir -p "$folder"
gzip -9nc "$2" >"$folder/umbra.gz"
gzip -9nc "$3" >"$folder/umbra.cpz"

# A new file has the place of the old one only when it is complete.
rm -f "$image.new"
mformat -C -f 1440 -v UMBRA -i "$image.new" ::
syslinux --install "$image.new"
mcopy -i "$image.new" media/syslinux.cfg "$modules/mboot.c32" "$modules/libcom32.c32" "$folder/umbra.gz" \
	"$folder/umbra.cpz" ::
mv -f "$image.new" "$image"
