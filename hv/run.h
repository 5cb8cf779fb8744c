/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs a guest: enter, find out why it came out, serve that, again. */
#ifndef HV_RUN_H
#define HV_RUN_H

#include "lib/types.h"

struct guest;

/* Returns when the guest has ended, or somebody else may have to run. It is scheduled on this CPU. */
void run_guest(struct guest *g);

/* Serves hardware interrupt `irq`; false if there is no such line. */
bool run_interrupt(u32 irq);

/* The name of the guest that runs now, or NULL. For panic messages. */
const char *run_current_name(void);

#endif
