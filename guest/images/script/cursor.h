/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Takes a line's operands one by one. The first wrong one is reported, with the
 * correct form; all operands after it then read as 0.
 */
#ifndef SCRIPT_CURSOR_H
#define SCRIPT_CURSOR_H

#include "guest/images/script/step.h"
#include "guest/images/script/things.h"

struct cursor {
	u32 line;
	const struct word *words;
	u32 count, next;
	const char *example; /* of a right line */
	bool failed;
};

/* The name of the script's file, from the command line, for all messages about a line; "" for lines
 * that are typed. */
extern char script_file[];

/* The number of messages. */
u32 mistakes(void);

/* Says FILE:LINE: "word" text. `word` may be NULL. */
void mistake(u32 line, const struct word *word, const char *text, ...) PRINTF_LIKE(3, 4);

/* The same about a word of this line, unless there was one already; adds an example. */
void complain(struct cursor *cursor, const struct word *word, const char *text, ...)
    PRINTF_LIKE(3, 4);

bool at_end(const struct cursor *cursor);

/* The next word without taking it, or NULL. */
const struct word *peek(const struct cursor *cursor);

/* Takes the next word if it is this one. */
bool take_if(struct cursor *cursor, const char *string);

/* Takes the next word. If there is none, returns NULL, and complains that `what` is missing. */
const struct word *take(struct cursor *cursor, const char *what);

/* A number up to `most`. */
u32 take_number(struct cursor *cursor, const char *what, u32 most);

/* A number, or the guest-physical address of a named thing, as NAME or NAME+OFFSET. */
u32 take_value(struct cursor *cursor, const char *what);

/* The same, but only NAME or NAME+OFFSET, with four bytes there. */
u32 take_place(struct cursor *cursor);

/* A value that is the address of a page: it ends in 000. */
u32 take_page_address(struct cursor *cursor, const char *what);

/* A page address that the script may change the entries of. */
u32 take_own_address(struct cursor *cursor);

struct page_table *take_directory(struct cursor *cursor);

/* Words for an entry's bits, up to the end of the line. */
void take_entry_bits(struct cursor *cursor, pte_t *set, pte_t *clear);

/* Word number `index` for an entry's bits; NULL behind the last one. */
const char *entry_word(u32 index);

/* The words for an entry's bits: present, writable and user or their opposites, and others that are
 * set. */
void entry_words_of(pte_t entry, char *to, size_t size);

/* True for an address that the script may not change the entries of. */
bool address_is_ours(gva_t address);

/* `ring 1` or `ring 3` or nothing, which is ring 1. */
u32 take_ring(struct cursor *cursor);

/* Reports operands that are left over. */
void take_end(struct cursor *cursor);

#endif
