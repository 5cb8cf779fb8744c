/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memories that share the guest's frames, as those of its clones do; each has a plain copy beside it. */
#ifndef TESTS_UNIT_ORACLE_CLONES_H
#define TESTS_UNIT_ORACLE_CLONES_H

#include "tests/unit/oracle/operations.h"

/* The guest, or one of its clones, gets a clone: from now on both share their frames. */
void do_share(const struct operation *o);

/* A clone writes to its memory, and reads it. */
void do_clone_write(const struct operation *o);

/* A clone ends. */
void do_clone_end(const struct operation *o);

/* Fails unless this gfn of each clone has the contents that it should have. */
void clones_compare(u32 gfn);

/* Fails unless each frame has as many holders as memories that lead to it, and one owner otherwise. */
void clones_audit(void);

/* All clones end, after a last look at their contents. */
void clones_stop(void);

#endif
