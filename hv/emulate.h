/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Emulates the few privileged instructions that a guest kernel executes although they fault in ring
 * 1. A probe for hardware finds none, and debug and control registers read as after a reset. An
 * instruction that resets a PC restarts the guest (abi.md section 4).
 */
#ifndef HV_EMULATE_H
#define HV_EMULATE_H

#include "lib/types.h"

struct guest;

/* Emulates RDTSC in rings 1 and 3 if the guest came from a snapshot; in ring 1, IN, OUT, CLI, MOV from CR4, MOV from a debug register, or MOV to one that enables
 * nothing, at the guest's eip. False, with eip unchanged, if it is another instruction, or if the
 * guest has ended by it. */
bool emulate_instruction(struct guest *g);

#endif
