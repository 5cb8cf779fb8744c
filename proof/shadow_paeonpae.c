// SPDX-License-Identifier: GPL-2.0-or-later
// Prove: rights_of spte_bits make_spte entry_gfn is_bad index_at table_index pde_index
// Prove: slot_bits table_entry link_page need_table walk_guest good_top set_pte
// Inline: rights_of is_kernel_slot
#include "arch/x86/guest_pae.h"
#include "arch/x86/shadow_pae.h"
#include "proof/shadow.h"
#include "hv/shadow/paeonpae.c"
#include "proof/walk.h"
