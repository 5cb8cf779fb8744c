// SPDX-License-Identifier: GPL-2.0-or-later
// Prove: segments_find segments_is_kernel_code is_direct software_dpl install_gate remove_gate
// Prover: cvc4
// Inline: in_set is_software_vector descriptor_type descriptor_dpl gate_selector gate_offset is_code max_u32
// Smoke: -wp-no-smoke-dead-code
// (in_set() and is_software_vector() ask again what their callers know: that branch is dead.)
#include "proof/descriptors.h"
#include "hv/segments.c"
#include "hv/traps.c"
