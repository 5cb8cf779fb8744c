/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ring 3.
 *
 * Code for ring 3 is part of the image: functions marked USER_CODE and constants marked USER_DATA
 * are linked at user_start (1 GB), and user_map() maps them there, read-only, in an address space
 * that needs them. Such a function must not use anything else of the image: no string literals,
 * no globals, no kit functions but syscall(). Its memory is its stack and the pages mapped for it.
 *
 * user_enter() runs ring 3 until any trap returns to ring 1, like a function
 * call. A kernel is a loop around it, and needs one stack.
 */
#ifndef GUEST_USER_H
#define GUEST_USER_H

#include "abi/lguest.h"
#include "guest/include/paging.h"
#include "guest/include/probe.h"
#include "guest/include/trap.h"

/* System calls in eax, arguments in ebx, ecx and edx, result in eax. Number 0 is the kit's: the
 * function has returned, ebx is its value. */
#define SYSCALL_EXIT 0

#ifndef __ASSEMBLER__

#define USER_CODE __attribute__((section(".user.text"), noinline))
#define USER_DATA __attribute__((section(".user.rodata")))
#define USER_STACK_TOP 0x50000000u /* by convention; the page below it is mapped by user_map */

extern char user_start[], user_end[], user_load[]; /* guest.ld: gva, gva, gpa of the first byte */

/* The trap stack, in ring 1: traps from ring 3 arrive at its top. */
#define TRAP_STACK_PAGES 2
extern char trap_stack[TRAP_STACK_PAGES * PAGE_SIZE];

struct user_context {
	struct trap_frame frame; /* where to continue; and why it returned: vector, error */
	u32 cr2;                 /* of a page fault */
};

/* Sets the context so that user_enter() calls function(argument) on that stack, with interrupts
 * enabled. A return from the function is system call SYSCALL_EXIT. */
void user_prepare(struct user_context *context, u32 (*function)(u32), u32 argument, gva_t stack);

/*
 * Continues in ring 3, in the current address space, until the next trap of any kind there. The
 * context then describes the trap, and the next call resumes from it. A virtual interrupt has been
 * handled already (irq_handle) when the function returns. irq_enabled is as it was before the call.
 */
void user_enter(struct user_context *context);

/* The same, but interrupts do not end it. */
void user_run(struct user_context *context);

/* Maps the image's ring-3 part and one page of stack, freshly allocated. */
void user_map(struct page_table *directory);

/*
 * Runs a USER_CODE function in the current address space, on the stack below USER_STACK_TOP, and
 * reports like a probe: trapped, or the value it returned. A system call other than its return
 * counts as a trap with vector SYSCALL_VECTOR.
 */
struct outcome ring3_call(u32 (*function)(u32), u32 argument);
struct outcome ring3_read(u32 address);
struct outcome ring3_write(u32 address, u32 value);
struct outcome ring3_execute(u32 address);
struct outcome ring3_in(u32 port, u32 bytes);

/* For USER_CODE functions. */
static inline __attribute__((always_inline)) u32 syscall(u32 number, u32 ebx, u32 ecx, u32 edx)
{
	u32 result;

	__asm__ volatile("int %1"
			 : "=a"(result)
			 : "i"(SYSCALL_VECTOR), "a"(number), "b"(ebx), "c"(ecx), "d"(edx)
			 : "memory");
	return result;
}

/* Called by trap_dispatch for a trap that came from ring 3. */
void user_trap(struct trap_frame *frame) NORETURN;

#endif
#endif
