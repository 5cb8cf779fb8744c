/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The code that another CPU runs first (ap_trampoline.S), and the words that ap_start.c leaves in
 * it. */
#ifndef ARCH_X86_AP_TRAMPOLINE_H
#define ARCH_X86_AP_TRAMPOLINE_H

#define AP_TRAMPOLINE_SIZE 256

#ifndef __ASSEMBLER__
#include "lib/types.h"

struct ap_words {
	u32 cr3, cr4;
	u32 has_efer, efer; /* without the register, a write is #GP */
	u32 stack;
	u32 needs; /* in CPUID 1.EDX, for cr4; NX, if it is in `efer` */
};

/* AP_TRAMPOLINE_SIZE bytes; ap_words is the place of the words in them. */
extern const u8 ap_trampoline_start[], ap_words[];

/* The trampoline calls it, on `stack`. It does not return. */
void ap_arrive(void);
#endif

#endif
