/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The entry point of an image that boots with and without the hypervisor, and the two entries of
 * the bare machine that C cannot write. See native.c.
 */
#include "abi/lguest.h"
#include "guest/include/boot.h"
#include "guest/native/native.h"

#define MULTIBOOT_MAGIC 0x1BADB002
#define MULTIBOOT_FLAGS 0

	.section .text.entry, "ax"
	/* Among the first 8 KB of the file, where a boot loader looks for it. */
	.balign	4
	.long	MULTIBOOT_MAGIC, MULTIBOOT_FLAGS, -(MULTIBOOT_MAGIC + MULTIBOOT_FLAGS)

	/* In ring 1 the hypervisor has started the image, in ring 0 a boot loader, with its
	 * information's address in %ebx. */
	.globl	native_entry
native_entry:
	movl	%cs, %ecx
	testl	$3, %ecx
	jnz	guest_entry
	movl	$(main_stack + MAIN_STACK_SIZE), %esp
	movl	%ebx, %eax
	call	native_start
	ljmp	$NATIVE_CS, $1f
1:	movl	$NATIVE_SS, %eax
	movl	%eax, %ss
	movl	$GUEST_DS, %eax
	movl	%eax, %ds
	movl	%eax, %es
	xorl	%eax, %eax			/* as a guest's are */
	movl	%eax, %fs
	movl	%eax, %gs
	jmp	guest_entry

	.text
	/* int $0x1f: registers as struct native_call has them */
	.globl	native_hypercall_entry
native_hypercall_entry:
	pushal
	movl	%esp, %eax
	call	native_hypercall
	popal
	iret

	/* As the hypervisor does when it reflects a page fault */
	.globl	native_page_fault_entry
native_page_fault_entry:
	pushl	%eax
	movl	%cr2, %eax
	movl	%eax, %ss:(lguest_data + LGUEST_DATA_CR2)
	popl	%eax
	jmp	*%ss:native_page_fault_handler
