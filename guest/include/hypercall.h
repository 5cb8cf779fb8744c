/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The hypercalls of abi/lguest.h as functions, and the ring that batches them.
 * None but Umbra's own has a result, and every register keeps its value.
 */
#ifndef GUEST_HYPERCALL_H
#define GUEST_HYPERCALL_H

#include "abi/lguest.h"
#include "guest/include/memory.h"

/* The structure that guest and hypervisor share. Its fields from noirq_start on are read at
 * LGUEST_INIT only; the kit's values are those of a kernel at 0xC0000000 with system call 0x80. */
extern volatile struct lguest_data lguest_data;

/* The `int $0x1f` itself, with any number. */
static inline void hypercall(u32 number, u32 ebx, u32 ecx, u32 edx, u32 esi)
{
	__asm__ volatile("int %0"
			 :
			 : "i"(HCALL_VECTOR), "a"(number), "b"(ebx), "c"(ecx), "d"(edx), "S"(esi)
			 : "memory");
}

/* Runs the calls in the ring. */
static inline void hcall_flush_async(void)
{
	hypercall(HCALL_FLUSH_ASYNC, 0, 0, 0, 0);
}

static inline void hcall_lguest_init(gpa_t data)
{
	hypercall(HCALL_LGUEST_INIT, data, 0, 0, 0);
}

static inline void hcall_shutdown(gpa_t reason, u32 how)
{
	hypercall(HCALL_SHUTDOWN, reason, how, 0, 0);
}

static inline void hcall_new_pgtable(gpa_t top)
{
	hypercall(HCALL_NEW_PGTABLE, top, 0, 0, 0);
}

static inline void hcall_flush_tlb_user(void)
{
	hypercall(HCALL_FLUSH_TLB, 0, 0, 0, 0);
}

static inline void hcall_flush_tlb_all(void)
{
	hypercall(HCALL_FLUSH_TLB, 1, 0, 0, 0);
}

static inline void hcall_load_idt_entry(u32 vector, u32 low, u32 high)
{
	hypercall(HCALL_LOAD_IDT_ENTRY, vector, low, high, 0);
}

/* `esp` is the top of the stack; `pages` (0 to 2) below it are kept mapped. */
static inline void hcall_set_stack(u32 ss, gva_t esp, u32 pages)
{
	hypercall(HCALL_SET_STACK, ss, esp, pages, 0);
}

/* CR0.TS as the guest sees it. */
static inline void hcall_ts(bool set)
{
	hypercall(HCALL_TS, set, 0, 0, 0);
}

/* One virtual IRQ 0 in `nanoseconds`; 0: none. */
static inline void hcall_set_clockevent(u32 nanoseconds)
{
	hypercall(HCALL_SET_CLOCKEVENT, nanoseconds, 0, 0, 0);
}

static inline void hcall_halt(void)
{
	hypercall(HCALL_HALT, 0, 0, 0, 0);
}

/* An entry of 32 bits has nothing in the upper half. */
static inline void hcall_set_pte(gpa_t top, gva_t address, u64 entry)
{
	hypercall(HCALL_SET_PTE, top, address, (u32)entry, (u32)(entry >> 32));
}

static inline void hcall_set_pgd(gpa_t top, u32 index)
{
	hypercall(HCALL_SET_PGD, top, index, 0, 0);
}

/* PAE only: the page of a middle directory, and which of its entries. */
static inline void hcall_set_pmd(gpa_t middle, u32 index)
{
	hypercall(HCALL_SET_PMD, middle, index, 0, 0);
}

static inline void hcall_load_tls(gpa_t descriptors)
{
	hypercall(HCALL_LOAD_TLS, descriptors, 0, 0, 0);
}

static inline void hcall_notify(gpa_t what)
{
	hypercall(HCALL_NOTIFY, what, 0, 0, 0);
}

static inline void hcall_load_gdt_entry(u32 entry, u32 low, u32 high)
{
	hypercall(HCALL_LOAD_GDT_ENTRY, entry, low, high, 0);
}

static inline void hcall_send_interrupts(void)
{
	hypercall(HCALL_SEND_INTERRUPTS, 0, 0, 0, 0);
}

/* True on a hypervisor that knows CLONE. */
static inline bool can_clone(void)
{
	u32 answer;

	__asm__ volatile("int %1"
			 : "=a"(answer)
			 : "i"(HCALL_VECTOR), "a"(HCALL_SEND_INTERRUPTS), "b"(UMBRA_QUESTION)
			 : "memory");
	return answer == UMBRA_ANSWER;
}

/* Makes `count` clones of this guest, as far as there is memory for them, and its word clones= allows.
 * Returns the number of the clone, from 1; 0 in the parent, where *made is how many there are. */
static inline u32 hcall_clone(u32 count, u32 *made)
{
	u32 number;

	__asm__ volatile("int %2"
			 : "=a"(number), "=b"(*made)
			 : "i"(HCALL_VECTOR), "a"(HCALL_CLONE), "b"(count)
			 : "memory");
	return number;
}

/*
 * Puts a hypercall into the ring. It is executed, in order, before the next call that exits.
 * If the ring is full, the ring is run first.
 */
void hypercall_async(u32 number, u32 ebx, u32 ecx, u32 edx, u32 esi);

#endif
