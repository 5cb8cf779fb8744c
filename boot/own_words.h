/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of the hypervisor's own command line: which there are, and what is odd about others. */
#ifndef BOOT_OWN_WORDS_H
#define BOOT_OWN_WORDS_H

#include "lib/types.h"

/* False if `word` is understood, or is not the user's. Else `problem` (of `size` bytes) says in one
 * line what would be right. `first`: it is the line's first word, where some boot loaders put the
 * kernel's file. Values are judged by whoever uses them, unless there is none. */
bool own_word_problem(const char *word, bool first, char *problem, size_t size);

#endif
