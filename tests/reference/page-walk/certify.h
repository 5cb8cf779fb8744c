/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fingerprint of a CPU's page walks. With the word `certify` on its command line, page-walk
 * prints no records, but a code of 16 digits over all of them, and the records that differ from
 * the reference (reference_lines.c). The code is FNV-1a of 64 bits over all lines, a newline behind
 * each.
 */
#ifndef REFERENCE_CERTIFY_H
#define REFERENCE_CERTIFY_H

#include "lib/types.h"

/* FNV-1a of one line, both halves combined by XOR; of each line in order. Written by
 * tools/certify-table. */
struct reference_lines {
	const u32 *hashes;
	u32 count;
};
extern const struct reference_lines reference_two_level, reference_pae, reference_nx;

/* Says what follows, and begins the code. */
void certify_begin(bool pae, bool nx);
bool certify_is_on(void);

/* Adds text to the current line; ends the line, and prints it if it is not the reference's. */
void certify_add(const char *text);
void certify_end_line(void);

/* Prints the code, and how to report it. */
void certify_report(void);

#endif
