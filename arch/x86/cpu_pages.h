/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two pages of each CPU that both contexts map (memory_map.h).
 *
 * The registers page is read-write to the guest: at a VM exit the CPU pushes on it, and to paging
 * the guest in ring 1 is supervisor. So it holds nothing but the guest's own registers, at the
 * page's end, and below them the stack of the fast path and of a trap inside the Switcher. The
 * guest can write there, too, but not while they run.
 *
 * The state page is read-only in the guest context. The guest can read it, so it holds nothing that
 * differs between guests but what is the guest's own.
 */
#ifndef ARCH_X86_CPU_PAGES_H
#define ARCH_X86_CPU_PAGES_H

#include "abi/lguest.h"
#include "arch/x86/descriptors.h"
#include "arch/x86/memory_map.h"
#include "arch/x86/trap_frame.h"
#include "lib/types.h"

/* Counts of the fast path. The guest can write here, so they serve statistics only. */
struct fast_path_counts {
	u32 reflections, hypercalls;
};

/*
 * A walk that the fast path has made: where it has read the entries above the last level, what they were, and where the
 * last level's table is. The walk for another page of this region needs no more than to see that they are the same still.
 * The guest can write here: it would mislead nothing but its own walks, which read what its kernel can read.
 */
struct walk_memo {
	u32 region; /* NO_REGION, or the number of the PDE in the address space (hv/fastpath/fast_walk.h) */
	u32 top;                        /* of the address space */
	const u32 *pdpte, *pde, *table; /* pdpte: PAE only */
	u32 pdpte_low, pde_low;         /* the low halves that were there */
	u32 unused;
};
#define NO_REGION 0u
#define WALK_MEMOS 8

struct registers_page {
	struct fast_path_counts counts;
	struct walk_memo memos[WALK_MEMOS];
	u8 nested_trap_room[PAGE_BYTES - sizeof(struct fast_path_counts) -
			    WALK_MEMOS * sizeof(struct walk_memo) - sizeof(struct trap_frame)];
	struct trap_frame guest;
};
_Static_assert(sizeof(struct registers_page) == PAGE_BYTES, "registers_page");

/* The fast path's sets of windows, one for each level of page tables, so that a walk needs no
 * window twice. */
#define FAST_PDPTES 0 /* PAE only */
#define FAST_PDES 1
#define FAST_PTES 2
#define NO_GFN 0xFFFFFFFFu /* no entry leads there */
#define NO_SET_PTE 1u      /* no page starts there */

/*
 * The state of a guest that the fast path (hv/fastpath/fast_path.h) needs. There is no other copy
 * of it. While the guest is scheduled it is on the CPU's state page, else in the guest;
 * guest_space.fast leads to it. In the guest's context the page is read-only, and tells the guest
 * nothing new.
 */
struct fast_path_guest {
	u32 ring_next; /* the next slot of the hypercall ring; hv/hypercalls.c writes it */

	/* The engine (hv/shadow) writes these. */
	u32 top;            /* gpa of the current top-level page table */
	u32 kernel_address; /* gva: pages from here up are the same in all address spaces */
	u32 pae;            /* 0: two-level page tables */
	u32 fault_bits;     /* that a page fault's error code may have */
	u32 frames;         /* of its memory */
	u32 high_reserved;  /* the bits that the high half of a PAE entry must not have; constant */

	/* hv/traps.c writes these. */
	u32 stack_ss, stack_esp; /* the ring-1 stack */
	u32 stack_is_flat;       /* 1: its segment is present, 32-bit, from 0 to 4 GB */
	u32 handler_cs;          /* of page faults; 0: none */
	u32 handler_eip;
	u32 irq_kept; /* the bits of irq_enabled that the gate of page faults leaves: all, or none */
	u32 reflects; /* all bits: the stack is flat and has room, and there is a handler of page faults; or 0 */
};

/* The fast path's state of this CPU. */
struct fast_path_state {
	u32 open;   /* 0: every trap is a VM exit; 1: `shared` is valid */
	u32 shared; /* where the SHARED_WINDOW shows lguest_data; 0: nowhere yet */
	u32 ring; /* where it shows the status of the ring's first slot; while closed, `no_ring` */
	struct fast_path_guest guest;
	/* The arguments of SET_PTE, if that was the ring's last call and no VM exit has come since. */
	struct {
		u32 top, page; /* page: NO_SET_PTE if not */
		u64 entry;
	} last_set_pte;
	/* Pages of the current address space that a direct SET_PTE, or the ring's last ones, have left
	 * without a shadow entry, if no VM exit has come since. */
	struct {
		u32 from, size; /* in bytes; size 0: none */
	} absent;
	u32 gfns[TABLE_WINDOW_SETS][TABLE_WINDOWS_IN_SET]; /* that each window shows, or NO_GFN */
	u32 shown[TABLE_WINDOW_SETS];                      /* bit i: window i is open */
	u8 no_ring[HCALL_RING_SIZE];                       /* no slot is done, ever */
};

struct cpu_pages;

struct state_page {
	struct descriptor gdt[GDT_ENTRIES];
	struct descriptor idt[VECTOR_COUNT];
	struct task_state tss, double_fault_tss;
	struct descriptor double_fault_gate; /* installed while a guest runs (gdt_idt.h) */
	u32 host_esp;                        /* the hypervisor's stack ... */
	u32 host_cr3;                        /* ... and page tables, for the Switcher */
	/* Functions of hv/fastpath/fast_path.h: for page faults now, while the fast path is closed, and while it is open. */
	bool (*reflect)(void), (*reflects[2])(void);
	struct fast_path_state fast;
} ALIGNED(PAGE_BYTES);
_Static_assert(sizeof(struct state_page) == PAGE_BYTES, "state_page");

struct cpu_pages {
	struct registers_page registers;
	struct state_page state;
};
_Static_assert(sizeof(struct cpu_pages) == CPU_AREA_STRIDE, "cpu_pages");

extern struct cpu_pages this_cpu_pages;

#endif
