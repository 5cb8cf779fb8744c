// SPDX-License-Identifier: GPL-2.0-or-later
// Prove: is_free_head list_push list_remove take_run put_run check_free frame_assert
// Prove: give take_frame frame_alloc frame_free
// Prove: frame_owner frame_is_shared frame_assert_shared panic_not_shared shared_frame
// Prove: frame_share frame_hold frame_drop frame_take_over
// Prover: cvc4
// Flags: -wp-no-split
#include "proof/frames.h"
#include "mm/frames.c"
