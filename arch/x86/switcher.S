/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Switcher: the only code that runs in both contexts.
 *
 * A guest context maps nothing of the hypervisor but this page, the CPU's registers and state
 * pages, and the fast path's text (memory_map.h). A change of context therefore saves the registers
 * on the registers page, loads CR3 and changes the stack. GDT, IDT and TSS are the same in both
 * contexts.
 *
 *	1. switcher_enter   VM entry: the hypervisor -> the guest
 *	2. switcher_stubs   256 entry points -> one of the next three
 *	3. trap_common      VM exit: the guest -> the hypervisor
 *	4. hypercall_trap   a hypercall
 *	5. page_fault_trap  a page fault
 *	6. trap_in_ring_0   a trap in the hypervisor, in this page or in the fast path
 *
 * The fast path serves some hypercalls and page faults. For all others the Switcher calls the hypervisor (hv/run.c), on
 * run_guest()'s stack, and enters the guest again. Any other trap is the end of switcher_enter for run_guest().
 *
 * The fast path (hv/fastpath/fast_path.c) has a page of its own, in the guest context only.
 *
 * An NMI can come at any instruction. It is harmless here because at each instruction %esp points
 * to memory that both contexts map (the registers page) or that the present one maps, with room
 * below it, and because nothing below %esp is needed any more.
 */
#include "abi/lguest.h"
#include "arch/x86/descriptors.h"
#include "arch/x86/memory_map.h"
#include "arch/x86/trap_frame.h"
#include "generated/offsets.h"

/* The place of run_guest()'s %ebp above host_esp; and for gdb, where its registers are. */
#define SAVED_EBP 12
	.cfi_sections .debug_frame
	.macro on_stack_of_run_guest
	.cfi_startproc simple
	.cfi_def_cfa %esp, 20
	.cfi_offset %eip, -4
	.cfi_offset %ebp, -8
	.cfi_offset %ebx, -12
	.cfi_offset %esi, -16
	.cfi_offset %edi, -20
	.endm

	.section .switcher, "ax", @progbits

/* 1. void switcher_enter(paddr_t root %eax, struct cpu_pages *pages %edx) */
	.global switcher_enter
	.type switcher_enter, @function
switcher_enter:
	pushl %ebp /* with the return address a stack frame, for backtraces (call_hypervisor) */
	pushl %ebx
	pushl %esi
	pushl %edi
	movl %esp, CPU_HOST_ESP(%edx)
	leal CPU_GUEST_FRAME(%edx), %esp
	movl %eax, %cr3
	/*
	 * The guest's segments. Loading a selector may fault, if the guest has changed its
	 * descriptor since it loaded it. trap_in_ring_0 then leaves with the frame unchanged. So
	 * nothing is popped until all of them are loaded, since a trap pushes below %esp.
	 */
	.global switcher_load_gs, switcher_load_fs, switcher_load_es, switcher_load_ds
switcher_load_gs:
	movw FRAME_GS(%esp), %gs
switcher_load_fs:
	movw FRAME_FS(%esp), %fs
switcher_load_es:
	movw FRAME_ES(%esp), %es
switcher_load_ds:
	movw FRAME_DS(%esp), %ds
	addl $FRAME_EDI, %esp
	popal
	addl $(FRAME_EIP - FRAME_TRAP), %esp
	.global switcher_iret
switcher_iret:
	iretl
	.size switcher_enter, . - switcher_enter

/* 2. Each stub leaves the same frame: an error code, its own or 0, and the vector. */
	.macro push_and_jump value, entry
	.byte 0x6A, \value /* pushl, a signed byte */
	.byte 0xE9 /* jmp with a 32-bit displacement, for any distance */
	.long \entry - . - 4
	.endm

	.global switcher_stubs
	.type switcher_stubs, @function
switcher_stubs:
	.set vector, 0
	.rept VECTOR_COUNT
	.if vector < 32 && ((VECTORS_WITH_ERROR_CODE) >> (vector & 31) & 1)
	.byte 0x66, 0x90 /* a two-byte nop, so that all stubs are of one size */
	.else
	.byte 0x6A, 0x00 /* pushl $0 */
	.endif
	.if vector == HCALL_VECTOR
	push_and_jump vector, hypercall_trap
	.elseif vector == VECTOR_PF
	push_and_jump vector, page_fault_trap
	.else
	push_and_jump (vector - 128) & 0xFF, trap_common /* which adds 128 */
	.endif
	.set vector, vector + 1
	.endr
	.size switcher_stubs, . - switcher_stubs

	/* The guest's registers, below the trap's number. The segment registers are saved where they change, or where the
	 * hypervisor may want them: most of what the fast path serves changes at most %ds. */
	.macro save_general_registers
	pushal
	subl $FRAME_EDI, %esp
	.endm
	.macro save_segment_registers
	movw %ds, FRAME_DS(%esp)
	movw %es, FRAME_ES(%esp)
	movw %fs, FRAME_FS(%esp)
	movw %gs, FRAME_GS(%esp)
	.endm

	/* What C code expects. %edi is lost. */
	.macro enter_c
	movl $HOST_DS, %edi
	movl %edi, %ds
	movl %edi, %es
	cld
	.endm

/* 3. A trap from a guest pushes on the registers page: tss.esp0 points to its end. */
	.type trap_common, @function
trap_common:
	addl $128, (%esp)
	save_general_registers
registers_saved:
	save_segment_registers
	testb $SELECTOR_RPL, FRAME_CS(%esp)
	jz trap_in_ring_0
	enter_c
	movl %esp, %ebx
	andl $-PAGE_BYTES, %ebx /* the CPU's pages */
leave_guest:
	movl CPU_HOST_CR3(%ebx), %ecx
	movl %ecx, %cr3
	movl CPU_HOST_ESP(%ebx), %esp
return_to_run_guest:
	popl %edi
	popl %esi
	popl %ebx
	popl %ebp
	ret
	.size trap_common, . - trap_common

/* This CPU's pages, below. */
#define THIS_CPU(field) this_cpu_pages + field

/* 4. A hypercall, which only a guest's kernel can make. Before enter_c only %ss is the hypervisor's. */
	.type hypercall_trap, @function
hypercall_trap:
	save_general_registers
	movl %ss:THIS_CPU(CPU_RING), %edi
	addl %ss:THIS_CPU(CPU_RING_NEXT), %edi
	cmpb $HCALL_SLOT_DONE, %ss:(%edi)
	jne serve_hypercalls /* the ring has a call, or the fast path is closed */
	cmpl $HCALL_SET_PTE, %eax
	je set_pte
	testl %eax, %eax
	jnz serve_hypercalls
was_noop: /* FLUSH_ASYNC of an empty ring */
	incl %ss:THIS_CPU(CPU_FAST_HYPERCALLS)
	movl FRAME_EDI(%esp), %edi /* no other register has changed */
	addl $FRAME_EIP, %esp
noop_iret:
	iretl
serve_hypercalls:
	movl $AT_ONCE_HYPERCALL, %esi
	jmp call_hypervisor

	/* Linux makes more SET_PTEs than all other hypercalls: %ebx top-level page table, %ecx address, %esi:%edx entry. */
set_pte:
	testb $PTE_PRESENT, %dl
	jz set_absent
3:
	movw %ds, FRAME_DS(%esp)
	movw %es, FRAME_ES(%esp)
	enter_c
set_pte_here:
	on_stack_of_run_guest
	movl %cr3, %edi
	movl THIS_CPU(CPU_HOST_CR3), %eax
	movl %eax, %cr3
	movl $0, THIS_CPU(CPU_ABSENT_SIZE)
1:
	movl THIS_CPU(CPU_HOST_ESP), %esp
	leal SAVED_EBP(%esp), %ebp
	movl $NO_SET_PTE, THIS_CPU(CPU_LAST_SET_PTE)
	pushl %ebx
	pushl %esi
	.cfi_adjust_cfa_offset 8
	movl at_once + AT_ONCE_SPACE, %eax
	call *(at_once + AT_ONCE_SET_PTE)
	cmpb $0, wake
	jne set_pte_was_last
	incl at_once + AT_ONCE_SET_PTES
	movl $THIS_CPU(CPU_GUEST_FRAME), %esp
	movl %edi, %cr3
	jmp switcher_load_es /* %gs and %fs have not changed */
set_pte_was_last:
	movl THIS_CPU(CPU_HOST_ESP), %esp
	movw %fs, THIS_CPU(CPU_GUEST_FRAME + FRAME_FS)
	movw %gs, THIS_CPU(CPU_GUEST_FRAME + FRAME_GS)
	movl $TRAP_SERVED, THIS_CPU(CPU_GUEST_FRAME + FRAME_TRAP)
	jmp return_to_run_guest
	.cfi_endproc

	/* The same for no page. */
set_absent:
	movl %ecx, %edi /* is_absent_since, hv/fastpath/fast_walk.h */
	subl %ss:THIS_CPU(CPU_ABSENT_FROM), %edi
	cmpl %ss:THIS_CPU(CPU_ABSENT_SIZE), %edi
	jae 2f
	cmpl %ss:THIS_CPU(CPU_TOP), %ebx
	je was_noop
2:
	cmpl %ss:THIS_CPU(CPU_KERNEL_ADDRESS), %ecx
	jae 3b /* a page of all address spaces */
	movw %ds, FRAME_DS(%esp)
	movl $HOST_DS, %edi
	movl %edi, %ds
	call fast_path_set_absent
	testb %al, %al
	jnz switcher_load_ds
	movw %es, FRAME_ES(%esp)
	enter_c
	movl FRAME_EBX(%esp), %ebx
	movl FRAME_ECX(%esp), %ecx
	movl FRAME_EDX(%esp), %edx
	movl FRAME_ESI(%esp), %esi
	cmpl THIS_CPU(CPU_TOP), %ebx
	jne set_pte_here
	movl %ecx, %ebp
	andl $-PAGE_BYTES, %ebp
	movl %cr3, %edi
	movl THIS_CPU(CPU_HOST_CR3), %eax
	movl %eax, %cr3
	movl %ebp, THIS_CPU(CPU_ABSENT_FROM)
	movl $PAGE_BYTES, THIS_CPU(CPU_ABSENT_SIZE)
	jmp 1b
	.size hypercall_trap, . - hypercall_trap

/* 5. A page fault of ring 3 is mostly the guest's own, and one of ring 1 mostly a fill. One of ring 0, or of
 * virtual-8086 mode, has its frame at another place. */
	.type page_fault_trap, @function
page_fault_trap:
	save_general_registers
	cmpl $THIS_CPU(CPU_GUEST_FRAME), %esp
	jne registers_saved
	testb $(GUEST_USER_RPL & ~GUEST_KERNEL_RPL), FRAME_CS(%esp)
	jz 2f
	movw %ds, FRAME_DS(%esp)
	movl $HOST_DS, %edi
	movl %edi, %ds
	call *THIS_CPU(CPU_REFLECT)
	testb %al, %al
	jnz switcher_load_ds /* the other segment registers have not changed */
	movl $AT_ONCE_PAGE_FAULT, %esi
	jmp 1f
2:
	movl $AT_ONCE_PAGE_FAULT, %esi
	.size page_fault_trap, . - page_fault_trap

/* Calls the function of hv/run.c that is at %esi in at_once. It returns the page tables to enter the guest on, or 0. While
 * the fast path is closed, run_guest() serves all traps. */
	.type call_hypervisor, @function
call_hypervisor:
	movw %ds, FRAME_DS(%esp)
1:
	movw %es, FRAME_ES(%esp)
	movw %fs, FRAME_FS(%esp)
	movw %gs, FRAME_GS(%esp)
	enter_c
	movl $this_cpu_pages, %ebx
	cmpl $0, CPU_OPEN(%ebx)
	je leave_guest
	on_stack_of_run_guest
	movl CPU_HOST_CR3(%ebx), %ecx
	movl %ecx, %cr3
	movl CPU_HOST_ESP(%ebx), %esp
	leal SAVED_EBP(%esp), %ebp
	movl at_once + AT_ONCE_SPACE, %eax
	call *at_once(%esi)
	testl %eax, %eax
	jz return_to_run_guest
	movl $THIS_CPU(CPU_GUEST_FRAME), %esp
	movl %eax, %cr3
	jmp switcher_load_gs /* a hypercall may have changed the guest's descriptors */
	.cfi_endproc
	.size call_hypervisor, . - call_hypervisor

/*
 * 6. The data segments and page tables are unknown until the place of the trap is known. Only %ss
 * is known to be valid, so each access here goes through it.
 */
	.type trap_in_ring_0, @function
trap_in_ring_0:
	testl $EFLAGS_VM, FRAME_EFLAGS(%esp) /* then cs is not a selector: it can be any value */
	jnz load_segments_and_leave
	movl FRAME_EIP(%esp), %edx
	movl FRAME_TRAP(%esp), %ecx
	movl %edx, %eax
	subl $SWITCHER_TEXT, %eax
	cmpl $SWITCHER_TEXT_SIZE, %eax
	jb in_switcher
	subl $(FAST_PATH_TEXT - SWITCHER_TEXT), %eax
	cmpl $FAST_PATH_TEXT_SIZE, %eax
	jb in_fast_path
	jmp in_hypervisor

	/* NMI or #DB inside the Switcher: resume where it was. A debugger's breakpoint is such a
	 * #DB. */
in_switcher:
	cmpl $VECTOR_NMI, %ecx
	je back_to_ring_0
	cmpl $VECTOR_DB, %ecx
	je back_to_ring_0
	/* The VM entry failed: leave as from the guest, with a trap number that says so, and with
	 * eip as the error code. Whether IRET failed is told by %esp and not by eip, which is
	 * undefined for a double fault (SDM vol. 3, 6.15). */
	movl %esp, %ebx
	andl $-PAGE_BYTES, %ebx
	addl $TRAP_ENTRY_FAILED, %ecx
	leal CPU_GUEST_FRAME + FRAME_EIP - FRAME_ESP(%ebx), %eax /* a nested frame ends before esp */
	cmpl %eax, %esp
	jne 1f
	addl $(TRAP_IRET_FAILED - TRAP_ENTRY_FAILED), %ecx
1:
	movl %ecx, %ss:CPU_GUEST_FRAME + FRAME_TRAP(%ebx)
	movl %edx, %ss:CPU_GUEST_FRAME + FRAME_ERROR(%ebx)
load_segments_and_leave:
	movl %esp, %ebx
	andl $-PAGE_BYTES, %ebx
	enter_c
	jmp leave_guest

	/* The fast path touched a page that is absent. At fast_path_probe it returns false for
	 * that; anywhere else the trap takes the slow path. */
in_fast_path:
	cmpl $VECTOR_NMI, %ecx
	je back_to_ring_0
	cmpl $VECTOR_DB, %ecx
	je back_to_ring_0
	cmpl $fast_path_probe, %edx
	je probe_faulted
	movl %esp, %ebx
	andl $-PAGE_BYTES, %ebx
	movl CPU_GUEST_FRAME + FRAME_CR2(%ebx), %eax
	movl %eax, %cr2
	movw %es, CPU_GUEST_FRAME + FRAME_ES(%ebx)
	movw %fs, CPU_GUEST_FRAME + FRAME_FS(%ebx)
	movw %gs, CPU_GUEST_FRAME + FRAME_GS(%ebx)
	enter_c
	jmp leave_guest
probe_faulted:
	movl $fast_path_probe_faulted, FRAME_EIP(%esp)
	jmp back_to_ring_0

in_hypervisor:
	cld
	movl %esp, %eax
	call hypervisor_trap
back_to_ring_0:
	addl $FRAME_EDI, %esp
	popal
	addl $(FRAME_EIP - FRAME_TRAP), %esp
	iretl
	.size trap_in_ring_0, . - trap_in_ring_0

	.section .note.GNU-stack, "", @progbits
