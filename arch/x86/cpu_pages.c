/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "arch/x86/cpu_pages.h"

/* linker.ld places them at CPU_AREA. */
struct cpu_pages this_cpu_pages __attribute__((section(".bss.cpu"))) ALIGNED(PAGE_BYTES);
