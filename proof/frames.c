// SPDX-License-Identifier: GPL-2.0-or-later
// Prove: is_free_head list_push list_remove take_run put_run check_free frame_assert
// Prove: give take_frame frame_alloc frame_free
#include "proof/frames.h"
#include "mm/frames.c"
