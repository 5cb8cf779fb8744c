/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The local APIC. It passes interrupts on: those of the 8259s through its pin LINT0, NMIs through
 * LINT1 ("virtual wire mode": MultiProcessor Specification 1.4, 3.6.2.2). Of its own it raises none,
 * even if a boot loader has left some of its sources running, until apic_open().
 */
#ifndef ARCH_X86_APIC_H
#define ARCH_X86_APIC_H

#include "lib/types.h"

/* Sets the APIC up, if there is one and it is on. To be called once, after cpu_control_setup, with
 * interrupts off. */
void apic_init(void);

/* True if the interrupt at this vector came from the local APIC; then it is acknowledged. For
 * irq.c. */
bool apic_acknowledge(u32 vector);

bool apic_is_on(void);

/* Lets interrupts at VECTOR_APIC_BASE and up come: for its timer, and for an I/O APIC. */
void apic_open(void);

/* Holds back all of its interrupts, as after apic_init. */
void apic_close(void);

/* The number by which an I/O APIC addresses this CPU. Only if the APIC is on, as all below. */
u32 apic_number(void);

/* The timer counts down from `count` and interrupts once at 0, as line IRQ_TIMER, unless it is
 * masked. A count of 0 stops it. For apic_timer.c. */
void apic_timer_start(u32 count);
u32 apic_timer_count(void);
void apic_timer_unmask(void);
void apic_timer_mask(void);

#ifdef CONFIG_TEST_HYPERCALL
/* Makes an interrupt at this vector pending, as a timer that was left running would: one that the
 * task priority holds back or, with `unheld`, one that it does not. */
void apic_test_interrupt(u32 vector, bool unheld);
#endif

#endif
