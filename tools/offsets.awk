# SPDX-License-Identifier: GPL-2.0-or-later
# Turns the compiler's output for arch/x86/offsets.c into a header for assembly:
# a line `.ascii "->NAME VALUE"` becomes `#define NAME VALUE`.

BEGIN { print "/* Made from arch/x86/offsets.c. */" }

/\.ascii[ \t]+"->/ {
	sub(/.*"->/, "")
	sub(/".*/, "")
	sub(/\$/, "") # an immediate operand may keep its sign
	print "#define", $1, $2
	found++
}

END {
	if (!found) {
		print "no offset found: are there lines \"->NAME VALUE\"?" > "/dev/stderr"
		exit 1
	}
}
