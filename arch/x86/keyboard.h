/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The PS/2 keyboard at an 8042 controller, or at whatever a PC's firmware shows as one. */
#ifndef ARCH_X86_KEYBOARD_H
#define ARCH_X86_KEYBOARD_H

#include "lib/types.h"

/* False if there is no controller. Then, and before, there are no interrupts. */
bool keyboard_init(void);

/* The next scan code; false if none waits. Called at IRQ 1, until it is false. */
bool keyboard_read(u8 *code);

#endif
