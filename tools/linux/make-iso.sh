#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# tools/linux/make-iso.sh ISO HYPERVISOR: makes a disc that boots a user's kernel without a menu.
# From the environment: GUEST, a bzImage or an ELF file; INITRD and DISK, files or nothing; RO, not
# empty if the disk is read-only; MEM, the guest's memory; CMDLINE, the kernel's command line;
# APPEND, the hypervisor's. With --check instead of both words it only checks these variables.
set -eu
. tools/usage.sh
. tools/linux/memory.sh
[ "${1-}" = --check ] || usage 2 "$@"

iso=$1
hypervisor=${2-}
: "${GUEST=}" "${INITRD=}" "${DISK=}" "${RO=}" "${MEM:=64M}" "${APPEND=}"

fail() {
	echo "$1" >&2
	exit 1
}

# check_file VARIABLE FILE
check_file() {
	[ -e "$2" ] || fail "$1=$2: there is no such file"
	[ -f "$2" ] || fail "$1=$2: not a file"
	[ -r "$2" ] || fail "$1=$2: not readable"
}

# bytes_at FILE OFFSET COUNT: in hexadecimal.
bytes_at() {
	od -An -v -tx1 -j "$2" -N "$3" "$1" 2>/dev/null | tr -d ' \n'
}

# The two formats that the hypervisor's loader takes.
is_elf() { [ "$(bytes_at "$1" 0 4)" = 7f454c46 ]; }
is_bzimage() { [ "$(bytes_at "$1" 514 4)" = 48647253 ]; } # "HdrS"

[ "$GUEST" ] || fail "INITRD, DISK, CMDLINE and MEM belong to a GUEST=path/to/bzImage"
check_file GUEST "$GUEST"
[ -z "$INITRD" ] || check_file INITRD "$INITRD"
[ -z "$DISK" ] || check_file DISK "$DISK"
is_elf "$GUEST" || is_bzimage "$GUEST" ||
	fail "GUEST=$GUEST: neither a Linux bzImage nor an ELF file (such as vmlinux)"
in_mb "$MEM" >/dev/null
if [ -z "${CMDLINE+set}" ]; then
	CMDLINE="console=hvc0"
	[ "$INITRD" ] || [ -z "$DISK" ] || CMDLINE="$CMDLINE root=/dev/vda $([ "$RO" ] || echo rw)"
fi
newline='
'
case $CMDLINE$APPEND in
*[\'\"\\]* | *"$newline"*) fail "CMDLINE, APPEND: no quotation marks and backslashes, please" ;;
esac
[ "$iso" != --check ] || exit 0

root=${iso%.iso}.disc
rm -rf "$root"
mkdir -p "$root/boot/grub" "$root/guest"
"${OBJCOPY:-objcopy}" --strip-debug "$hypervisor" "$root/boot/umbra.elf"
if is_elf "$GUEST"; then
	"${OBJCOPY:-objcopy}" --strip-debug "$GUEST" "$root/guest/kernel"
else
	cp "$GUEST" "$root/guest/kernel"
fi
[ -z "$INITRD" ] || cp "$INITRD" "$root/guest/initrd"
[ -z "$DISK" ] || cp "$DISK" "$root/guest/disk"
chmod -R u+w "$root"

# Puts each word in quotation marks, since $ and ; have a meaning in GRUB's language.
quoted() {
	set -f
	# shellcheck disable=SC2086 # to be split into words
	printf " '%s'" $1
	set +f
}

# --nounzip: GRUB would unpack files that are compressed by gzip; the kernel unpacks its initrd itself.
{
	cat iso/grub.cfg
	echo 'set timeout=0'
	echo 'menuentry "guest" {'
	printf '\t$multiboot /boot/umbra.elf%s\n' "${APPEND:+$(quoted "$APPEND")}"
	printf '\t$module --nounzip /guest/kernel kernel name=linux mem=%s --%s\n' "$MEM" \
		"${CMDLINE:+$(quoted "$CMDLINE")}"
	[ -z "$INITRD" ] || printf '\t$module --nounzip /guest/initrd initrd\n'
	[ -z "$DISK" ] || printf '\t$module --nounzip /guest/disk disk%s\n' "${RO:+ ro}"
	echo '}'
} >"$root/boot/grub/grub.cfg"

iso/grub-disc.sh "$iso" "$root"
