/* SPDX-License-Identifier: GPL-2.0-or-later */
/* RDMSR and WRMSR of a register that the CPU does not have are #GP (SDM vol. 2): msr_recover() in
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

	/* bool try_read_msr(u32 msr %eax, u32 *low %edx) */
	.global try_read_msr, try_read_msr_faults, try_read_msr_faulted
	.type try_read_msr, @function
try_read_msr:
	pushl %edx
	movl %eax, %ecx
try_read_msr_faults:
	rdmsr
	popl %ecx
	movl %eax, (%ecx)
	movl $1, %eax
	ret
try_read_msr_faulted:
	popl %ecx
	xorl %eax, %eax
	ret
	.size try_read_msr, . - try_read_msr
	.section .note.GNU-stack, "", @progbits
