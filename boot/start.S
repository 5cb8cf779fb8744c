/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the boot loader's jump to C: sets the CPU's registers as after reset, makes the first page
 * tables, switches paging on and calls boot_main on a stack. Linked and loaded at BOOT_TEXT_LOAD,
 * so the same addresses hold before and after paging.
 *
 * A Multiboot loader promises protected mode without paging, interrupts off and flat segments, and
 * no more (Multiboot Specification 0.6.96, 3.2). Everything else that could cause an exception or
 * change the meaning of page tables before cpu.c sets it is cleared here: flags, breakpoints, CR0,
 * CR4, EFER.
 */
#include "arch/x86/memory_map.h"
#include "arch/x86/msr.h"
#include "arch/x86/post_code.h"

#define MULTIBOOT_MAGIC 0x1BADB002
#define MULTIBOOT_ALIGN_MODULES 0x1
#define MULTIBOOT_WANT_MEMORY_MAP 0x2
#define MULTIBOOT_FLAGS (MULTIBOOT_ALIGN_MODULES | MULTIBOOT_WANT_MEMORY_MAP)

#define MULTIBOOT2_MAGIC 0xE85250D6
#define MULTIBOOT2_I386 0
#define MULTIBOOT2_OPTIONAL 1
#define TAG_CONSOLE 4
#define CONSOLE_TEXT_WORKS 0x2
#define TAG_FRAMEBUFFER 5
#define ANY_SIZE 0
#define FRAMEBUFFER_BITS 32
#define TAG_ALIGN_MODULES 6

#define ENTRY_PRESENT_WRITE 0x003
#define CR0_PAGING 0x80000000
#define CR0_CACHES_OFF 0x60000000 /* CD and NW */
#define CR0_WRITE_PROTECT 0x00010000
#define CR0_PROTECTED 0x00000011 /* PE; and ET, which is always 1 from the 486 on */
#define CR4_PAE 0x20
#define EFLAGS_CLEAR 0x00000002
#define EFLAGS_ID_BIT 0x00200000
#define DR7_OFF 0x00000400
#define DR6_CLEAR 0xFFFF0FF0

#define CPUID_1_EDX_FPU 0x1
#define CPUID_1_EDX_MSR 0x20
#define CPUID_EXTENDED 0x80000000
#define CPUID_EXT1_EDX_HAS_EFER 0x20100800 /* LM, NX, SYSCALL */

#define BOOT_CS 0x08
#define GATE_HIGH 0x8E00 /* interrupt gate, present, DPL 0 */
#define TABLE_BYTES 0x1000
#define ENTRIES 1024
#define TOP_PDE_OFFSET (1023 * 4)

#define MACHINE(symbol) ((symbol) - TOP_START + TOP_LOAD)

	.macro post_code code /* changes %al */
	movb $\code, %al
	outb %al, $POST_PORT
	.endm

	.section .multiboot, "a", @progbits
	.balign 4
	.long MULTIBOOT_MAGIC
	.long MULTIBOOT_FLAGS
	.long -(MULTIBOOT_MAGIC + MULTIBOOT_FLAGS)

	/*
	 * Multiboot 2 (Multiboot2 Specification 2.0, section 3.1): for UEFI, where only its
	 * information has a framebuffer and ACPI's RSDP. Both are asked for as options. Boot
	 * services are not asked for, so the loader ends them. Tags begin at multiples of 8 bytes.
	 */
	.balign 8
multiboot2_header:
	.long MULTIBOOT2_MAGIC
	.long MULTIBOOT2_I386
	.long multiboot2_end - multiboot2_header
	.long -(MULTIBOOT2_MAGIC + MULTIBOOT2_I386 + (multiboot2_end - multiboot2_header))
	.short TAG_CONSOLE, MULTIBOOT2_OPTIONAL
	.long 12, CONSOLE_TEXT_WORKS
	.balign 8
	.short TAG_FRAMEBUFFER, MULTIBOOT2_OPTIONAL
	.long 20, ANY_SIZE, ANY_SIZE, FRAMEBUFFER_BITS
	.balign 8
	.short TAG_ALIGN_MODULES, MULTIBOOT2_OPTIONAL
	.long 8
	.short 0, 0
	.long 8
multiboot2_end:

	.section .boot.text, "ax", @progbits
	.global boot_start
	.type boot_start, @function
boot_start:
	movl $MACHINE(boot_stack_end), %esp
	pushl $EFLAGS_CLEAR /* with NT, the first IRET would be a task switch */
	popfl
	movl %eax, %esi /* the loader's magic number */
	movl %ebx, %ebp /* its information structure */
	post_code POST_ENTRY
	call clear_debug_registers
	call clear_control_registers

	/* The first 4 MB one to one, and the image at the top. host_paging.c refines both. */
	post_code POST_PAGING
	movl $MACHINE(host_low_table), %edi
	movl $ENTRY_PRESENT_WRITE, %eax
	call fill_table
	movl $MACHINE(host_top_table), %edi
	movl $(TOP_LOAD + ENTRY_PRESENT_WRITE), %eax
	call fill_table
	movl $MACHINE(host_low_table) + ENTRY_PRESENT_WRITE, MACHINE(host_directory)
	movl $MACHINE(host_top_table) + ENTRY_PRESENT_WRITE, MACHINE(host_directory) + TOP_PDE_OFFSET

	movl $MACHINE(host_directory), %eax
	movl %eax, %cr3
	movl $(CR0_PAGING | CR0_WRITE_PROTECT | CR0_PROTECTED), %eax
	movl %eax, %cr0

	post_code POST_MAIN
	movl $boot_stack_end, %esp
	pushl $0 /* end of the chain of frames: a backtrace stops here */
	movl %esi, %eax
	movl %ebp, %edx
	xorl %ebp, %ebp
	movl $boot_main, %ecx
	call *%ecx

	/*
	 * void boot_enable_pae(u32 root %eax): replaces the two-level page tables by PAE ones.
	 * CR4.PAE changes the meaning of CR3, so paging is off in between (SDM vol. 3, 4.1.2). This
	 * page is mapped one to one, so execution goes on; the stack is not, so it is not used.
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

	/*
	 * With DR7.GD on, any access to a debug register raises #DB, whose delivery clears GD (SDM
	 * vol. 3, 17.2.4). The delivery needs a gate and a code segment. They are the hypervisor's,
	 * since the loader's may not be valid any more.
	 */
clear_debug_registers:
	movl $ignore_debug_trap, %eax
	movl $(BOOT_CS << 16), %edx
	movw %ax, %dx
	movl %edx, debug_gate
	movw $GATE_HIGH, %ax
	movl %eax, debug_gate + 4
	lgdt boot_gdt_register
	ljmp $BOOT_CS, $1f
1:	lidt boot_idt_register
	movl $DR7_OFF, %eax
	movl %eax, %dr7
	xorl %eax, %eax
	movl %eax, %dr0
	movl %eax, %dr1
	movl %eax, %dr2
	movl %eax, %dr3
	movl $DR6_CLEAR, %eax
	movl %eax, %dr6
	ret
ignore_debug_trap:
	iretl

	/*
	 * CR0 first: WP must stay on while CR4.CET may be (SDM vol. 3, 2.5). If the caches were
	 * off, they may hold newer data than memory, which WBINVD writes back. Then, where the CPU
	 * has them, CR4 and EFER: their bits PAE and LME would give the page tables another
	 * meaning.
	 */
clear_control_registers:
	movl %cr0, %eax
	testl $CR0_CACHES_OFF, %eax
	jz 1f
	wbinvd
1:	movl $(CR0_WRITE_PROTECT | CR0_PROTECTED), %eax
	movl %eax, %cr0
	pushl $EFLAGS_ID_BIT /* CPUID exists if this flag can be set */
	popfl
	pushfl
	popl %eax
	pushl $EFLAGS_CLEAR
	popfl
	testl $EFLAGS_ID_BIT, %eax
	jz no_more
	xorl %eax, %eax
	cpuid
	testl %eax, %eax
	jz no_more
	movl $1, %eax
	cpuid
	movl %edx, %edi
	andl $~CPUID_1_EDX_FPU, %edx /* some feature that CR4 would switch */
	jz no_more
	xorl %eax, %eax
	movl %eax, %cr4
	testl $CPUID_1_EDX_MSR, %edi
	jz no_more
	movl $CPUID_EXTENDED, %eax
	cpuid
	cmpl $(CPUID_EXTENDED + 1), %eax
	jb no_more
	movl $(CPUID_EXTENDED + 1), %eax
	cpuid
	testl $CPUID_EXT1_EDX_HAS_EFER, %edx
	jz no_more
	movl $MSR_EFER, %ecx
	xorl %eax, %eax
	xorl %edx, %edx
	wrmsr
no_more:
	ret

	/* Fills the table at %edi with consecutive frames, the first as in %eax. */
fill_table:
	movl $ENTRIES, %ecx
1:	stosl
	addl $TABLE_BYTES, %eax
	loop 1b
	ret

	.balign 8
boot_gdt:
	.quad 0
	.quad 0x00CF9A000000FFFF /* flat code */
debug_idt:
	.quad 0
debug_gate:
	.quad 0
boot_gdt_register:
	.word debug_idt - boot_gdt - 1
	.long boot_gdt
boot_idt_register:
	.word boot_gdt_register - debug_idt - 1
	.long debug_idt
	.size boot_start, . - boot_start
	.section .note.GNU-stack, "", @progbits
