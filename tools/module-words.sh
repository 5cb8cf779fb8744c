#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# tools/module-words.sh NAME: the words for the boot module of a guest image. An image that needs
# other memory than the default says so in its C file: ` * Module: mem=8M`.
set -eu

for folder in guest/images tests/guest tests/runner; do
	source=$folder/$1/$1.c
	[ -f "$source" ] && break
done
words=$(sed -n 's/^ \* Module: *//p' "$source" | head -n 1)

case " $words" in
*" mem="*) ;;
*) words="mem=4M${words:+ $words}" ;;
esac
echo "kernel name=$1 $words"
