// SPDX-License-Identifier: GPL-2.0-or-later
// Prove: make_gate host_gate
#include "proof/descriptors.h"
#include "arch/x86/gdt_idt.c"
