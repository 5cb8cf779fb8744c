// SPDX-License-Identifier: GPL-2.0-or-later
// Prove: show
#include "proof/windows.h"
#include "hv/fastpath/fast_path_setup.c"
