/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The PS/2 keyboard at an 8042 controller, or at a controller that firmware emulates for a USB
 * keyboard. */
#ifndef ARCH_X86_KEYBOARD_H
#define ARCH_X86_KEYBOARD_H

#include "lib/types.h"

/* Sets up the controller and the keyboard; IRQ 1 stays masked (pic.h). False if there is no
 * controller. Takes at most some tenths of a second. For hv/console. */
bool keyboard_init(void);

/* The next scan code of set 1; false if none waits. Called at IRQ 1 until it is false. */
bool keyboard_read(u8 *code);

#endif
