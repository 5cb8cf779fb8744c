#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# tools/toolchain.sh: builds binutils and GCC (C only) for the target i686-elf, from Debian's source
# packages, into the user's cache folder, where the Makefile finds them. This takes about 15 minutes on
# two cores. After an interruption, another call continues with the first step that is not done.
set -euo pipefail
. "${0%/*}/usage.sh"
usage 0 "$@"
[ $# -eq 0 ] || usage 1

TARGET=i686-elf
home=${XDG_CACHE_HOME:-$HOME/.cache}/umbra
prefix=$home/toolchain
work=$home/toolchain-build
jobs=${JOBS:-$(nproc)}
total=8
number=0

# step NAME COMMAND...: runs the command if it is not done before. Its output goes to NAME.log, and a dot stands for
# 250 lines. `set -e` has no effect inside COMMAND, since its status is tested: COMMAND joins its parts by &&.
step() {
	local name=$1 begin=$SECONDS
	shift
	number=$((number + 1))
	if [ -f "$work/$name.done" ]; then
		echo "[$number/$total] $name: done before"
		return
	fi
	echo "[$number/$total] $name"
	if ! "$@" 2>&1 | tee "$work/$name.log" |
		awk 'NR % 250 == 0 { printf "."; fflush(); dots++ } END { if (dots) print "" }'; then
		tail -n 20 "$work/$name.log"
		echo "toolchain: $name failed; the whole output is $work/$name.log" >&2
		exit 1
	fi
	touch "$work/$name.done"
	echo "      $((SECONDS - begin)) s"
}

# unpack NAME TARBALL: into $work/NAME, without the version's folder.
unpack() {
	rm -rf "${work:?}/$1" && mkdir -p "$work/$1" &&
		tar -C "$work/$1" --strip-components=1 -xf "$2"
}

# configure NAME OPTION...
configure() {
	local name=$1
	shift
	mkdir -p "$work/$name-build" && cd "$work/$name-build" &&
		"$work/$name/configure" --target=$TARGET --prefix="$prefix" --disable-nls \
			--disable-werror --disable-multilib MAKEINFO=true "$@"
}

build_binutils() {
	make -C "$work/binutils-build" -j"$jobs" MAKEINFO=true &&
		make -C "$work/binutils-build" install MAKEINFO=true
}

build_gcc() {
	make -C "$work/gcc-build" -j"$jobs" all-gcc MAKEINFO=true
}

# Debian's sources lack the GFDL manuals, which the target install-gcc needs. Only parts of it are installed.
install_gcc() {
	make -C "$work/gcc-build/gcc" install-common install-headers install-driver install-cpp \
		MAKEINFO=true
}

build_libgcc() {
	make -C "$work/gcc-build" -j"$jobs" all-target-libgcc MAKEINFO=true &&
		make -C "$work/gcc-build" install-target-libgcc MAKEINFO=true
}

if [ -f "$work/libgcc.done" ] && "$prefix/bin/$TARGET-gcc" --version; then
	echo "toolchain: it is there, in $prefix"
	exit
fi

tools/setup.sh gcc g++ libc make flex bison xz-utils bzip2 libgmp libmpfr libmpc binutils-source gcc-12-source
mkdir -p "$work" "$prefix"
PATH=$prefix/bin:$PATH

step binutils-unpack unpack binutils "$(echo /usr/src/binutils/binutils-*.tar.*)"
step binutils-configure configure binutils --disable-gdb --disable-gprofng --disable-sim
step binutils build_binutils
step gcc-unpack unpack gcc "$(echo /usr/src/gcc-12/gcc-*.tar.*)"
# The hypervisor runs on a 486, and so must libgcc.
step gcc-configure configure gcc --enable-languages=c --with-arch=i486 --without-headers \
	--disable-lto --disable-libssp --disable-libquadmath --disable-shared --disable-threads \
	--disable-plugin --disable-bootstrap
step gcc build_gcc
step gcc-install install_gcc
step libgcc build_libgcc

rm -rf "$work/binutils" "$work/binutils-build" "$work/gcc" "$work/gcc-build"
"$prefix/bin/$TARGET-gcc" --version | head -n 1
echo "toolchain: done; make uses $prefix/bin/$TARGET-gcc from now on"
