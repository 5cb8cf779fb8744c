#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# tools/setup.sh TOOL...: sees to it that these tools are there.
#
# A missing one is installed from Debian's packages if that is allowed (root, or sudo without a
# password); else the one line to type is printed and the build stops.
set -eu

# The Debian package that brings a tool.
package_of() {
	case $1 in
	i686-linux-gnu-gcc) echo gcc-i686-linux-gnu ;;
	qemu-system-i386) echo qemu-system-x86 ;;
	grub-mkrescue) echo grub-common ;;
	grub-pc) echo grub-pc-bin ;;
	mformat) echo mtools ;;
	mke2fs) echo e2fsprogs ;;
	libc) echo libc6-dev ;;
	libgcc-i686) echo libgcc-12-dev-i386-cross ;;
	cmocka) echo libcmocka-dev ;;
	libvterm) echo libvterm-dev ;;
	prove) echo perl ;;
	frama-c) echo frama-c-base ;;
	objdump) echo binutils ;;
	ld.lld) echo lld ;;
	libclang-rt) echo libclang-rt-14-dev ;;
	clang | gcc | g++ | gcovr | xorriso | python3 | gdb | clang-format | bochs | bochs-term | bochsbios | vgabios | \
		bc | cpio | perl | why3 | z3 | cvc4 | make | flex | bison | bzip2 | xz-utils | binutils-source | gcc-12-source)
		echo "$1" ;;
	libgmp) echo libgmp-dev ;;
	libmpfr) echo libmpfr-dev ;;
	libmpc) echo libmpc-dev ;;
	esac
}

# What is no command is known by a file of its package.
present() {
	case $1 in
	grub-pc) [ -f /usr/lib/grub/i386-pc/multiboot.mod ] ;;
	libc) [ -f /usr/include/stdio.h ] ;;
	libgcc-i686) ls /usr/lib/gcc*/i686-linux-gnu/*/libgcc.a ;;
	mke2fs) [ -x /sbin/mke2fs ] ;;
	cmocka) [ -f /usr/include/cmocka.h ] ;;
	libvterm) [ -f /usr/include/vterm.h ] ;;
	libclang-rt) ls /usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.fuzzer-*.a ;;
	libgmp) ls /usr/include/*/gmp.h ;;
	libmpfr) [ -f /usr/include/mpfr.h ] ;;
	libmpc) [ -f /usr/include/mpc.h ] ;;
	bochs-term) ls /usr/lib/*/bochs/plugins/libbx_term_gui.so ;;
	bochsbios) [ -f /usr/share/bochs/BIOS-bochs-latest ] ;;
	vgabios) [ -f /usr/share/vgabios/vgabios.bin ] ;;
	binutils-source) [ -d /usr/src/binutils ] ;;
	gcc-12-source) [ -d /usr/src/gcc-12 ] ;;
	xz-utils) command -v xz ;;
	*) command -v "$1" ;;
	esac >/dev/null 2>&1
}

missing=
packages=
for tool; do
	present "$tool" && continue
	package=$(package_of "$tool")
	if [ -z "$package" ]; then
		echo "setup: $tool is needed and is not here" >&2
		exit 1
	fi
	missing="$missing $tool"
	packages="$packages $package"
done
[ "$missing" ] || exit 0

install="apt-get install -y --no-install-recommends$packages"
if [ "$(id -u)" = 0 ]; then
	as_root=
elif sudo -n true 2>/dev/null; then
	as_root="sudo -n"
else
	echo "setup: missing:$missing. Please type:" >&2
	echo "    sudo $install" >&2
	exit 1
fi

echo "setup: missing:$missing; installing$packages"
export DEBIAN_FRONTEND=noninteractive
# Package lists may be empty or too old to be of use: then fetch them and try again.
# shellcheck disable=SC2086 # both are several words or none
if ! $as_root $install >/dev/null 2>&1; then
	$as_root apt-get update -q
	$as_root $install
fi
