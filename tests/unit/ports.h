/* SPDX-License-Identifier: GPL-2.0-or-later */
/* In place of arch/x86/io.h: natively, I/O ports are the test's. */
#ifndef ARCH_X86_IO_H
#define ARCH_X86_IO_H

#include "lib/types.h"

void outb(u16 port, u8 value);
void outw(u16 port, u16 value);
u8 inb(u16 port);
u16 inw(u16 port);

#endif
