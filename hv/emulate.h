/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel that probes for hardware finds none, and one that prints its registers finds those that
 * it has not got as after a reset: the instructions by which it asks pass without effect. One that
 * resets a PC ends the guest, to be restarted (abi.md section 4).
 */
#ifndef HV_SKIP_H
#define HV_SKIP_H

#include "lib/types.h"

struct guest;

/* If the instruction at the guest's eip is IN, OUT, CLI, MOV from CR4, MOV from a debug register, or
 * one to a debug register that enables nothing, steps over it. False, and eip as it was, if it is
 * another one, or if the guest has ended by it. */
bool skip_instruction(struct guest *g);

#endif
