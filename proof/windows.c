// SPDX-License-Identifier: GPL-2.0-or-later
// Prove: show
#include "proof/windows.h"
#include "hv/fast_path_state.c"
