/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The CPUs of the machine: how the boot CPU (number 0) starts the others, and how they interrupt each
 * other. */
#ifndef ARCH_X86_CPUS_H
#define ARCH_X86_CPUS_H

#include "lib/types.h"

/* Interrupts CPU `cpu`, which leaves its guest, or its sleep. */
void cpu_send_wake(u32 cpu);

/* Interrupts it even where interrupts are off. */
void cpu_send_nmi(u32 cpu);

#endif
