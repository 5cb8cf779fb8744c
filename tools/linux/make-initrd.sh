#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# tools/linux/make-initrd.sh INITRD.gz [FOLDER]: makes a root file system in memory for a guest. It has Debian's
# static busybox, two files of this folder, and the files in FOLDER (docs/linux.md).
# BUSYBOX=FILE names another busybox: a static executable for 32-bit x86.
set -eu

here=$(dirname "$(realpath "$0")")
. "$here/../usage.sh"
usage 1 "$@"
if [ ! -d "${2:-.}" ]; then
	echo "$0: $2: there is no such folder" >&2
	exit 1
fi
"$here/../setup.sh" cpio

cache=${XDG_CACHE_HOME:-$HOME/.cache}/umbra/busybox

# Fetches Debian's i386 package with package lists of its own, so that the packages and lists of this system do not
# change.
fetch_busybox() {
	mkdir -p "$cache/lists/partial" "$cache/archives/partial"
	set -- -q -o APT::Architecture=i386 -o APT::Architectures::=i386 -o Acquire::Languages=none \
		-o "Dir::State::Lists=$cache/lists" -o "Dir::Cache=$cache" -o APT::Sandbox::User=root
	# apt-get reports an error for each repository without i386; such an error is ignored.
	apt-get "$@" update >"$cache/log" 2>&1 || true
	(cd "$cache" && apt-get "$@" download busybox-static:i386) >>"$cache/log" 2>&1 || {
		tail "$cache/log" >&2
		echo "make-initrd: busybox-static:i386 cannot be fetched; BUSYBOX=FILE names another one" >&2
		exit 1
	}
	dpkg -x "$cache"/busybox-static_*_i386.deb "$cache"
	rm -rf "$cache/lists"
}

if [ -z "${BUSYBOX-}" ]; then
	BUSYBOX=$cache/bin/busybox
	[ -x "$BUSYBOX" ] || fetch_busybox
fi

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
chmod 755 "$root"
mkdir "$root/bin" "$root/dev" "$root/etc"
cp "$BUSYBOX" "$root/bin/busybox"
ln -s busybox "$root/bin/sh"
cp "$here/init" "$root/init"
cp "$here/inittab" "$root/etc/inittab"
chmod 755 "$root/init" "$root/bin/busybox"
[ $# -lt 2 ] || cp -r "$2/." "$root/"

# "newc" is the format that kernels read.
(cd "$root" && find . | LC_ALL=C sort | cpio -o -H newc -R 0:0 --quiet) | gzip -9n >"$1"
ls -l "$1"
