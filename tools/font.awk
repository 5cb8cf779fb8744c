# SPDX-License-Identifier: GPL-2.0-or-later
# awk -f tools/font.awk unifont.hex: the 256 characters of code page 437, the PC's, as a C initialiser: 16 rows of 8
# dots each, the leftmost dot in the highest bit. A line of unifont.hex is CODE:DOTS, with a code point and 16 rows of 8
# or 16 dots; all characters of the page have 8.

BEGIN {
	FS = ":"
	page = "0020 263A 263B 2665 2666 2663 2660 2022 25D8 25CB 25D9 2642 2640 266A 266B 263C " \
		"25BA 25C4 2195 203C 00B6 00A7 25AC 21A8 2191 2193 2192 2190 221F 2194 25B2 25BC "
	for (code = 32; code < 127; code++)
		page = page sprintf("%04X ", code)
	page = page "2302 " \
		"00C7 00FC 00E9 00E2 00E4 00E0 00E5 00E7 00EA 00EB 00E8 00EF 00EE 00EC 00C4 00C5 " \
		"00C9 00E6 00C6 00F4 00F6 00F2 00FB 00F9 00FF 00D6 00DC 00A2 00A3 00A5 20A7 0192 " \
		"00E1 00ED 00F3 00FA 00F1 00D1 00AA 00BA 00BF 2310 00AC 00BD 00BC 00A1 00AB 00BB " \
		"2591 2592 2593 2502 2524 2561 2562 2556 2555 2563 2551 2557 255D 255C 255B 2510 " \
		"2514 2534 252C 251C 2500 253C 255E 255F 255A 2554 2569 2566 2560 2550 256C 2567 " \
		"2568 2564 2565 2559 2558 2552 2553 256B 256A 2518 250C 2588 2584 258C 2590 2580 " \
		"03B1 00DF 0393 03C0 03A3 03C3 00B5 03C4 03A6 0398 03A9 03B4 221E 03C6 03B5 2229 " \
		"2261 00B1 2265 2264 2320 2321 00F7 2248 00B0 2219 00B7 221A 207F 00B2 25A0 00A0"
	characters = split(page, code_point, " ")
	for (i = 1; i <= characters; i++)
		wanted[code_point[i]] = 1
}

$1 in wanted { dots[$1] = $2 }

END {
	for (i = 1; i <= characters; i++) {
		all = dots[code_point[i]]
		if (length(all) != 32) {
			print "font: U+" code_point[i] " is not in the font, or is not 8 dots wide" > "/dev/stderr"
			exit 1
		}
		line = ""
		for (row = 0; row < 16; row++)
			line = line "0x" substr(all, row * 2 + 1, 2) ","
		print "{" line "}, /* U+" code_point[i] " */"
	}
}
