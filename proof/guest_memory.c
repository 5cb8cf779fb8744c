// SPDX-License-Identifier: GPL-2.0-or-later
// Prove: guest_memory_words guest_memory_frame guest_range_is_memory
#include "proof/memory.h"
#include "mm/guest_memory.c"
