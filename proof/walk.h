/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The Switcher's slot: whatever the guest's tables hold there, nothing of the last 4 MB is filled. */
#ifndef PROOF_WALK_H
#define PROOF_WALK_H

/* clang-format off */

/*@ requires \valid(g) && \valid(g->shadow.current) && \valid(walk);
    ensures \result == FILL_DONE ==> at < SWITCHER_START; */
static enum fill_outcome walk_guest(struct guest *g, gva_t at, u32 access, struct walk *walk);

#endif
