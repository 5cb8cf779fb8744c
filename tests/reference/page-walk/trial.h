/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Trials: accesses to one page, their results, and the lines that print them. */
#ifndef REFERENCE_TRIAL_H
#define REFERENCE_TRIAL_H

#include "guest/include/kit.h"

/* Every page under test, a page table or not, can be read, written and executed here. No entry of a
 * table that is used as a page may be at these places. */
#define WORD_OFFSET 0x40
#define CODE_OFFSET 0x80

#define ACCESSES 6

/* "kr kw kx ur uw ux": kernel or user, read, write or execute. */
extern const char *const access_names[ACCESSES];

/* Writes a number and code into a page, by which trials recognize it. */
void page_equip(void *page);

/* Begins a new trial. `page` is the kernel's address of the mapped page: an access succeeds only if
 * it reads, writes or executes this page. */
void trial_begin(void *page);

/* An entry whose bits are compared before and after the accesses; up to four. */
void trial_watch(volatile pte_t *entry);

/* An access to the page that is mapped at `at`; several may follow each other. */
void trial_access(u32 access, gva_t at);

/* Adds the results of the accesses, and the changes in the entries, to the line:
 *	ok        went through
 *	wrong     went through, but not to this page
 *	eN        page fault with error code N
 *	/ad       ACCESSED and DIRTY set in one entry, one such word for each */
void trial_end(void);

/* A line is a heading, formatted as by printf, and its trials. Repeated results are one word with a
 * number. */
void record_begin(const char *text, ...) PRINTF_LIKE(1, 2);
void record_end(void);

#endif
