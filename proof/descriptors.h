/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Contracts of the two sanitizers: the descriptors that a guest can get into the GDT, and the gates
 * that it can get into the IDT. */
#ifndef PROOF_DESCRIPTORS_H
#define PROOF_DESCRIPTORS_H

/* Contracts have operators that C has not: */
/* clang-format off */

#include "arch/x86/gdt_idt.h"
#include "arch/x86/switcher.h"
#include "hv/guest.h"
#include "proof/bits.h"

/* -- Segments --------------------------------------------------------------------------------- */

#define IS_CODE(high) HAS(high, DESCRIPTOR_CODE)
#define DPL_IS_1_OR_3(high) HAS(high, 1 << DESCRIPTOR_DPL_SHIFT)
#define DPL_IS_1(high)                                                                             \
	(HAS(high, 1 << DESCRIPTOR_DPL_SHIFT) && !HAS(high, 2 << DESCRIPTOR_DPL_SHIFT))

/* Either not present, or code or data of ring 1 or 3, not conforming, and accessed, so that the CPU
 * does not write to it. */
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

/*@ assigns \nothing; */
static bool is_ignored(u32 index);

/*@ assigns \nothing; */
static bool is_equal(struct descriptor a, struct descriptor b);

/*@ requires \valid(segments) && index < GUEST_GDT_ENTRIES;
    assigns segments->gdt[index], segments->flat;
    ensures segments->gdt[index] == d; */
static void set_entry(struct guest_segments *segments, u32 index, struct descriptor d);

/*@ assigns g->space.state, g->reason[..]; */
void guest_kill(struct guest *g, const char *text, ...);

/*@ requires \valid(g) && \valid(g->cpu) && \separated(g, g->cpu);
    requires g->space.fast == &g->cpu->state.fast.guest;
    requires has_harmless_segments(g);
    assigns g->space.state, g->reason[..], g->segments, g->traps.installed[..],
      g->cpu->state.gdt[0 .. GUEST_GDT_ENTRIES - 1], g->cpu->state.idt[..],
      g->cpu->state.fast.guest.stack_is_flat, g->cpu->state.fast.guest.reflects;
    ensures has_harmless_segments(g); */
void segments_load_entry(struct guest *g, u32 index, struct descriptor d);

/* -- Gates ------------------------------------------------------------------------------------ */

/*
 * The layout of a gate (SDM vol. 3, 6.11):
 *
 *	high: offset 31..16 | P | DPL | 0 | type (4 bits) | 0, 0, 0, 0, 0, 0, 0, 0
 *	low:  selector      | offset 15..0
 */
#define GATE_LEADS_TO(gate, selector, offset)                                                      \
	(FIVE_BITS_ARE((gate).low, 0, offset, 0) && FIVE_BITS_ARE((gate).low, 5, offset, 5) &&     \
	 FIVE_BITS_ARE((gate).low, 10, offset, 10) && BIT_IS((gate).low, 15, offset, 15) &&        \
	 FIVE_BITS_ARE((gate).high, 16, offset, 16) && FIVE_BITS_ARE((gate).high, 21, offset, 21) && \
	 FIVE_BITS_ARE((gate).high, 26, offset, 26) && BIT_IS((gate).high, 31, offset, 31) &&      \
	 FIVE_BITS_ARE((gate).low, 16, selector, 0) && FIVE_BITS_ARE((gate).low, 21, selector, 5) && \
	 FIVE_BITS_ARE((gate).low, 26, selector, 10) && BIT_IS((gate).low, 31, selector, 15))
#define GATE_IS(gate, type, dpl)                                                                   \
	(FIVE_NO_BITS((gate).high, 0) && NO_BIT((gate).high, 5) && NO_BIT((gate).high, 6) &&       \
	 NO_BIT((gate).high, 7) && BIT_IS((gate).high, 8, type, 0) &&                              \
	 BIT_IS((gate).high, 9, type, 1) && BIT_IS((gate).high, 10, type, 2) &&                    \
	 BIT_IS((gate).high, 11, type, 3) && NO_BIT((gate).high, 12) &&                            \
	 BIT_IS((gate).high, 13, dpl, 0) && BIT_IS((gate).high, 14, dpl, 1) &&                     \
	 HAS((gate).high, DESCRIPTOR_PRESENT))

/* Below 4 and below 16, bit by bit, so that no bit reaches the offset above them. */
#define IS_DPL(dpl)                                                                                \
	(FIVE_NO_BITS(dpl, 2) && FIVE_NO_BITS(dpl, 7) && FIVE_NO_BITS(dpl, 12) &&                  \
	 NO_BIT(dpl, 17) && NO_BIT(dpl, 18))
#define IS_GATE_TYPE(type)                                                                         \
	(FIVE_NO_BITS(type, 4) && FIVE_NO_BITS(type, 9) && FIVE_NO_BITS(type, 14) &&               \
	 FIVE_NO_BITS(type, 19))

#define STUB_OF(vector)                                                                             \
	((u32)((u32)&switcher_stubs[0] + (u32)((vector) * SWITCHER_STUB_SIZE)))

/*@ requires IS_DPL(dpl) && IS_GATE_TYPE(type);
    assigns \nothing;
    ensures place: GATE_LEADS_TO(\result, selector, offset);
    ensures kind: GATE_IS(\result, type, dpl); */
static inline struct descriptor make_gate(u32 type, u16 selector, u32 offset, u32 dpl);

/*@ requires IS_DPL(dpl);
    assigns \nothing;
    ensures place: GATE_LEADS_TO(\result, HOST_CS, STUB_OF(vector));
    ensures kind: GATE_IS(\result, GATE_INTERRUPT, dpl); */
static inline struct descriptor host_gate(u32 vector, u32 dpl);

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

/* The machine's own vectors, and those that the hypervisor must serve first, never get a direct
 * gate. A direct gate leads to ring 1 of the guest. */
#define NEVER_DIRECT(number) (vector == (number) ==> \result == 0)

/* The APIC's vectors, which must not lead to the guest without the hypervisor. */
#define IS_APIC_VECTOR(vector) ((vector) >= VECTOR_APIC_BASE)

/* Between the exceptions and the guest's own software interrupts. */
#define IS_IRQ_VECTOR(vector) ((vector) >= VECTOR_IRQ_BASE && (vector) < SOFTWARE_VECTOR_FIRST)

/*@ requires \valid_read(g) && vector < VECTOR_COUNT;
    assigns \nothing;
    ensures code: \result != 0 ==>
      is_kernel_code((struct guest *)g, SELECTOR(g->traps.idt[vector]));
    ensures kind: \result != 0 ==> HAS(g->traps.idt[vector].high, DESCRIPTOR_PRESENT);
    ensures irq: IS_IRQ_VECTOR(vector) ==> \result == 0;
    ensures apic: IS_APIC_VECTOR(vector) ==> \result == 0;
    ensures debug: NEVER_DIRECT(VECTOR_DB);
    ensures nmi: NEVER_DIRECT(VECTOR_NMI);
    ensures no_fpu: NEVER_DIRECT(VECTOR_NM);
    ensures double_fault: NEVER_DIRECT(VECTOR_DF);
    ensures protection: NEVER_DIRECT(VECTOR_GP);
    ensures page_fault: NEVER_DIRECT(VECTOR_PF);
    ensures machine_check: NEVER_DIRECT(VECTOR_MC); */
static bool is_direct(const struct guest *g, u32 vector);

/*@ requires \valid_read(g) && vector < VECTOR_COUNT;
    assigns \nothing;
    ensures ring: IS_DPL(\result);
    ensures absent: !HAS(g->traps.idt[vector].high, DESCRIPTOR_PRESENT) ==> \result == 0;
    ensures irq: IS_IRQ_VECTOR(vector) ==> \result == 0;
    ensures nmi: vector == VECTOR_NMI ==> \result == 0;
    ensures double_fault: vector == VECTOR_DF ==> \result == 0;
    ensures page_fault: vector == VECTOR_PF ==> \result == 0;
    ensures machine_check: vector == VECTOR_MC ==> \result == 0;
    ensures hypercall: vector == HCALL_VECTOR ==> \result == 0; */
static u32 software_dpl(const struct guest *g, u32 vector);

/*@ predicate is_our_gate(struct descriptor gate, u32 vector) =
      GATE_LEADS_TO(gate, HOST_CS, STUB_OF(vector)) &&
      \exists u32 dpl; GATE_IS(gate, GATE_INTERRUPT, dpl); */

/* A trap gate with the selector and the offset that the guest gave. */
/*@ predicate is_direct_gate(struct descriptor gate, struct descriptor asked) =
      FIVE_BITS_ARE(gate.low, 0, asked.low, 0) && FIVE_BITS_ARE(gate.low, 5, asked.low, 5) &&
      FIVE_BITS_ARE(gate.low, 10, asked.low, 10) && FIVE_BITS_ARE(gate.low, 15, asked.low, 15) &&
      FIVE_BITS_ARE(gate.low, 20, asked.low, 20) && FIVE_BITS_ARE(gate.low, 25, asked.low, 25) &&
      BIT_IS(gate.low, 30, asked.low, 30) && BIT_IS(gate.low, 31, asked.low, 31) &&
      FIVE_BITS_ARE(gate.high, 16, asked.high, 16) &&
      FIVE_BITS_ARE(gate.high, 21, asked.high, 21) &&
      FIVE_BITS_ARE(gate.high, 26, asked.high, 26) && BIT_IS(gate.high, 31, asked.high, 31) &&
      \exists u32 dpl; GATE_IS(gate, GATE_TRAP, dpl); */

/* The gates of the hypercall and of the double fault are never changed. Any other gate is the
 * hypervisor's, or a trap gate into the guest's ring 1. */
/*@ requires \valid(g) && \valid(g->cpu) && \separated(g, g->cpu) && vector < VECTOR_COUNT;
    assigns g->cpu->state.idt[vector], g->traps.installed[vector / 32];
    ensures machine: vector == HCALL_VECTOR || vector == VECTOR_DF ==>
      g->cpu->state.idt[vector] == \old(g->cpu->state.idt[vector]);
    ensures guest: vector != HCALL_VECTOR && vector != VECTOR_DF ==>
      is_our_gate(g->cpu->state.idt[vector], vector) ||
      (\old(is_kernel_code(g, SELECTOR(g->traps.idt[vector]))) &&
       is_direct_gate(g->cpu->state.idt[vector], \old(g->traps.idt[vector]))); */
static void install_gate(struct guest *g, u32 vector);

/*@ requires \valid(g) && \valid(g->cpu) && \separated(g, g->cpu) && vector < VECTOR_COUNT;
    assigns g->cpu->state.idt[vector];
    ensures is_our_gate(g->cpu->state.idt[vector], vector); */
static void remove_gate(struct guest *g, u32 vector);

#endif
