/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Contracts of the windows of the fast path, which a guest's kernel can see: each shows the guest's
 * own memory, or, and then it is not writable, shared memory. */
#ifndef PROOF_WINDOWS_H
#define PROOF_WINDOWS_H

/* Contracts have operators that C has not: */
/* clang-format off */

#include "arch/x86/guest_top_table.h"
#include "hv/guest.h"
#include "proof/memory.h"

/* Any guest. */
/*@ axiomatic AnyGuest {
      logic struct guest *any_guest reads \nothing;
    } */

/*@ requires its_own_or_shared: is_frame_of(frame, &any_guest->space.account, FRAME_MEMORY) ||
      (is_shared_memory(frame) && !writable); */
void guest_window_open(void *address, pfn_t frame, bool writable);

/*@ requires TABLE_IS_VALID && \valid(g) && g->space.memory.account == &g->space.account && g == any_guest;
    requires \separated(g, &frame_table, frame_table.frames + ALL_FRAMES);
    requires g->space.memory.frames <= FRAME_NUMBERS; */
static bool show(struct guest *g, void *window, u32 gfn, bool writable);

#endif
