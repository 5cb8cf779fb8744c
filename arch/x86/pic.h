/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pair of 8259A interrupt controllers, at vectors VECTOR_IRQ_BASE to +15. */
#ifndef ARCH_X86_PIC_H
#define ARCH_X86_PIC_H

#include "lib/types.h"

#define PIC_IRQS 16u

/* Moves the interrupts off the exceptions' vectors and masks all of them; called once. If there are
 * no 8259s, the functions below do nothing. */
void pic_init(void);
bool pic_is_present(void);

/* Lets line `irq` (0 to 15) interrupt, or no longer. For irq.c. */
void pic_unmask(u32 irq);
void pic_mask(u32 irq);

/* For bios_power_off.c. */
void pic_mask_all(void);

/* Acknowledges an interrupt of line `irq` (0 to 15). False if it was spurious (datasheet,
 * "Interrupt sequence"): then there is nothing to serve. For irq.c. */
bool pic_acknowledge(u32 irq);

#endif
