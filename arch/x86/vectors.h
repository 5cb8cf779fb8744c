/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The vectors of exceptions by their mnemonics (SDM vol. 3, table 6-1), and those of hardware
 * interrupts. */
#ifndef ARCH_X86_VECTORS_H
#define ARCH_X86_VECTORS_H

#define VECTOR_DE 0
#define VECTOR_DB 1
#define VECTOR_NMI 2
#define VECTOR_BP 3
#define VECTOR_OF 4
#define VECTOR_BR 5
#define VECTOR_UD 6
#define VECTOR_NM 7
#define VECTOR_DF 8
#define VECTOR_FPU_OVERRUN 9
#define VECTOR_TS 10
#define VECTOR_NP 11
#define VECTOR_SS 12
#define VECTOR_GP 13
#define VECTOR_PF 14
#define VECTOR_SPURIOUS 15
#define VECTOR_MF 16
#define VECTOR_AC 17
#define VECTOR_MC 18
#define VECTOR_XM 19
#define VECTOR_CP 21
#define VECTOR_VC 29
#define VECTOR_SX 30
#define VECTOR_IRQ_BASE 32  /* hardware interrupts, both controllers */
#define HARDWARE_VECTORS 16 /* their number; a guest's gate is never installed there */
#define VECTOR_COUNT 256

/* Exceptions that push an error code (SDM vol. 3, table 6-1), a bit for each vector. */
#define VECTORS_WITH_ERROR_CODE                                                                    \
	(1 << VECTOR_DF | 1 << VECTOR_TS | 1 << VECTOR_NP | 1 << VECTOR_SS | 1 << VECTOR_GP |      \
	 1 << VECTOR_PF | 1 << VECTOR_AC | 1 << VECTOR_CP | 1 << VECTOR_VC | 1 << VECTOR_SX)

#endif
