// SPDX-License-Identifier: GPL-2.0-or-later
// Prove: sanitise is_code set_entry segments_load_entry
// Prover: cvc4
#include "proof/descriptors.h"
/*@ assigns g->cpu->state.idt[..], g->traps.installed[..]; */
void traps_segment_changed(struct guest *g, u32 index);
#include "hv/segments.c"
