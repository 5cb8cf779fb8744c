/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The local APIC, as far as a machine of one CPU needs it: a wire. The 8259s' interrupts come through its
 * pin LINT0, NMIs through LINT1 ("virtual wire mode": MultiProcessor Specification 1.4, 3.6.2.2), and
 * nothing else ever comes from it, whatever a loader has left running.
 */
#ifndef ARCH_X86_APIC_H
#define ARCH_X86_APIC_H

#include "lib/types.h"

/* Where there is one, and it is on. After cpu_control_setup, with interrupts off. */
void apic_init(void);

/* True if this vector is an interrupt of the local APIC's own, which it then takes back. */
bool apic_acknowledge(u32 vector);

#ifdef CONFIG_TEST_HYPERCALL
/* Makes an interrupt at this vector wait for IF, as a timer would that was left running: one that the task
 * priority holds back, or (unheld) one that it does not. */
void apic_test_interrupt(u32 vector, bool unheld);
#endif

#endif
