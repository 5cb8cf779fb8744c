# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Sourced by a program: find_image NAME COMMAND sets `image` to the file of this guest image. If the image or the
# hypervisor ($HYPERVISOR) has not been built, COMMAND builds them, and the program ends with a line that says so.

# is_declared NAME: true if there is a source of this image, which for NAME-pae declares pae := y.
is_declared() {
	for source in guest/images/"$1"/"$1".c tests/guest/*/"$1"/"$1".c; do
		[ ! -f "$source" ] || return 0
	done
	case $1 in
	*-pae) ;;
	*) return 1 ;;
	esac
	for source in guest/images/"${1%-pae}"/"${1%-pae}".mk tests/guest/*/"${1%-pae}"/"${1%-pae}".mk; do
		[ -f "$source" ] && awk -f tools/image-words.awk "$source" 2>/dev/null | grep -q ':pae$' && return 0
	done
	return 1
}

find_image() {
	image=$BUILD/guest/$1.elf
	[ -f "$image" ] || image=$BUILD/tests/$1.elf
	if [ ! -f "$image" ] && is_declared "$1"; then
		echo "$1 is not built: $2" >&2
		exit 1
	elif [ ! -f "$image" ]; then
		echo "no guest image is called $1; there are: $(ls guest/images | paste -s -d ' ')" >&2
		exit 1
	elif [ ! -f "$HYPERVISOR" ]; then
		echo "$HYPERVISOR is not built: $2" >&2
		exit 1
	fi
}
