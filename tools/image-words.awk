# SPDX-License-Identifier: GPL-2.0-or-later
# awk -f tools/image-words.awk NAME.mk...: the words that images declare (guest/guest.mk), as NAME.mk:WORD.

/^[ \t]*(#|$)/ { next }

/^[ \t]*(high|pae|native|editor)[ \t]*:?=[ \t]*[yn][ \t]*$/ {
	if ($0 ~ /y[ \t]*$/) {
		gsub(/[ \t]|:?=.*/, "")
		print FILENAME ":" $0
	}
	next
}

{
	printf "%s:%d: \"%s\" is not understood: write high := y, pae := y, native := y or editor := y\n", \
		FILENAME, FNR, $0 > "/dev/stderr"
}
