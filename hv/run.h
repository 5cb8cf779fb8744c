/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs a guest: enter, find out why it came out, serve that, again. */
#ifndef HV_RUN_H
#define HV_RUN_H

#include "lib/types.h"

struct guest;

/* Returns when the guest has ended, or somebody else may have to run. It is scheduled on this CPU. */
void run_guest(struct guest *g);

/* Serves a line of the 8259s. Called where hv/base/stretch.h says that interrupts are taken. */
typedef void irq_handler(u32 irq);
void run_set_irq_handler(u32 irq, irq_handler *handler); /* irq: 0 to 15 */

/* Serves the hardware interrupt at `vector`; false if the vector is none's: then it was `int n`. */
bool run_interrupt(u32 vector);

/* Interrupts of the timer; and those that no device of ours has asked for. They are acknowledged, counted, and
 * never a guest's. */
struct stray_interrupts {
	u32 spurious;    /* had gone again when the controller was asked */
	u32 unexpected;  /* the others */
	u32 last_vector; /* of these */
};
u32 run_timer_interrupts(void);
struct stray_interrupts run_stray_interrupts(void);

#endif
