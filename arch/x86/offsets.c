/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The offsets that assembly needs, taken from the C structures by the compiler: the build turns
 * each `->NAME value` in this file's assembly into a #define in generated/offsets.h.
 */
#include "arch/x86/ap_trampoline.h"
#include "arch/x86/cpu_features.h"
#include "arch/x86/cpu_pages.h"
#include "arch/x86/paging.h"
#include "arch/x86/switcher.h"

#define EMIT(name, value) __asm__ volatile("\n.ascii \"->" #name " %c0\"" : : "i"(value))

void emit_frame(void);
void emit_cpu_pages(void);
void emit_start_of_cpus(void);

void emit_frame(void)
{
	EMIT(FRAME_GS, offsetof(struct trap_frame, gs));
	EMIT(FRAME_FS, offsetof(struct trap_frame, fs));
	EMIT(FRAME_ES, offsetof(struct trap_frame, es));
	EMIT(FRAME_DS, offsetof(struct trap_frame, ds));
	EMIT(FRAME_EDI, offsetof(struct trap_frame, edi));
	EMIT(FRAME_EBX, offsetof(struct trap_frame, ebx));
	EMIT(FRAME_ECX, offsetof(struct trap_frame, ecx));
	EMIT(FRAME_EDX, offsetof(struct trap_frame, edx));
	EMIT(FRAME_ESI, offsetof(struct trap_frame, esi));
	EMIT(FRAME_CR2, offsetof(struct trap_frame, cr2));
	EMIT(FRAME_TRAP, offsetof(struct trap_frame, trap));
	EMIT(FRAME_ERROR, offsetof(struct trap_frame, error));
	EMIT(FRAME_EIP, offsetof(struct trap_frame, eip));
	EMIT(FRAME_EFLAGS, offsetof(struct trap_frame, eflags));
	EMIT(FRAME_CS, offsetof(struct trap_frame, cs));
	EMIT(FRAME_ESP, offsetof(struct trap_frame, esp));
}

void emit_start_of_cpus(void)
{
	EMIT(AP_CR3, offsetof(struct ap_words, cr3));
	EMIT(AP_CR4, offsetof(struct ap_words, cr4));
	EMIT(AP_HAS_EFER, offsetof(struct ap_words, has_efer));
	EMIT(AP_EFER, offsetof(struct ap_words, efer));
	EMIT(CPUID_EXT1, CPUID_EXTENDED + 1);
	EMIT(CPUID_EXT1_EDX_NX, CPUID_EXT1_EDX_NX);
	EMIT(AP_NEEDS, offsetof(struct ap_words, needs));
	EMIT(AP_STACK, offsetof(struct ap_words, stack));
	EMIT(AP_WORDS_SIZE, sizeof(struct ap_words));
}

/* Offsets from the start of the CPU's two pages, and values in them. */
void emit_cpu_pages(void)
{
	EMIT(PTE_PRESENT, PTE_PRESENT);
	EMIT(NO_SET_PTE, NO_SET_PTE);
	EMIT(CPU_GUEST_FRAME, offsetof(struct cpu_pages, registers.guest));
	EMIT(CPU_HOST_ESP, offsetof(struct cpu_pages, state.host_esp));
	EMIT(CPU_HOST_CR3, offsetof(struct cpu_pages, state.host_cr3));
	EMIT(CPU_FAST_HYPERCALLS, offsetof(struct cpu_pages, registers.counts.hypercalls));
	EMIT(CPU_OPEN, offsetof(struct cpu_pages, state.fast.open));
	EMIT(CPU_KERNEL_ADDRESS, offsetof(struct cpu_pages, state.fast.guest.kernel_address));
	EMIT(CPU_TOP, offsetof(struct cpu_pages, state.fast.guest.top));
	EMIT(CPU_RING, offsetof(struct cpu_pages, state.fast.ring));
	EMIT(CPU_RING_NEXT, offsetof(struct cpu_pages, state.fast.guest.ring_next));
	EMIT(CPU_LAST_SET_PTE, offsetof(struct cpu_pages, state.fast.last_set_pte.page));
	EMIT(CPU_ABSENT_FROM, offsetof(struct cpu_pages, state.fast.absent.from));
	EMIT(CPU_ABSENT_SIZE, offsetof(struct cpu_pages, state.fast.absent.size));
	EMIT(CPU_REFLECT, offsetof(struct cpu_pages, state.reflect));
	EMIT(AT_ONCE_SPACE, offsetof(struct served_at_once, space));
	EMIT(AT_ONCE_SET_PTE, offsetof(struct served_at_once, set_pte));
	EMIT(AT_ONCE_SET_PTES, offsetof(struct served_at_once, set_ptes));
	EMIT(AT_ONCE_HYPERCALL, offsetof(struct served_at_once, hypercall));
	EMIT(AT_ONCE_PAGE_FAULT, offsetof(struct served_at_once, page_fault));
}
