/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The MP table, by which a PC from before ACPI names its CPUs (Intel MultiProcessor Specification
 * 1.4, chapters 4 and 5). */
#ifndef ARCH_X86_MP_TABLE_H
#define ARCH_X86_MP_TABLE_H

#include "arch/x86/cpu_list.h"

/* Adds the enabled CPUs of the table, in its order. None if there is no table, or if a checksum is
 * wrong. */
void mp_find_cpus(physical_reader *read, struct cpu_list *list);

#endif
