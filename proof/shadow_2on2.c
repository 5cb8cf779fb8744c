// SPDX-License-Identifier: GPL-2.0-or-later
// Prove: rights_of spte_bits make_spte entry_gfn is_bad index_at table_index slot_of walk_guest
// Inline: rights_of
#include "arch/x86/guest_2level.h"
#include "arch/x86/shadow_2level.h"
#include "proof/shadow.h"
#include "hv/shadow_2on2.c"
#include "proof/walk.h"
