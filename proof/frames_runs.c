// SPDX-License-Identifier: GPL-2.0-or-later
// Runs of frames; that their counts are right needs both provers.
// Prove: length_of change_owner frame_alloc_run frame_free_run
// Flags: -wp-no-split
#include "proof/frames.h"
#include "mm/frames.c"
