/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Entry of traps, and the return from them. On the stack, from the CPU's part down, the entry
 * builds a struct trap_frame. Two places here leave a stack on purpose: the end of a probe, and the
 * return from ring 3 into user_enter.
 */
#include "abi/lguest.h"
#include "guest/include/trap.h"

#define IRQ_ENABLED (lguest_data + LGUEST_DATA_IRQ_ENABLED)

	.text
	.globl	trap_stubs
	.balign	TRAP_STUB_SIZE
trap_stubs:
	.set	vector, 0
	.rept	VECTOR_COUNT
	.balign	TRAP_STUB_SIZE
	.if	vector >= 32
	pushl	$0
	.elseif	((VECTORS_WITH_ERROR_CODE >> vector) & 1) == 0
	pushl	$0
	.endif
	pushl	$vector
	jmp	trap_entry
	.set	vector, vector + 1
	.endr

trap_entry:
	pushl	%ss:IRQ_ENABLED		/* %ds may be ring 3's */
	pushal
	pushl	%ds
	pushl	%es
	pushl	%fs
	pushl	%gs
	movl	$GUEST_DS, %eax
	movl	%eax, %ds
	movl	%eax, %es
	cld
	movl	%esp, %eax
	call	trap_dispatch

	/* Returns to the address in the frame at %esp. */
	.globl	trap_return
trap_return:
	popl	%gs
	popl	%fs
	popl	%es
	popl	%ds
	popal
	jmp	trap_leave

	/* Interrupts may be enabled again here, but must not be delivered before IRET: each would
	 * find the last one's frame still on the stack. */
	.section .noirq, "ax"
trap_leave:
	popl	%ss:IRQ_ENABLED
	addl	$8, %esp		/* vector, error code */
	iret

	.text
	/* void user_resume(const struct trap_frame *frame): returns when user_return is called */
	.globl	user_resume
user_resume:
	pushl	%ebp
	pushl	%ebx
	pushl	%esi
	pushl	%edi
	movl	%esp, user_stack
	subl	$TRAP_FRAME_SIZE, %esp
	movl	%eax, %esi
	movl	%esp, %edi
	movl	$TRAP_FRAME_WORDS, %ecx
	rep movsl
	jmp	trap_return

	/* void user_return(void): from the trap stack to where user_resume was called */
	.globl	user_return
user_return:
	movl	user_stack, %esp
	popl	%edi
	popl	%esi
	popl	%ebx
	popl	%ebp
	ret

	/* u32 probe_start(u32 (*function)(u32), u32 argument) */
	.globl	probe_start
probe_start:
	pushl	%ebp
	pushl	%ebx
	pushl	%esi
	pushl	%edi
	pushl	probe_stack		/* of the probe around this one, or 0 */
	movl	%esp, probe_stack
	movl	%eax, %ecx
	movl	%edx, %eax
	call	*%ecx
	/* A probe that trapped continues here, with any %esp. */
	.globl	probe_end
probe_end:
	movl	probe_stack, %esp
	popl	probe_stack
	popl	%edi
	popl	%esi
	popl	%ebx
	popl	%ebp
	ret

	.bss
	.balign	4
	.globl	probe_stack
probe_stack:
	.long	0
user_stack:
	.long	0
