#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# iso/make-iso.sh ISO HYPERVISOR GUEST...: a bootable disc with GRUB, the hypervisor, these guest
# images and every script, and a menu that offers them. The demo comes first: it is the default.
set -eu
. tools/usage.sh
usage 2 "$@"

iso=$1
hypervisor=$2
shift 2

root=${iso%.iso}.disc
menu=$root/boot/grub/grub.cfg
reference=${BUILD:-build}/reference

# Debugging information stays at home; the symbols go along, for backtraces.
copy_image() {
	"${OBJCOPY:-objcopy}" --strip-debug "$1" "$2"
}

# entry TITLE MODULE-LINE...
entry() {
	printf 'menuentry "%s" {\n\t$multiboot /boot/umbra.elf stats\n' "$1"
	shift
	printf '\t$module %s\n' "$@"
	printf '}\n'
}

guest_entry() {
	words=$(tools/module-words.sh "$1")
	entry "$1" "/guests/$1.elf $words"
}

script_entry() {
	name=$(basename "$1")
	words=$(tools/module-words.sh "$1")
	entry "script: ${name%.txt}" "/guests/script.elf $words" "/scripts/$name initrd"
}

# certify_entry TITLE IMAGE [CONDITION]: the fingerprint of the CPU's page walks, without the hypervisor.
certify_entry() {
	[ -f "$reference/$2.elf" ] || return 0
	copy_image "$reference/$2.elf" "$root/boot/$2.elf"
	printf '%smenuentry "%s" {\n\tmultiboot /boot/%s.elf certify\n}\n' "${3:+if $3; then }" "$1" "$2"
	[ -z "${3-}" ] || echo fi
}

rm -rf "$root"
mkdir -p "$root/boot/grub" "$root/guests" "$root/scripts"
copy_image "$hypervisor" "$root/boot/umbra.elf"
cat iso/grub.cfg iso/hurry.cfg > "$menu"

names=
for image; do
	name=$(basename "$image" .elf)
	copy_image "$image" "$root/guests/$name.elf"
	case $name in
	demo) names="demo $names" ;;
	script) ;; # its entry comes below
	*) names="$names $name" ;;
	esac
done
for name in $names; do guest_entry "$name"; done >> "$menu"

# For a person at the console: Ctrl-A h lists the keys.
entry "four guests side by side" "/guests/demo.elf kernel name=demo1 mem=4M" \
	"/guests/demo.elf kernel name=demo2 mem=4M" "/guests/demo.elf kernel name=demo3 mem=4M" \
	"/guests/hello.elf kernel name=hello mem=4M" >> "$menu"
[ ! -f "$root/guests/script.elf" ] ||
	entry "lab: a prompt for lines of scripts" "/guests/script.elf $(tools/module-words.sh lab)" >> "$menu"
certify_entry "certify: this CPU's page walks" page-walk >> "$menu"
certify_entry "certify PAE: this CPU's page walks with PAE" page-walk-pae "cpuid -p" >> "$menu"

for script in tests/scripts/*.txt; do
	[ -f "$script" ] || continue
	cp "$script" "$root/scripts/"
	script_entry "$script"
done >> "$menu"

iso/grub-disc.sh "$iso" "$root"
