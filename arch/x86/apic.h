/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The local APIC, which on this machine of one CPU only passes interrupts on: those of the 8259s
 * through its pin LINT0, NMIs through LINT1 ("virtual wire mode": MultiProcessor Specification 1.4,
 * 3.6.2.2). It raises no interrupts of its own, even if a boot loader has left some of its sources
 * running.
 */
#ifndef ARCH_X86_APIC_H
#define ARCH_X86_APIC_H

#include "lib/types.h"

/* Sets the APIC up, if there is one and it is on. To be called once, after cpu_control_setup, with
 * interrupts off. */
void apic_init(void);

/* True if the interrupt at this vector came from the local APIC; then it is acknowledged. For
 * hv/run.c. */
bool apic_acknowledge(u32 vector);

#ifdef CONFIG_TEST_HYPERCALL
/* Makes an interrupt at this vector pending, as a timer that was left running would: one that the
 * task priority holds back or, with `unheld`, one that it does not. */
void apic_test_interrupt(u32 vector, bool unheld);
#endif

#endif
