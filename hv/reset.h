/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ways in which a kernel restarts a PC without a hypercall (abi.md section 4): the reset line
 * of the keyboard controller, and an IDT that makes the next exception a triple fault. Each ends
 * the guest as SHUTDOWN does that asks for a restart.
 */
#ifndef HV_RESET_H
#define HV_RESET_H

#include "lib/types.h"

struct guest;

/* OUT: `value` is the byte that goes to `port`. True if that restarts the guest. */
bool reset_by_output(struct guest *g, u16 port, u8 value);

/* LIDT of an IDT whose last byte is at offset `limit`. True if that restarts the guest. */
bool reset_by_idt(struct guest *g, u16 limit);

#endif
