/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Segment descriptors, gates and the task state segment: their layout (SDM vol. 3, 3.4.5, 6.11,
 * 7.2), and the GDT of each CPU:
 *
 *	0 to 31   the guest's, copied in when it is scheduled
 *	32        not used
 *	33, 34    the hypervisor's code and data, flat, DPL 0
 *	35, 36    the task state segment, and the one a double fault in the hypervisor switches to
 */
#ifndef ARCH_X86_DESCRIPTORS_H
#define ARCH_X86_DESCRIPTORS_H

#include "abi/lguest.h"

#define GDT_HOST_CS 33
#define GDT_HOST_DS 34
#define GDT_TSS 35
#define GDT_DOUBLE_FAULT_TSS 36
#define GDT_ENTRIES 38

#define HOST_CS (GDT_HOST_CS * 8)
#define HOST_DS (GDT_HOST_DS * 8)
#define TSS_SELECTOR (GDT_TSS * 8)
#define DOUBLE_FAULT_SELECTOR (GDT_DOUBLE_FAULT_TSS * 8)

#ifndef __ASSEMBLER__
#include "lib/types.h"

/* A descriptor or a gate, as its two words. The bits named below are those of the high word. */
struct descriptor {
	u32 low, high;
};
_Static_assert(sizeof(struct descriptor) == 8, "descriptor");

#define DESCRIPTOR_ACCESSED 0x00000100u
#define DESCRIPTOR_WRITABLE 0x00000200u    /* data; in code: readable */
#define DESCRIPTOR_EXPAND_DOWN 0x00000400u /* data */
#define DESCRIPTOR_CONFORMING 0x00000400u  /* code */
#define DESCRIPTOR_CODE 0x00000800u
#define DESCRIPTOR_SEGMENT 0x00001000u /* S: code or data, not a system descriptor */
#define DESCRIPTOR_DPL_SHIFT 13
#define DESCRIPTOR_DPL (3u << DESCRIPTOR_DPL_SHIFT)
#define DESCRIPTOR_PRESENT 0x00008000u
#define DESCRIPTOR_BIG 0x00400000u   /* D/B: 32-bit */
#define DESCRIPTOR_PAGES 0x00800000u /* G: the limit counts pages */

#define DESCRIPTOR_TYPE_SHIFT 8
#define DESCRIPTOR_TYPE (0xFu << DESCRIPTOR_TYPE_SHIFT)
#define GATE_TASK 0x5u
#define GATE_INTERRUPT 0xEu
#define GATE_TRAP 0xFu
#define SYSTEM_TSS 0x9u

#define FLAT_LIMIT_LOW 0x0000FFFFu
#define FLAT_LIMIT_HIGH (0x000F0000u | DESCRIPTOR_PAGES | DESCRIPTOR_BIG)

static inline u32 descriptor_type(struct descriptor d)
{
	return (d.high & DESCRIPTOR_TYPE) >> DESCRIPTOR_TYPE_SHIFT;
}

static inline u32 descriptor_dpl(struct descriptor d)
{
	return (d.high & DESCRIPTOR_DPL) >> DESCRIPTOR_DPL_SHIFT;
}

static inline u32 descriptor_base(struct descriptor d)
{
	return d.low >> 16 | (d.high & 0xFFu) << 16 | (d.high & 0xFF000000u);
}

/* The last offset, in bytes, inside the segment's limit. */
static inline u32 descriptor_limit(struct descriptor d)
{
	u32 limit = (d.low & 0xFFFFu) | (d.high & 0x000F0000u);

	return d.high & DESCRIPTOR_PAGES ? limit << 12 | 0xFFFu : limit;
}

static inline u16 gate_selector(struct descriptor gate)
{
	return gate.low >> 16;
}
static inline u32 gate_offset(struct descriptor gate)
{
	return (gate.high & 0xFFFF0000u) | (gate.low & 0xFFFFu);
}

/* A flat 4 GB segment, present and accessed: the CPU does not write to the GDT when it is loaded,
 * which is read-only in the guest context. */
static inline struct descriptor flat_segment(u32 type, u32 dpl)
{
	return (struct descriptor){FLAT_LIMIT_LOW, FLAT_LIMIT_HIGH | DESCRIPTOR_PRESENT |
						       DESCRIPTOR_SEGMENT | DESCRIPTOR_ACCESSED |
						       DESCRIPTOR_WRITABLE | type |
						       dpl << DESCRIPTOR_DPL_SHIFT};
}

static inline struct descriptor make_gate(u32 type, u16 selector, u32 offset, u32 dpl)
{
	struct descriptor gate;

	gate.low = (u32)selector << 16 | (offset & 0xFFFFu);
	gate.high = (offset & 0xFFFF0000u) | DESCRIPTOR_PRESENT | dpl << DESCRIPTOR_DPL_SHIFT |
		    type << DESCRIPTOR_TYPE_SHIFT;
	return gate;
}

struct task_state {
	u32 back_link;
	u32 esp0, ss0, esp1, ss1, esp2, ss2;
	u32 cr3, eip, eflags;
	u32 eax, ecx, edx, ebx, esp, ebp, esi, edi;
	u32 es, cs, ss, ds, fs, gs, ldt;
	u16 trap, io_map;
};
_Static_assert(sizeof(struct task_state) == 104, "task_state");
_Static_assert(offsetof(struct task_state, cr3) == 28, "task_state.cr3");
_Static_assert(offsetof(struct task_state, io_map) == 102, "task_state.io_map");

#endif
#endif
