/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ARCH_X86_RESET_H
#define ARCH_X86_RESET_H

#include "lib/types.h"

/* Resets the machine. For boot/end.c; nothing of the hypervisor runs afterwards. */
void machine_restart(void) NORETURN;

#endif
