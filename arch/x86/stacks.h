/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hypervisor's stacks. Below each is a guard page, which host_paging_protect makes absent: a
 * stack that grows into it faults. */
#ifndef ARCH_X86_STACKS_H
#define ARCH_X86_STACKS_H

#include "arch/x86/memory_map.h"
#include "lib/types.h"

#define STACK_SIZE (3 * PAGE_BYTES)

struct guarded_stack {
	u8 guard[PAGE_BYTES];
	u8 stack[STACK_SIZE];
};

extern struct guarded_stack boot_stack;         /* the CPU's */
extern struct guarded_stack double_fault_stack; /* that of the double fault's TSS (gdt_idt.c) */

/* The addresses at which they begin: a stack grows downwards. */
extern u8 boot_stack_end[], double_fault_stack_end[];

/* The name of the stack whose guard page `at` lies in; NULL if it lies in none. For panics. */
const char *guard_page_of(u32 at);

#endif
