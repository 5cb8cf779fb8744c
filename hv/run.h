/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs a guest: VM entry, VM exit, serve the exit, and again. */
#ifndef HV_RUN_H
#define HV_RUN_H

#include "lib/types.h"

struct guest;

/* Runs the guest, which is scheduled on this CPU, without the machine's lock. Returns when it has ended, or when another guest
 * may have to run. */
void run_guest(struct guest *g);

/* Serves a line (arch/x86/irq.h). Called where hv/base/stretch.h says that interrupts are taken. */
typedef void irq_handler(u32 irq);
void run_set_irq_handler(u32 irq, irq_handler *handler); /* irq: 0 to 15 */

/* Serves the hardware interrupt at `vector`. False if it was none: a guest's `int n`. */
bool run_interrupt(u32 vector);

/* Interrupts that no driver of the hypervisor has asked for. They are acknowledged and counted, and
 * never reach a guest. */
struct stray_interrupts {
	u32 spurious;    /* no longer asserted when the controller was asked */
	u32 unexpected;  /* the others */
	u32 last_vector; /* of these */
};
extern PER_CPU u32 run_exits;   /* VM exits on this CPU, as of the last end of a guest's turn */
u32 run_timer_interrupts(void); /* the number of timer interrupts so far */
struct stray_interrupts run_stray_interrupts(void);

#endif
