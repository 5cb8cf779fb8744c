/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The entry from the real boot loader. It calls loader_main(), and jumps to the kernel that this has loaded. */
#define MULTIBOOT_MAGIC 0x1BADB002
#define MULTIBOOT_FLAGS 0x3 /* modules on pages, a memory map */

	.section .multiboot, "a", @progbits
	.balign 4
	.long MULTIBOOT_MAGIC
	.long MULTIBOOT_FLAGS
	.long -(MULTIBOOT_MAGIC + MULTIBOOT_FLAGS)

	.text
	.global loader_start
loader_start:
	movl $stack_end, %esp
	movl %ebx, %esi
	movl %ebx, %eax
	call loader_main /* returns the kernel's entry; all of the bad state is set but EFLAGS */
	movl %eax, %edx
	movl $0x2BADB002, %eax /* the Multiboot loader's magic number */
	movl %esi, %ebx
	pushl loader_eflags
	popfl
	jmp *%edx

	/* The handler of exceptions in this program; none is expected. */
	.global loader_trap
loader_trap:
	cli
	hlt
	jmp loader_trap

	.bss
	.balign 16
	.skip 4096
stack_end:
	.section .note.GNU-stack, "", @progbits
