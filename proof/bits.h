/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Macros for contracts about bits. A prover decides a statement about one bit at once, and hardly
 * ever a statement about a whole word. Equality is therefore stated bit by bit.
 */
#ifndef PROOF_BITS_H
#define PROOF_BITS_H

/* Contracts have operators that C has not: */
/* clang-format off */

#define HAS(word, flag) (((word) & (flag)) != 0)
#define BIT_IS(word, n, other, m) (HAS(word, 1ull << (n)) <==> HAS(other, 1ull << (m)))
#define NO_BIT(word, n) (!HAS(word, 1ull << (n)))

#define FIVE_BITS_ARE(word, n, other, m)                                                           \
	(BIT_IS(word, (n), other, (m)) && BIT_IS(word, (n) + 1, other, (m) + 1) &&                 \
	 BIT_IS(word, (n) + 2, other, (m) + 2) && BIT_IS(word, (n) + 3, other, (m) + 3) &&         \
	 BIT_IS(word, (n) + 4, other, (m) + 4))
#define FIVE_NO_BITS(word, n)                                                                      \
	(NO_BIT(word, (n)) && NO_BIT(word, (n) + 1) && NO_BIT(word, (n) + 2) &&                    \
	 NO_BIT(word, (n) + 3) && NO_BIT(word, (n) + 4))

/* Bits 12 to 31 are the frame number, bits 32 to 62 are 0: the entry leads to frame `pfn`. */
#define LEADS_TO(entry, pfn)                                                                       \
	(FIVE_BITS_ARE(entry, 12, pfn, 0) && FIVE_BITS_ARE(entry, 17, pfn, 5) &&                   \
	 FIVE_BITS_ARE(entry, 22, pfn, 10) && FIVE_BITS_ARE(entry, 27, pfn, 15) &&                 \
	 FIVE_NO_BITS(entry, 32) && FIVE_NO_BITS(entry, 37) && FIVE_NO_BITS(entry, 42) &&          \
	 FIVE_NO_BITS(entry, 47) && FIVE_NO_BITS(entry, 52) && FIVE_NO_BITS(entry, 57) &&          \
	 NO_BIT(entry, 62))

#endif
