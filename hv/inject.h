/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Injects a trap or interrupt into a guest: does in software what the CPU does when it delivers
 * one. */
#ifndef HV_INJECT_H
#define HV_INJECT_H

#include "lib/types.h"

struct guest;

enum inject_outcome {
	INJECT_DONE,
	INJECT_NO_GATE, /* the guest has no handler: nothing has changed */
	INJECT_KILLED,  /* its stack cannot take the frame: it has been killed */
};

/*
 * Pushes the CPU's frame onto the guest's stack (SDM vol. 3, figure 6-4) and points its registers
 * at the handler:
 *
 *	from ring 3              from ring 1
 *	ss                       -
 *	esp                      -
 *	eflags                   eflags      IF is irq_enabled
 *	cs                       cs
 *	eip                      eip
 *	[error code]             [error code]
 */
enum inject_outcome inject(struct guest *g, u32 vector, bool has_error, u32 error);

#endif
