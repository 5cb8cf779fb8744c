/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Starts the other CPUs. */
#ifndef BOOT_CPUS_H
#define BOOT_CPUS_H

/* Starts every CPU that the firmware names, unless cpus= on the hypervisor's line says fewer. Each takes part
 * from the moment at which the boot CPU releases the machine's lock. A CPU that does not answer, or cannot
 * be used, is named and left out. After the timer's start. */
void cpus_start(const char *command_line);

#endif
