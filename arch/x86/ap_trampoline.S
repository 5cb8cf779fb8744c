/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Another CPU's way from its startup interrupt to C. ap_start.c copies this code to
 * AP_TRAMPOLINE_LOAD, below 1 MB, where it begins in real mode, with registers as after INIT (SDM
 * vol. 3, table 9-1): CR4 and DR7 are clear, interrupts are off. INIT leaves CR0.CD and the MSRs as
 * the firmware has set them.
 *
 * The page is mapped one to one, so the same addresses hold before and after paging.
 */
#include "arch/x86/ap_trampoline.h"
#include "arch/x86/memory_map.h"
#include "arch/x86/msr.h"
#include "generated/offsets.h"

#define AT_LOAD(label) (AP_TRAMPOLINE_LOAD + (label) - ap_trampoline_start)

#define CODE_32 0x08
#define DATA_32 0x10
#define CR0_CACHES_OFF 0x60000000 /* CD and NW */
#define CR0_PROTECTED 0x00000031  /* PE, ET, NE */
#define CR0_PAGED 0x80010000      /* PG, WP */

	.section .rodata, "a", @progbits
	.global ap_trampoline_start, ap_words
ap_trampoline_start:
	.code16
	cli
	cld
	xorw %ax, %ax
	movw %ax, %ds
	lgdtl AT_LOAD(ap_gdt_register)
	movl %cr0, %eax
	testl $CR0_CACHES_OFF, %eax
	jz 1f
	wbinvd /* memory may be older than what a cache that was switched off holds */
1:	movl $CR0_PROTECTED, %eax
	movl %eax, %cr0
	ljmpl $CODE_32, $AT_LOAD(ap_protected)

	.code32
ap_protected:
	movw $DATA_32, %ax
	movw %ax, %ds
	movw %ax, %es
	movw %ax, %fs
	movw %ax, %gs
	movw %ax, %ss
	movl AT_LOAD(ap_words) + AP_NEEDS, %esi
	testl %esi, %esi
	jz 1f
	movl $1, %eax
	cpuid
	andl %esi, %edx
	cmpl %esi, %edx
	jne ap_lacks
1:	movl AT_LOAD(ap_words) + AP_CR4, %eax
	movl %eax, %cr4
	cmpl $0, AT_LOAD(ap_words) + AP_HAS_EFER
	je 1f
	movl $MSR_EFER, %ecx
	movl AT_LOAD(ap_words) + AP_EFER, %eax
	testl %eax, %eax
	jz 2f
	movl $CPUID_EXT1, %eax
	cpuid
	testl $CPUID_EXT1_EDX_NX, %edx
	jz ap_lacks
	movl $MSR_EFER, %ecx
	movl AT_LOAD(ap_words) + AP_EFER, %eax
2:	xorl %edx, %edx
	wrmsr
1:	movl AT_LOAD(ap_words) + AP_CR3, %eax
	movl %eax, %cr3
	movl $(CR0_PAGED | CR0_PROTECTED), %eax
	movl %eax, %cr0

	movl AT_LOAD(ap_words) + AP_STACK, %esp
	pushl $0 /* end of the chain of frames: a backtrace stops here */
	xorl %ebp, %ebp
	movl $ap_arrive, %eax
	call *%eax

	/* The page tables need what this CPU does not have: with them it would fault without end. It
	 * does not answer. */
ap_lacks:
	hlt
	jmp ap_lacks

	.balign 8
ap_gdt:
	.quad 0
	.quad 0x00CF9A000000FFFF /* flat code */
	.quad 0x00CF92000000FFFF /* flat data */
ap_gdt_register:
	.word ap_gdt_register - ap_gdt - 1
	.long AT_LOAD(ap_gdt)
	.balign 4
ap_words: /* struct ap_words */
	.fill AP_WORDS_SIZE, 1, 0
	.org AP_TRAMPOLINE_SIZE

	.section .note.GNU-stack, "", @progbits
