/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel that probes for hardware finds none: the instructions by which it asks pass without
 * effect (abi.md section 4).
 */
#ifndef HV_SKIP_H
#define HV_SKIP_H

#include "lib/types.h"

struct guest;

/* If the instruction at the guest's eip is IN, OUT or CLI, steps over it; IN has read all ones.
 * False, and nothing done, if it is another one. */
bool skip_instruction(struct guest *g);

#endif
