/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The traps of a guest (abi.md section 4): its interrupt descriptor table, the direct gates, by
 * which the CPU delivers to the guest's ring 1 without a VM exit, and the traps that exit and are
 * served or reflected.
 */
#ifndef HV_TRAPS_H
#define HV_TRAPS_H

#include "arch/x86/descriptors.h"
#include "arch/x86/trap_frame.h"
#include "mm/address.h"

struct guest;

struct guest_traps {
	u32 stack_pages;               /* of the ring-1 stack; ss and esp: struct fast_path_guest */
	bool stack_shared;             /* it is the same in all address spaces */
	bool ts;                       /* CR0.TS as the guest sees it */
	u32 dr6;                       /* BS, until the guest writes its DR6 */
	u32 failed_entries, failed_at; /* in a row, and the count of exits at the last one */
	u32 installed[VECTOR_COUNT / 32];    /* bit n: the CPU's gate n is changed for this guest */
	struct descriptor idt[VECTOR_COUNT]; /* the guest's gates, as it loaded them */
};

/* Installs the guest's gates, ring-1 stack and CR0.TS on its CPU. */
void traps_schedule(struct guest *g);

/* Removes the guest's gates from its CPU. */
void traps_unschedule(struct guest *g);

/* LOAD_IDT_ENTRY, SET_STACK with unchecked arguments, and TS. */
void traps_load_gate(struct guest *g, u32 vector, struct descriptor gate);
void traps_set_stack(struct guest *g, const struct hypercall_slot *call);
void traps_set_ts(struct guest *g, bool ts);

/* Maps the ring-1 stack in the current address space, as SET_STACK did in the one that was current
 * then. */
void traps_pin_stack(struct guest *g);

/* Descriptor `index` changed. `code`: it is or was a code segment, so gates that lead there may
 * become direct, or may not stay direct. */
void traps_segment_changed(struct guest *g, u32 index, bool code);

/* Serves the guest's VM exit, which is not a hypercall and not a hardware interrupt. */
void traps_handle(struct guest *g);

#endif
