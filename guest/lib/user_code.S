/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kit's own code in ring 3: how a function is called there, and the accesses of ring3_*. */
#include "abi/lguest.h"
#include "guest/include/user.h"

	.section .user.text, "ax"

	/* Where user_prepare starts: %ecx is the function, %eax and %edx its arguments. */
	.globl	user_call
user_call:
	call	*%ecx
	movl	%eax, %ebx
	movl	$SYSCALL_EXIT, %eax
	int	$SYSCALL_VECTOR

	.globl	user_read
user_read:
	movl	(%eax), %eax
	ret

	.globl	user_write
user_write:
	movl	%edx, (%eax)
	ret

	.globl	user_execute
user_execute:
	jmp	*%eax

	.globl	user_in8, user_in16, user_in32
user_in8:
	movl	%eax, %edx
	movl	$TRY_IN_EAX, %eax
	inb	%dx, %al
	ret
user_in16:
	movl	%eax, %edx
	movl	$TRY_IN_EAX, %eax
	inw	%dx, %ax
	ret
user_in32:
	movl	%eax, %edx
	movl	$TRY_IN_EAX, %eax
	inl	%dx, %eax
	ret
