/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Switching off a PC from before ACPI: Advanced Power Management, a service of the BIOS in real
 * mode (APM BIOS Interface Specification 1.2, 4.6). bios_power_off.c copies this code to APM_LOAD,
 * in the first 64 KB, and jumps there. It leaves protected mode and does not return: if the BIOS
 * cannot switch off, it halts.
 */
#include "arch/x86/memory_map.h"

#define AT_LOAD(label) (APM_LOAD + (label) - apm_start)

#define CODE_16 0x08
#define DATA_16 0x10
#define CR0_PROTECTION_AND_PAGING 0x80000001

#define APM_INSTALLATION_CHECK 0x5300
#define APM_CONNECT_REAL_MODE 0x5301
#define APM_SET_POWER_STATE 0x5307
#define APM_DRIVER_VERSION 0x530E
#define APM_VERSION_1_2 0x0102
#define APM_ALL_DEVICES 1
#define APM_STATE_OFF 3
#define BIOS_SYSTEM_SERVICES 0x15

	.section .rodata, "a", @progbits
	.global apm_start, apm_end
apm_start:
	.code32
	cli
	lgdt AT_LOAD(apm_gdt_register)
	ljmp $CODE_16, $AT_LOAD(protected_16)

	.code16
	/* Through 16-bit segments, so that real mode finds limits of 64 KB (SDM vol. 3, 9.9.2). */
protected_16:
	movw $DATA_16, %ax
	movw %ax, %ds
	movw %ax, %es
	movw %ax, %fs
	movw %ax, %gs
	movw %ax, %ss
	movl %cr0, %eax
	andl $~CR0_PROTECTION_AND_PAGING, %eax
	movl %eax, %cr0
	ljmp $0, $AT_LOAD(real)
real:
	xorw %ax, %ax
	movw %ax, %ds
	movw %ax, %es
	movw %ax, %ss
	movl $APM_LOAD, %esp /* downwards */
	lidt AT_LOAD(apm_idt_register)

	movw $APM_INSTALLATION_CHECK, %ax
	xorw %bx, %bx
	int $BIOS_SYSTEM_SERVICES
	jc no_apm
	movw $APM_CONNECT_REAL_MODE, %ax
	xorw %bx, %bx
	int $BIOS_SYSTEM_SERVICES
	movw $APM_DRIVER_VERSION, %ax
	xorw %bx, %bx
	movw $APM_VERSION_1_2, %cx
	int $BIOS_SYSTEM_SERVICES
	movw $APM_SET_POWER_STATE, %ax
	movw $APM_ALL_DEVICES, %bx
	movw $APM_STATE_OFF, %cx
	int $BIOS_SYSTEM_SERVICES
no_apm:
	cli
	hlt
	jmp no_apm

	.balign 8
apm_gdt:
	.quad 0
	.quad 0x00009A000000FFFF /* 16-bit code, base 0, 64 KB */
	.quad 0x000092000000FFFF /* 16-bit data */
apm_gdt_register:
	.word apm_gdt_register - apm_gdt - 1
	.long AT_LOAD(apm_gdt)
apm_idt_register: /* the BIOS's interrupt vectors */
	.word 0x3FF
	.long 0
apm_end:

	.section .note.GNU-stack, "", @progbits
