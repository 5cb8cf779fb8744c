/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine's lock. A guest's own state (struct guest: memory, shadow, descriptors, registers) is
 * changed only by the CPU that runs it, which needs no lock for that. Everything else is shared, and
 * changed only under this lock: the scheduler, the domains, consoles, devices and the network
 * switch, the monitor, the log, and each guest that no CPU runs.
 *
 *	outside of run_guest()    the lock is held
 *	run_guest()               releases it, and takes it again
 *	a halted CPU              has released it (hv/stretch.c)
 *	within run_guest()        hypercalls that reach a console or a device take it (NESTED)
 *	interrupt handlers        take it, unless this CPU holds it already (NESTED)
 *
 * So what one CPU does outside of run_guest() takes place as on a machine with one CPU.
 */
#ifndef HV_MACHINE_H
#define HV_MACHINE_H

#include "lib/types.h"

/* Takes the lock, which this CPU does not hold; releases it. */
void machine_lock(void);
void machine_unlock(void);

/* The holder calls it when the first guest is about to run: debug builds measure the longest hold from
 * here. */
void machine_lock_measure_anew(void);

/* Takes the lock unless this CPU holds it. The result is for machine_unlock_nested. */
bool machine_lock_nested(void);
void machine_unlock_nested(bool taken);

#endif
