// SPDX-License-Identifier: GPL-2.0-or-later
// Prove: show
#include "hv/fast_path_state.c"
#include "proof/windows.h"
