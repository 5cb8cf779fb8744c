/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pair of 8259A interrupt controllers, at vectors VECTOR_IRQ_BASE to +15. */
#ifndef ARCH_X86_PIC_H
#define ARCH_X86_PIC_H

#include "lib/types.h"

#define PIC_IRQS 16u
#define PIC_IRQ_TIMER 0u
#define PIC_IRQ_KEYBOARD 1u

/* Moves the interrupts off the exceptions' vectors and masks all of them; called once. */
void pic_init(void);

/* Lets line `irq` (0 to 15) interrupt. */
void pic_unmask(u32 irq);

/* For bios_power_off.c. */
void pic_mask_all(void);

/* Acknowledges an interrupt of line `irq` (0 to 15). False if it was spurious (datasheet,
 * "Interrupt sequence"): then there is nothing to serve. For hv/run.c. */
bool pic_acknowledge(u32 irq);

#endif
