/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Contracts of the two sanitizers: what a guest can get into the GDT and into the IDT. */
#ifndef PROOF_DESCRIPTORS_H
#define PROOF_DESCRIPTORS_H

/* Contracts have operators that C has not: */
/* clang-format off */

#include "hv/guest.h"
#include "arch/x86/tables.h"
#include "arch/x86/switcher.h"
#include "proof/bits.h"

/* -- Segments --------------------------------------------------------------------------------- */

#define IS_CODE(high) HAS(high, DESCRIPTOR_CODE)
#define DPL_IS_1_OR_3(high) HAS(high, 1 << DESCRIPTOR_DPL_SHIFT)
#define DPL_IS_1(high)                                                                             \
	(HAS(high, 1 << DESCRIPTOR_DPL_SHIFT) && !HAS(high, 2 << DESCRIPTOR_DPL_SHIFT))

/* No use to the CPU at all, or: code or data, of ring 1 or 3, not conforming, and accessed, so that
 * the CPU has nothing to write. */
#define IS_HARMLESS(high)                                                                          \
	(!HAS(high, DESCRIPTOR_PRESENT) ||                                                         \
	 (HAS(high, DESCRIPTOR_SEGMENT) && DPL_IS_1_OR_3(high) &&                                  \
	  HAS(high, DESCRIPTOR_ACCESSED) && !(IS_CODE(high) && HAS(high, DESCRIPTOR_CONFORMING))))

/*@ predicate is_harmless(u32 high) = IS_HARMLESS(high);

    predicate has_harmless_segments(struct guest *g) =
      \forall u32 i; i < GUEST_GDT_ENTRIES ==>
        is_harmless(g->segments.gdt[i].high) && is_harmless(g->cpu->state.gdt[i].high); */

/*@ requires \valid(d);
    assigns d->high;
    ensures \result != 0 ==> IS_HARMLESS(d->high); */
static bool sanitise(struct descriptor *d);

/*@ assigns \nothing;
    ensures \result != 0 <==>
      HAS(d.high, DESCRIPTOR_PRESENT) && HAS(d.high, DESCRIPTOR_SEGMENT) && IS_CODE(d.high); */
static bool is_code(struct descriptor d);

/*@ assigns \nothing; */
static bool is_flat(struct descriptor d);

/*@ requires \valid(segments) && index < GUEST_GDT_ENTRIES;
    assigns segments->gdt[index], segments->flat;
    ensures segments->gdt[index] == d; */
static void set_entry(struct guest_segments *segments, u32 index, struct descriptor d);

/*@ assigns g->state, g->reason[..]; */
void guest_kill(struct guest *g, const char *text, ...);

/*@ requires \valid(g) && \valid(g->cpu) && \separated(g, g->cpu);
    requires has_harmless_segments(g);
    assigns g->state, g->reason[..], g->segments, g->cpu->state.gdt[0 .. GUEST_GDT_ENTRIES - 1],
      g->cpu->state.idt[..];
    ensures has_harmless_segments(g); */
void segments_load_entry(struct guest *g, u32 index, struct descriptor d);

/* -- Gates ------------------------------------------------------------------------------------ */

/* How a gate is laid out is not proved here: whatever make_gate() and host_gate() make. */
/*@ axiomatic Gates {
      logic struct descriptor gate(integer type, integer selector, integer offset, integer dpl);
      logic struct descriptor our_gate(integer vector, integer dpl);
    } */

/*@ assigns \nothing;
    ensures \result == gate(type, selector, offset, dpl); */
static inline struct descriptor make_gate(u32 type, u16 selector, u32 offset, u32 dpl);

/*@ assigns \nothing;
    ensures \result == our_gate(vector, dpl); */
struct descriptor host_gate(u32 vector, u32 dpl);

#define SELECTOR(gate) ((u16)((gate).low >> 16))
#define OFFSET(gate) (((gate).high & 0xFFFF0000u) | ((gate).low & 0xFFFFu))
#define DPL(high) (((high) & DESCRIPTOR_DPL) >> DESCRIPTOR_DPL_SHIFT)
#define INDEX(selector) ((selector) / 8)

/*@ predicate is_guest_selector(u32 selector) =
      !HAS(selector, SELECTOR_TI) && INDEX(selector) < GUEST_GDT_ENTRIES;

    predicate is_kernel_code(struct guest *g, u32 selector) =
      is_guest_selector(selector) &&
      HAS(g->segments.gdt[INDEX(selector)].high, DESCRIPTOR_PRESENT) &&
      HAS(g->segments.gdt[INDEX(selector)].high, DESCRIPTOR_SEGMENT) &&
      HAS(g->segments.gdt[INDEX(selector)].high, DESCRIPTOR_CODE) &&
      DPL(g->segments.gdt[INDEX(selector)].high) == GUEST_KERNEL_RPL; */

/*@ requires \valid_read(g);
    assigns \nothing;
    ensures \result != \null ==> is_guest_selector(selector) &&
      \result == &g->segments.gdt[INDEX(selector)] && \valid_read(\result); */
const struct descriptor *segments_find(const struct guest *g, u32 selector);

/*@ requires \valid_read(g);
    assigns \nothing;
    ensures \result != 0 ==> is_kernel_code((struct guest *)g, selector); */
bool segments_is_kernel_code(const struct guest *g, u32 selector);

/* The machine's own vectors and those that need a look first never go straight to the guest; and
 * what does, goes to its ring 1. */
#define NEVER_DIRECT(number)                                                                       \
	(vector == (number) && g->traps.syscall_vector != (number) ==> \result == 0)

/*@ requires \valid_read(g) && vector < VECTOR_COUNT;
    assigns \nothing;
    ensures code: \result != 0 ==>
      is_kernel_code((struct guest *)g, SELECTOR(g->traps.idt[vector]));
    ensures kind: \result != 0 ==> HAS(g->traps.idt[vector].high, DESCRIPTOR_PRESENT);
    ensures irq: vector >= 32 && vector != g->traps.syscall_vector ==> \result == 0;
    ensures nmi: NEVER_DIRECT(VECTOR_NMI);
    ensures no_fpu: NEVER_DIRECT(VECTOR_NO_FPU);
    ensures double_fault: NEVER_DIRECT(VECTOR_DOUBLE_FAULT);
    ensures protection: NEVER_DIRECT(VECTOR_PROTECTION);
    ensures page_fault: NEVER_DIRECT(VECTOR_PAGE_FAULT);
    ensures machine_check: NEVER_DIRECT(VECTOR_MACHINE_CHECK); */
static bool is_direct(const struct guest *g, u32 vector);

/*@ requires \valid_read(g) && vector < VECTOR_COUNT;
    assigns \nothing;
    ensures absent: !HAS(g->traps.idt[vector].high, DESCRIPTOR_PRESENT) ==> \result == 0;
    ensures irq: vector >= 32 && vector != g->traps.syscall_vector ==> \result == 0;
    ensures nmi: vector == VECTOR_NMI ==> \result == 0;
    ensures double_fault: vector == VECTOR_DOUBLE_FAULT ==> \result == 0;
    ensures page_fault: vector == VECTOR_PAGE_FAULT ==> \result == 0;
    ensures machine_check: vector == VECTOR_MACHINE_CHECK ==> \result == 0;
    ensures hypercall: vector == HCALL_VECTOR ==> \result == 0; */
static u32 software_dpl(const struct guest *g, u32 vector);

/* The hypercall's gate and the double fault's are never touched. Any other is ours, or a trap gate
 * into the guest's ring 1. */
/*@ requires \valid(g) && \valid(g->cpu) && \separated(g, g->cpu) && vector < VECTOR_COUNT;
    assigns g->cpu->state.idt[vector];
    ensures machine: vector == HCALL_VECTOR || vector == VECTOR_DOUBLE_FAULT ==>
      g->cpu->state.idt[vector] == \old(g->cpu->state.idt[vector]);
    ensures guest: vector != HCALL_VECTOR && vector != VECTOR_DOUBLE_FAULT ==>
      (\exists u32 dpl; g->cpu->state.idt[vector] == our_gate(vector, dpl)) ||
      (\old(is_kernel_code(g, SELECTOR(g->traps.idt[vector]))) &&
       (\exists u32 dpl; g->cpu->state.idt[vector] ==
         gate(GATE_TRAP, \old(SELECTOR(g->traps.idt[vector])),
              \old(OFFSET(g->traps.idt[vector])), dpl))); */
static void install_gate(struct guest *g, u32 vector);

#endif
