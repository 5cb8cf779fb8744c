/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copies a trap's frame unchanged, and jumps to code that may trap. */
#include "abi/lguest.h"
#include "guest/include/cpu.h"
#include "guest/include/frame.h"
#include "guest/include/segments.h"

	.text
	.globl	frame_catch
frame_catch:
	/* No push on the stack under test; and only %ss is certain to reach memory. */
	movl	%esp, %ebx
	movl	%ss, %esi
	movl	$GUEST_DS, %eax
	movl	%eax, %ss
	movl	%ss:probe_stack, %esp
	pushfl
	popl	%edx
	pushl	$EFLAGS_ALWAYS
	popfl
	movl	%eax, %ds
	movl	%eax, %es
	movl	%edx, caught_frame + CAUGHT_EFLAGS
	movl	%ebx, caught_frame + CAUGHT_ESP
	movzwl	%si, %eax
	movl	%eax, caught_frame + CAUGHT_SS
	movl	%cs, %eax
	movzwl	%ax, %eax
	movl	%eax, caught_frame + CAUGHT_CS
	movl	lguest_data + LGUEST_DATA_IRQ_ENABLED, %eax
	movl	%eax, caught_frame + CAUGHT_IRQ_ENABLED

	movl	%esi, %fs
	xorl	%ecx, %ecx
1:	cmpl	caught_frame + CAUGHT_COUNT, %ecx
	jae	2f
	movl	%fs:(%ebx, %ecx, 4), %eax
	movl	%eax, (caught_frame + CAUGHT_WORDS)(, %ecx, 4)
	incl	%ecx
	jmp	1b
2:	xorl	%eax, %eax
	movl	%eax, %fs
	movl	$FRAME_CAUGHT, %eax
	jmp	probe_end

	.globl	enter_ring3
enter_ring3:
	movl	$USER_DS, %ecx
	movl	%ecx, %ds
	movl	%ecx, %es
	movl	%eax, %esp
	iret

	.globl	enter_ring1
enter_ring1:
	pushl	IRET_EFLAGS(%eax)
	movl	IRET_SS(%eax), %ecx
	movl	IRET_ESP(%eax), %edx
	movl	IRET_EIP(%eax), %eax
	popfl
	movl	%ecx, %ss
	movl	%edx, %esp
	jmp	*%eax

	.bss
	.balign	4
	.globl	caught_frame
caught_frame:
	.skip	CAUGHT_WORDS + 4 * FRAME_WORDS
