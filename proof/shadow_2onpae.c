// SPDX-License-Identifier: GPL-2.0-or-later
// Prove: rights_of spte_bits make_spte entry_gfn is_bad index_at table_index pde_index
// Prove: slot_bits table_entry link_page need_table walk_guest good_top set_pte
// Inline: rights_of is_kernel_slot
// Smoke: -wp-no-smoke-dead-code -wp-no-smoke-dead-call
// (What is for a PAE guest only is dead here; shadow_paeonpae.c looks at it.)
#include "arch/x86/guest_2level.h"
#include "arch/x86/shadow_pae.h"
#include "proof/shadow.h"
#include "hv/shadow/2onpae.c"
#include "proof/walk.h"
