/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What escape sequences do to a terminal. For terminal.c, which finds them. */
#ifndef ARCH_X86_TERMINAL_SEQUENCES_H
#define ARCH_X86_TERMINAL_SEQUENCES_H

#include "arch/x86/terminal.h"

/* The sequence in t->modes is complete: does it. */
void terminal_end_sequence(struct terminal *t, char final);

void terminal_reset_modes(struct terminal *t);
void terminal_save_cursor(struct terminal *t);
void terminal_restore_cursor(struct terminal *t);

#endif
