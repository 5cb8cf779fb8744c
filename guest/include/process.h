/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Processes: ring 3 with an address space and FPU registers of its own. Their purpose, their
 * scheduling and the system calls are left to the kernel; see guest/images/demo.
 */
#ifndef GUEST_PROCESS_H
#define GUEST_PROCESS_H

#include "guest/include/cpu.h"
#include "guest/include/user.h"

struct process {
	struct user_context context;
	struct page_table *directory;
	struct fpu_state fpu;
	u32 fpu_loads; /* number of times that its FPU registers were loaded */
};

/* A process that will run the USER_CODE function(argument) on a stack below USER_STACK_TOP. */
void process_create(struct process *process, u32 (*function)(u32), u32 argument);

/* A copy that shares every page: both see it read-only, and copied at the first write. The child's
 * eax is 0. */
void process_fork(struct process *child, struct process *parent);

/* Frees its memory. */
void process_destroy(struct process *process);

/* user_enter in its address space. FPU registers follow the process at its first FPU instruction
 * (TS and #NM), which is handled inside. */
void process_run(struct process *process);

/* The kinds of page fault of a process (context: VECTOR_PF). */
enum process_fault { PROCESS_FAULT_REAL, PROCESS_FAULT_DEMAND, PROCESS_FAULT_COPY };

/* Resolves the page fault in the context: a first touch in [start, end) gets a zeroed page, a
 * write to a shared page a copy. PROCESS_FAULT_REAL: it is a fault of the process. */
enum process_fault process_fault(struct process *process, gva_t start, gva_t end);

#endif
