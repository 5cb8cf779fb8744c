/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the boot loader's jump to C: the Multiboot header, the first page tables, paging on, a stack.
 * Linked and loaded at BOOT_TEXT_LOAD, so it runs the same before and after paging.
 */
#include "arch/x86/memory_map.h"

#define MULTIBOOT_MAGIC 0x1BADB002
#define MULTIBOOT_ALIGN_MODULES 0x1
#define MULTIBOOT_WANT_MEMORY_MAP 0x2
#define MULTIBOOT_FLAGS (MULTIBOOT_ALIGN_MODULES | MULTIBOOT_WANT_MEMORY_MAP)

#define ENTRY_PRESENT_WRITE 0x003
#define CR0_PAGING 0x80000000
#define CR0_WRITE_PROTECT 0x00010000
#define CR4_PAE 0x20
#define TABLE_BYTES 0x1000
#define ENTRIES 1024
#define TOP_SLOT_OFFSET (1023 * 4)

#define MACHINE(symbol) ((symbol) - TOP_START + TOP_LOAD)

	.section .multiboot, "a", @progbits
	.balign 4
	.long MULTIBOOT_MAGIC
	.long MULTIBOOT_FLAGS
	.long -(MULTIBOOT_MAGIC + MULTIBOOT_FLAGS)

	.section .boot.text, "ax", @progbits
	.global boot_start
	.type boot_start, @function
boot_start:
	cld
	movl %eax, %esi /* the loader's magic number */
	movl %ebx, %ebp /* its information structure */
	movl $MACHINE(boot_stack_end), %esp

	/* The first 4 MB one to one, and the image at the top. host_tables.c refines both. */
	movl $MACHINE(host_low_table), %edi
	movl $ENTRY_PRESENT_WRITE, %eax
	call fill_table
	movl $MACHINE(host_top_table), %edi
	movl $(TOP_LOAD + ENTRY_PRESENT_WRITE), %eax
	call fill_table
	movl $MACHINE(host_low_table) + ENTRY_PRESENT_WRITE, MACHINE(host_directory)
	movl $MACHINE(host_top_table) + ENTRY_PRESENT_WRITE, MACHINE(host_directory) + TOP_SLOT_OFFSET

	movl $MACHINE(host_directory), %eax
	movl %eax, %cr3
	movl %cr0, %eax
	orl $(CR0_PAGING | CR0_WRITE_PROTECT), %eax
	movl %eax, %cr0

	movl $boot_stack_end, %esp
	pushl $0 /* end of the chain of frames: a backtrace stops here */
	movl %esi, %eax
	movl %ebp, %edx
	xorl %ebp, %ebp
	movl $boot_main, %ecx
	call *%ecx

	/*
	 * void boot_enable_pae(u32 root %eax): replaces the two-level page tables by PAE ones. CR4.PAE
	 * changes the meaning of CR3, so paging is off in between (SDM vol. 3, 4.1.2): this page is where
	 * it always was, but there is no stack meanwhile.
	 */
	.global boot_enable_pae
boot_enable_pae:
	movl %cr0, %edx
	andl $~CR0_PAGING, %edx
	movl %edx, %cr0
	movl %cr4, %ecx
	orl $CR4_PAE, %ecx
	movl %ecx, %cr4
	movl %eax, %cr3
	orl $CR0_PAGING, %edx
	movl %edx, %cr0
	ret

	/* Fills the table at %edi with consecutive frames, the first as in %eax. */
fill_table:
	movl $ENTRIES, %ecx
1:	stosl
	addl $TABLE_BYTES, %eax
	loop 1b
	ret
	.size boot_start, . - boot_start
	.section .note.GNU-stack, "", @progbits
