// SPDX-License-Identifier: GPL-2.0-or-later
// Prove: sanitise is_code set_entry segments_load_entry
// Prover: cvc4
#include "proof/descriptors.h"
/*@ requires g->space.fast == &g->cpu->state.fast.guest;
    assigns g->cpu->state.idt[..], g->traps.installed[..],
      g->cpu->state.fast.guest.stack_is_flat, g->cpu->state.fast.guest.reflects; */
void traps_segment_changed(struct guest *g, u32 index, bool code);
#include "hv/segments.c"
