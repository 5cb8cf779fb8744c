// SPDX-License-Identifier: GPL-2.0-or-later
// Prove: is_free_head list_push list_remove take_run put_run check_free frame_assert
// Prove: give take_frame frame_alloc frame_free
// Prove: length_of change_owner frame_alloc_run frame_free_run
// Prove: frame_owner frame_is_shared frame_assert_shared panic_not_shared shared_frame
// Prove: frame_share frame_hold frame_drop frame_take_over
// Flags: -wp-no-split
#include "proof/frames.h"
#include "mm/frames.c"
