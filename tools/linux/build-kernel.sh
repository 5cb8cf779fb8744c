#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# tools/linux/build-kernel.sh SOURCE OUTPUT [2level|pae]: builds a Linux 3.x as a guest, docs/linux.md.
# SOURCE is an unpacked kernel, which stays as it is; OUTPUT gets bzImage and vmlinux, and keeps its
# objects for the next time. CC_FLAGS= adds to the compiler's flags, CONFIG= names another file of
# options.
set -eu

here=$(dirname "$(realpath "$0")")
if [ $# -lt 2 ] || [ ! -f "$1/Kconfig" ]; then
	echo "usage: $0 SOURCE OUTPUT [2level|pae]; SOURCE is an unpacked Linux 3.0 to 3.18" >&2
	exit 1
fi
source=$(realpath "$1")
mkdir -p "$2"
output=$(realpath "$2")
case $source$output in
*[[:space:]]*)
	echo "$0: Linux cannot be built in a folder with blanks in its name" >&2
	exit 1
	;;
esac

case ${3:-2level} in
2level) format="CONFIG_HIGHMEM4G=y" ;;
pae) format="CONFIG_HIGHMEM64G=y CONFIG_X86_PAE=y" ;;
*)
	echo "$0: $3 is neither 2level nor pae" >&2
	exit 1
	;;
esac

"$here/../setup.sh" i686-linux-gnu-gcc gcc libc make bc perl

# What a compiler of today does by itself, and a kernel of 2011 to 2014 does not expect:
#
# -std=gnu89                   "extern inline" as it was before C99: no copy of the function
# -fno-pie -no-pie             code that may be loaded anywhere
# -fcf-protection=none         ENDBR instructions, which are sections that its linker script lacks
# -fno-stack-protector         checks against a value that the kernel does not set up
# -mx86-used-note=no           a note in each object; the boot sector has no room for them
# -mrelax-relocations=no       the decompressor runs elsewhere than it is linked, and finds its data
#                              through a table; relaxed, the table's link-time addresses are used
# -w                           warnings of things that nobody warned of then
cc="i686-linux-gnu-gcc -std=gnu89 -fno-pie -no-pie -fcf-protection=none -fno-stack-protector"
cc="$cc -Wa,-mx86-used-note=no -Wa,-mrelax-relocations=no -w ${CC_FLAGS-}"

# The kernel's tools that run on this machine: -fcommon, variables defined in several files.
linux_make() {
	make -C "$source" O="$output" ARCH=i386 CROSS_COMPILE=i686-linux-gnu- CC="$cc" \
		HOSTCFLAGS="-O2 -fcommon -std=gnu89 -w" "$@"
}

# Runs what may say a lot, and shows the end of that only if it fails.
quietly() {
	log=$1
	shift
	"$@" >"$log" 2>&1 && return
	tail -n 30 "$log" >&2
	echo "$0: failed; all of it is in $log" >&2
	exit 1
}

wanted=$output/wanted.config
grep -v '^#' "${CONFIG:-$here/kernel.config}" >"$wanted"
# shellcheck disable=SC2086 # one option or two
printf '%s\n' $format >>"$wanted"
quietly "$output/config.log" linux_make KCONFIG_ALLCONFIG="$wanted" allnoconfig
if ! grep -q '^CONFIG_LGUEST_GUEST=y' "$output/.config"; then
	echo "$0: this source cannot be an lguest guest; Linux 3.0 to 3.18 can" >&2
	exit 1
fi
quietly "$output/build.log" linux_make -j"${JOBS:-$(nproc)}" bzImage
cp "$output/arch/x86/boot/bzImage" "$output/bzImage"
ls -l "$output/bzImage" "$output/vmlinux"
