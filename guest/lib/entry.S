/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The first instructions of every guest.
 *
 * The hypervisor starts the image at its guest-physical address, on the linear map. An image linked
 * higher up cannot use its own symbols yet: until the jump at the end, symbol(%edi) is the symbol's
 * address, with -kernel_base in %edi. For the other images %edi is 0, and the same code works.
 */
#include "abi/lguest.h"
#include "guest/include/boot.h"
#include "guest/include/paging.h"

	.section .text.entry, "ax"
	.globl	guest_entry
guest_entry:
	/* The registers are recorded by pushing them, the last field of entry_state first. */
	movl	%esp, entry_state_gpa + ENTRY_STATE_ESP
	movl	$(entry_state_gpa + ENTRY_STATE_SIZE), %esp
	pushl	%gs
	pushl	%fs
	pushl	%ss
	pushl	%es
	pushl	%ds
	pushl	%cs
	pushfl
	leal	-4(%esp), %esp
	pushl	%ebp
	pushl	%edi
	pushl	%esi
	pushl	%edx
	pushl	%ecx
	pushl	%ebx
	pushl	%eax

	movl	$kernel_base, %edi
	negl	%edi
	leal	(main_stack + MAIN_STACK_SIZE)(%edi), %esp

	testl	$GUEST_NO_INIT, guest_options(%edi)
	jnz	initialised
	movl	$HCALL_LGUEST_INIT, %eax
	leal	lguest_data(%edi), %ebx
	int	$HCALL_VECTOR

initialised:
	testl	%edi, %edi
	jz	at_home

	/* Page tables that map the first 4 MB, or as much as there is, at 0 and at kernel_base. Of
	 * an entry of 8 bytes the upper half stays 0. */
	movl	BP_E820_TABLE + 8, %ecx		/* bytes of RAM */
	cmpl	$BOOT_SPAN, %ecx
	jbe	1f
	movl	$BOOT_SPAN, %ecx
1:	shrl	$PAGE_SHIFT, %ecx
	movl	$(PTE_PRESENT | PTE_WRITE), %eax
	leal	boot_tables(%edi), %edx
2:	movl	%eax, (%edx)
	addl	$PAGE_SIZE, %eax
	addl	$PTE_SIZE, %edx
	loop	2b

	leal	(boot_tables + PTE_PRESENT + PTE_WRITE)(%edi), %eax
#if GUEST_PAE
	/* 0 and kernel_base have the same index in a middle directory: this one serves both. */
	movl	%eax, boot_middle(%edi)
	addl	$PAGE_SIZE, %eax
	movl	%eax, (boot_middle + PTE_SIZE)(%edi)
	leal	(boot_middle + PTE_PRESENT)(%edi), %eax
#endif
	leal	boot_directory(%edi), %ebx
	movl	$kernel_base, %edx
	shrl	$TOP_SPAN_SHIFT, %edx
	movl	%eax, (%ebx)
	movl	%eax, (%ebx, %edx, PTE_SIZE)
	movl	$HCALL_NEW_PGTABLE, %eax
	int	$HCALL_VECTOR
	subl	%edi, %esp
	movl	$at_home, %eax
	jmp	*%eax

at_home:
	xorl	%ebp, %ebp			/* the end of a backtrace */
	call	kit_start

	/* An image's own definition replaces this weak one. It is not in C, since a compiler may
	 * use the value of a constant even if the constant is weak. */
	.section .rodata
	.weak	guest_options
	.balign	4
guest_options:
	.long	0

	.bss
	.globl	entry_state
	.balign	4
entry_state:
	.skip	ENTRY_STATE_SIZE
