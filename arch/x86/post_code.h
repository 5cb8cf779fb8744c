/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Codes on I/O port 0x80, where a POST card shows them: each is written when its step begins, so a
 * machine that stands still shows the step in which it does. docs/hardware.md has the same table.
 */
#ifndef ARCH_X86_POST_CODE_H
#define ARCH_X86_POST_CODE_H

#define POST_PORT 0x80

/* In the order of start-up: the numbers rise. */
#define POST_ENTRY 0x10  /* the boot loader has jumped to start.S; CPU state is cleared */
#define POST_PAGING 0x11 /* the first page tables are made, and paging is switched on */
#define POST_MAIN 0x12   /* paging is on; C code is called */
#define POST_CPU 0x20 /* the CPU is identified; descriptor tables and control registers are set */
#define POST_INTERRUPTS 0x21 /* the 8259s and the local APIC are set, all interrupts masked */
#define POST_LOADER 0x30     /* the boot loader's information is read */
#define POST_CONSOLE 0x31    /* serial port and screen are looked for; then there are messages */
#define POST_MEMORY 0x40     /* memory is mapped */
#define POST_TIMER 0x50      /* the timer is calibrated, and must interrupt */
#define POST_GUESTS 0x60     /* the modules are read */
#define POST_RUN 0x70        /* guests run */
#define POST_CHECK 0x80      /* all guests have ended; frames are counted */
#define POST_END 0x90        /* the machine waits for a key, is switched off, or restarts */
#define POST_PANIC 0xFE      /* panic: the console has the reason */

#ifndef __ASSEMBLER__
#include "arch/x86/io.h"

static inline void post_code(u8 code)
{
	outb(POST_PORT, code);
}
#endif
#endif
