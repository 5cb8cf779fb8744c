/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pair of 8259A interrupt controllers, at vectors VECTOR_IRQ_BASE to +15. */
#ifndef ARCH_X86_PIC_H
#define ARCH_X86_PIC_H

#include "lib/types.h"

#define PIC_IRQS 16u
#define PIC_IRQ_TIMER 0u
#define PIC_IRQ_KEYBOARD 1u
#define PIC_IRQ_SERIAL 4u

/* Moves them off the exceptions' vectors, everything masked. */
void pic_init(void);
void pic_unmask(u32 irq);
void pic_mask_all(void);

/* Acknowledges an interrupt. False if it was spurious: then there is nothing to serve. */
bool pic_acknowledge(u32 irq);

#endif
