/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options of the hypervisor's own command line (docs/boot.md). */
#ifndef BOOT_OWN_WORDS_H
#define BOOT_OWN_WORDS_H

#include "lib/types.h"

/* True if `word` is no option, or has or lacks a value: `problem` (of `size` bytes) then says so in
 * one line, with the option that was probably meant. `first`: it is the line's first word, where
 * some boot loaders put the kernel's file. Only the presence of a value is checked here; the code
 * that uses the option checks the value. */
bool own_word_problem(const char *word, bool first, char *problem, size_t size);

#endif
