/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lines of the devices that interrupt, IRQ 0 to 15 of a PC. They come by the pair of 8259s
 * (pic.h) or, on a machine without them, by the I/O APICs (io_apic.h).
 */
#ifndef ARCH_X86_IRQ_H
#define ARCH_X86_IRQ_H

#include "arch/x86/acpi_devices.h"
#include "arch/x86/vectors.h"

#define IRQS 16u
#define IRQ_TIMER 0u
#define IRQ_KEYBOARD 1u

/* Chooses the controller. All lines are masked. After pic_init and apic_init. */
void irq_init(const struct acpi_devices *devices);

/* Lets line `irq` (0 to 15) interrupt, or no longer. */
void irq_unmask(u32 irq);
void irq_mask(u32 irq);

enum irq_outcome {
	IRQ_NONE,     /* no interrupt: a guest's `int n` */
	IRQ_LINE,     /* an interrupt of line *irq */
	IRQ_SPURIOUS, /* no longer asserted when the controller was asked */
	IRQ_WAKE,     /* another CPU's VECTOR_WAKE */
	IRQ_STRAY,    /* of no line: a vector that the hypervisor does not use */
};

/* Acknowledges an interrupt at `vector`, if it was one. The local APIC's timer is line IRQ_TIMER.
 * For hv/run.c. */
enum irq_outcome irq_acknowledge(u32 vector, u32 *irq);

/* The line that uses this vector (VECTOR_IRQ_BASE and up), if any does; else the vector -
 * VECTOR_IRQ_BASE. For counts and traces. */
static inline u32 irq_of_vector(u32 vector)
{
	return vector - (vector >= VECTOR_APIC_BASE ? VECTOR_APIC_BASE : VECTOR_IRQ_BASE);
}

/* The controller's name for messages; NULL: there is none. */
const char *irq_controller(void);

#endif
