/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The instruction sets among the words of CPUID, for snapshots (abi/snapshot.h). */
#ifndef ARCH_X86_CPU_WORDS_H
#define ARCH_X86_CPU_WORDS_H

#include "arch/x86/cpu_features.h"

/* The name of an instruction set in `words` that a CPU with the words `own` lacks, or NULL. Only those count that a
 * guest can use. */
const char *cpu_words_lack(const u32 words[CPUID_WORDS], const u32 own[CPUID_WORDS]);

#endif
