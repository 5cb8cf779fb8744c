#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# tools/setup.sh TOOL...: installs those of these tools that are missing, from Debian's packages.
#
# This needs root, or sudo without a password. Without either, the script prints one command line that installs these
# tools and those in ALL_TOOLS, and fails.
set -eu
. "${0%/*}/usage.sh"
usage 0 "$@"

# The Debian package that brings a tool.
package_of() {
	case $1 in
	i686-linux-gnu-gcc) echo gcc-i686-linux-gnu ;;
	qemu-system-i386) echo qemu-system-x86 ;;
	grub-mkrescue) echo grub-common ;;
	grub-pc) echo grub-pc-bin ;;
	grub-efi-ia32 | grub-efi-amd64) echo "$1-bin" ;;
	mformat | mcopy) echo mtools ;;
	syslinux-common | pxelinux | ipxe-qemu) echo "$1" ;;
	mke2fs) echo e2fsprogs ;;
	node) echo nodejs ;;
	libc) echo libc6-dev ;;
	libgcc-i686) echo libgcc-12-dev-i386-cross ;;
	cmocka) echo libcmocka-dev ;;
	libvterm) echo libvterm-dev ;;
	prove) echo perl ;;
	pexpect | pyte) echo "python3-$1" ;;
	frama-c) echo frama-c-base ;;
	objdump) echo binutils ;;
	ld.lld) echo lld ;;
	libclang-rt) echo libclang-rt-14-dev ;;
	clang | gcc | g++ | gcovr | xorriso | syslinux | gzip | python3 | gdb | clang-format | clang-tidy | cppcheck | unifont | ovmf | ovmf-ia32 | npm | pandoc | pngquant | chromium | seabios | bochs | bochs-term | bochsbios | vgabios | \
		bc | cpio | perl | why3 | z3 | cvc4 | make | flex | bison | bzip2 | xz-utils | binutils-source | gcc-12-source)
		echo "$1" ;;
	libgmp) echo libgmp-dev ;;
	libmpfr) echo libmpfr-dev ;;
	libmpc) echo libmpc-dev ;;
	esac
}

# True if the tool is installed. A tool that is no command is recognized by a file of its package.
present() {
	case $1 in
	syslinux-common) [ -f /usr/lib/syslinux/modules/bios/mboot.c32 ] ;;
	pxelinux) [ -f /usr/lib/PXELINUX/pxelinux.0 ] ;;
	ipxe-qemu) [ -f /usr/lib/ipxe/qemu/pxe-e1000.rom ] ;;
	grub-pc) [ -f /usr/lib/grub/i386-pc/multiboot.mod ] ;;
	grub-efi-ia32) [ -f /usr/lib/grub/i386-efi/multiboot2.mod ] ;;
	grub-efi-amd64) [ -f /usr/lib/grub/x86_64-efi/multiboot2.mod ] ;;
	unifont) [ -f "${UNIFONT:-/usr/share/unifont/unifont.hex}" ] ;;
	seabios) [ -f /usr/share/seabios/bios.bin ] ;;
	ovmf) [ -f /usr/share/OVMF/OVMF_CODE_4M.fd ] ;;
	ovmf-ia32) [ -f /usr/share/OVMF/OVMF32_CODE_4M.secboot.fd ] ;;
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
	python3) [ -x /usr/bin/python3 ] ;;
	pexpect | pyte) [ -f "/usr/lib/python3/dist-packages/$1/__init__.py" ] ;;
	*) command -v "$1" ;;
	esac >/dev/null 2>&1
}

# Sets `missing` to the missing ones of these tools, and `packages` to the packages that have them.
look_for() {
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
		case " $packages " in
		*" $package "*) ;;
		*) packages="$packages $package" ;;
		esac
	done
}

look_for "$@"
[ "$missing" ] || exit 0

if [ "$(id -u)" = 0 ]; then
	as_root=
elif sudo -n true 2>/dev/null; then
	as_root="sudo -n"
else
	echo "setup: missing:$missing." >&2
	# shellcheck disable=SC2086 # several words
	look_for $* ${ALL_TOOLS-}
	echo "Please type, once for everything that \`make\` can do here:" >&2
	echo "    sudo apt-get update && sudo apt-get install -y --no-install-recommends$packages" >&2
	exit 1
fi

# One installation at a time: another one may bring what is missing here.
exec 9<"$0"
flock 9
look_for "$@"
[ "$missing" ] || exit 0
wanted=$missing

log=$(mktemp)
trap 'rm -f "$log" "$log.failed"' EXIT

# Writes apt-get's output to the log, and prints its progress: a line for each tenth of each part.
# apt-get reports progress on its standard output (APT::Status-Fd), since sudo closes other file descriptors.
show_progress() {
	awk -F : -v log_file="$log" '
		$1 != "dlstatus" && $1 != "pmstatus" { print > log_file; next }
		{
			tenth = int($3 / 10)
			if ($1 == part && tenth <= shown)
				next
			part = $1
			shown = tenth
			printf "setup: %s, %d %%\n", part == "dlstatus" ? "fetching" : "installing", $3
			fflush()
		}'
}

apt_get() {
	rm -f "$log.failed"
	{
		# shellcheck disable=SC2086 # a word or two, or none
		$as_root env DEBIAN_FRONTEND=noninteractive LC_ALL=C apt-get -q -o Dpkg::Use-Pty=0 \
			-o APT::Status-Fd=1 "$@" 2>&1 </dev/null || : >"$log.failed"
	} | show_progress
	[ ! -e "$log.failed" ]
}

echo "setup: missing:$missing"
echo "setup: installing$packages, and what they need"
# shellcheck disable=SC2086 # several words
set -- install -y --no-install-recommends $packages
# If the installation fails, the package lists may be empty or too old: they are fetched for a second try.
if ! apt_get "$@"; then
	echo "setup: fetching the lists of packages"
	if ! apt_get update || ! apt_get "$@"; then
		tail -n 20 "$log" >&2
		echo "setup: apt-get could not install$packages" >&2
		exit 1
	fi
fi
# A package may put its commands into a folder that is not in PATH, or have its files at other places.
# shellcheck disable=SC2086 # several words
look_for $wanted
if [ "$missing" ]; then
	echo "setup: installed, but not in PATH:$missing (packages:$packages; PATH=$PATH)" >&2
	exit 1
fi
echo "setup: done"
