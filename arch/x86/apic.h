/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The local APIC. It passes interrupts on: those of the 8259s through its pin LINT0, NMIs through
 * LINT1 ("virtual wire mode": MultiProcessor Specification 1.4, 3.6.2.2). Of its own it raises none,
 * even if a boot loader has left some of its sources running, until apic_open().
 */
#ifndef ARCH_X86_APIC_H
#define ARCH_X86_APIC_H

#include "lib/types.h"

/* Sets the boot CPU's APIC up, if there is one and it is on. To be called once, after
 * cpu_control_setup, with interrupts off. */
void apic_init(void);

/* Sets the APIC of another CPU up, the same way, for that CPU to call with interrupts off: its pins
 * LINT0 and LINT1 are masked, since the 8259s' interrupts and NMIs go to the boot CPU, and
 * interrupts at VECTOR_APIC_BASE and up come. False if its registers are not where the boot CPU's
 * are, or if it is off: then it has no timer and cannot be interrupted. */
bool apic_init_this_cpu(void);

/* True if the interrupt at this vector came from the local APIC; then it is acknowledged. For
 * irq.c. */
bool apic_acknowledge(u32 vector);

bool apic_is_on(void);

/* Lets interrupts at VECTOR_APIC_BASE and up come to this CPU: for its timer, an I/O APIC, and
 * other CPUs. */
void apic_open(void);

/* Holds back all interrupts of this CPU's APIC, as after apic_init. */
void apic_close(void);

/* This CPU's APIC ID, by which an I/O APIC or another CPU addresses it. Only if the APIC is on, as
 * all below. */
u32 apic_number(void);

/* False for an ID that the interrupt command register has no room for: above 254, unless in x2APIC
 * mode. */
bool apic_can_address(u32 apic_id);

/* Interrupt another CPU (SDM vol. 3, 10.6). An ID that cannot be addressed is ignored, as is a CPU
 * that does not exist. Each waits a bounded time until the local APIC has sent it, which does not
 * tell whether the other CPU has taken it. In x2APIC mode there is nothing to wait for. */
void apic_send(u32 apic_id, u32 vector); /* VECTOR_WAKE; stores before it are visible there */
void apic_send_nmi(u32 apic_id);
void apic_send_init(u32 apic_id); /* it waits for a startup interrupt, as after reset */
void apic_send_startup(u32 apic_id, u32 page); /* it begins at page * 4 KB, below 1 MB */

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
