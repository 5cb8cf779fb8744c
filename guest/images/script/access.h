/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The steps that may trap, and the outcome of the last one. */
#ifndef SCRIPT_ACCESS_H
#define SCRIPT_ACCESS_H

#include "guest/images/script/step.h"
#include "guest/include/probe.h"

#define ACCESS_BYTES 4 /* bytes that `read` reads and `write` writes */

/* Prepares for `int`; once, before the first step. */
void access_init(void);

const struct outcome *access_outcome(void);

void parse_read(struct cursor *cursor, struct step *step);
void parse_write(struct cursor *cursor, struct step *step);
void parse_int(struct cursor *cursor, struct step *step);

void perform_read(const struct step *step);
void perform_write(const struct step *step);
void perform_execute(const struct step *step);
void perform_int(const struct step *step);

#endif
