// SPDX-License-Identifier: GPL-2.0-or-later
// Prove: rights_of spte_bits sh_make_spte sh_make_shared_spte entry_gfn sh_is_bad index_at table_index pde_index
// Prove: pde_bits table_entry sh_link_page sh_need_table sh_walk_guest sh_is_good_top sh_set_pte sh_set_pte_elsewhere
// Prove: sh_set_other with_rights_of recent_place
// Prover: cvc4
// Inline: rights_of sh_is_kernel_pde sh_may_be_found is_at
// Smoke: -wp-no-smoke-dead-code -wp-no-smoke-dead-call
// (Code for a PAE guest only is dead here; shadow_paeonpae.c proves it.)
#include "arch/x86/guest_2level.h"
#include "arch/x86/shadow_2level.h"
#include "proof/shadow.h"
#include "hv/shadow/2on2.c"
#include "proof/walk.h"
