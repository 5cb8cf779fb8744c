/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes a guest take a trap: what the CPU does when it delivers one, done by hand. */
#ifndef HV_INJECT_H
#define HV_INJECT_H

#include "lib/types.h"

struct guest;

enum inject_outcome {
	INJECT_DONE,
	INJECT_NO_GATE, /* the guest has no handler for it: nothing was done */
	INJECT_KILLED,  /* its stack cannot take the frame */
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
