/* SPDX-License-Identifier: GPL-2.0-or-later */
/* WRMSR of a register that the CPU does not have is #GP (SDM vol. 2, WRMSR): msr_recover() in
 * cpu.c. */
	.text

/* bool try_write_msr(u32 msr %eax, u32 low %edx, u32 high %ecx) */
	.global try_write_msr, try_write_msr_faults, try_write_msr_faulted
	.type try_write_msr, @function
try_write_msr:
	xchgl %eax, %ecx
	xchgl %eax, %edx
try_write_msr_faults:
	wrmsr
	movl $1, %eax
	ret
try_write_msr_faulted:
	xorl %eax, %eax
	ret
	.size try_write_msr, . - try_write_msr
	.section .note.GNU-stack, "", @progbits
