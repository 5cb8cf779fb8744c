#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# tools/module-words.sh NAME|SCRIPT.txt: prints the words for the boot module of a guest image, or of the image that
# plays this script. The name lab stands for the image `script` without a script, which gives a prompt. The header of an
# image or a script can declare other words than the defaults: ` * Module: mem=8M` in a C file, `# Module: mem=16M` in a
# script.
set -eu
. tools/usage.sh
usage 1 "$@"

declared() {
	sed -n "s/^$2 Module: *//p" "$1" | head -n 1
}

# fail TEXT
fail() {
	echo "module-words.sh: $1" >&2
	exit 1
}

case $1 in
*.txt)
	[ -f "$1" ] || fail "$1: there is no such script"
	name=$(basename "$1" .txt)
	words=$(declared "$1" '#')
	memory=8M
	case $words in
	*' -- '*) words="$words file=$1" ;;
	*) words="${words:+$words }-- file=$1" ;;
	esac
	case " $words" in
	*" devices="*) ;;
	*) words="devices=off $words" ;;
	esac
	;;
*)
	name=$1
	memory=4M
	folder_name=${1%-pae} # the same source, compiled for PAE page tables
	[ "$1" != lab ] || folder_name=script
	for folder in guest/images tests/guest/* tests/runner tests/reference; do
		source=$folder/$folder_name/$folder_name.c
		[ -f "$source" ] && break
	done
	[ -f "$source" ] || fail "no image is called $1"
	words=$(declared "$source" ' \*')
	;;
esac

case " $words" in
*" mem="*) ;;
*) words="mem=$memory${words:+ $words}" ;;
esac
echo "kernel name=$name $words"
