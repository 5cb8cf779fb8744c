/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Answers to typed lines, in words. */
#ifndef SCRIPT_ANSWER_H
#define SCRIPT_ANSWER_H

#include "guest/images/script/step.h"

/* Says what the step has done, once it has been performed. */
void answer_step(const struct step *step);

/* Says the names from number `first` on, with their addresses. */
void answer_things(u32 first);

/* Says the guest's entries for an address, as `show` does. */
void answer_entries(const struct step *step);

/* The words behind `expect` that describe the outcome of this access, which is the last one. */
void answer_expected(const struct step *step, char *to, size_t size);

#endif
