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
#define VECTOR_IRQ_BASE 32 /* hardware interrupts of the 8259s */
/* Those of the local APIC's timer, of I/O APICs and of other CPUs. A guest's gate may be installed
 * there, but never a direct one. They are a class of their own, the highest: so the local APIC's
 * task priority can hold back all lower vectors (SDM vol. 3, 10.8.3). */
#define VECTOR_APIC_BASE 0xF0
/* Another CPU's interrupt: "look at your run queue". It would be line 2's, but that is the slave
 * 8259's input to the master, which no device has. */
#define VECTOR_WAKE (VECTOR_APIC_BASE + 2)
#define HARDWARE_VECTORS 16 /* the number of each; a guest's `int` never reaches the first 16 */
#define VECTOR_COUNT 256

/* Exceptions that push an error code (SDM vol. 3, table 6-1), a bit for each vector. */
#define VECTORS_WITH_ERROR_CODE                                                                    \
	(1 << VECTOR_DF | 1 << VECTOR_TS | 1 << VECTOR_NP | 1 << VECTOR_SS | 1 << VECTOR_GP |      \
	 1 << VECTOR_PF | 1 << VECTOR_AC | 1 << VECTOR_CP | 1 << VECTOR_VC | 1 << VECTOR_SX)

#endif
