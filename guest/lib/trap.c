// SPDX-License-Identifier: GPL-2.0-or-later
/* The IDT, and the dispatch of traps. */
#include "guest/include/trap.h"
#include "guest/include/console.h"
#include "guest/include/cpu.h"
#include "guest/include/hypercall.h"
#include "guest/include/probe.h"
#include "guest/include/user.h"
#include "lib/panic.h"

#define EXCEPTIONS 32u
#define LAST_EXCEPTION VECTOR_XM
#define GATE_DPL_SHIFT 13
#define GATE_TYPE_SHIFT 8
#define RING3 3u

extern char trap_stubs[];

trap_handler *trap_handlers[VECTOR_COUNT];

/* Which vectors have an interrupt gate: their irq_enabled before the trap is in eflags. */
static bool interrupt_gate[VECTOR_COUNT];

u32 trap_stub(u32 vector)
{
	return (u32)trap_stubs + vector * TRAP_STUB_SIZE;
}

/* Intel SDM 3, 6.11. Through the ring: at the start there are 50 of them. */
static void queue_gate(u32 vector, u32 type, u32 dpl, u32 eip)
{
	u32 low = (u32)GUEST_CS << 16 | (eip & 0xFFFF);
	u32 high =
	    (eip & 0xFFFF0000) | GATE_PRESENT | dpl << GATE_DPL_SHIFT | type << GATE_TYPE_SHIFT;

	if (vector < VECTOR_COUNT) /* a test may pass a vector that the hypervisor refuses */
		interrupt_gate[vector] = type == GATE_INTERRUPT;
	hypercall_async(HCALL_LOAD_IDT_ENTRY, vector, low, high, 0);
}

void gate_set(u32 vector, u32 type, u32 dpl, u32 eip)
{
	queue_gate(vector, type, dpl, eip);
	hcall_flush_async();
}

void gate_clear(u32 vector)
{
	hcall_load_idt_entry(vector, 0, 0);
}

void trap_gate(u32 vector, u32 type, u32 dpl)
{
	gate_set(vector, type, dpl, trap_stub(vector));
}

void traps_init(void)
{
	u32 vector;

	for (vector = 0; vector <= LAST_EXCEPTION; vector++)
		queue_gate(vector, GATE_TRAP, 0, trap_stub(vector));
	for (vector = 0; vector < GUEST_IRQ_COUNT; vector++)
		queue_gate(GUEST_IRQ_VECTOR_BASE + vector, GATE_INTERRUPT, 0,
			   trap_stub(GUEST_IRQ_VECTOR_BASE + vector));
	trap_gate(VECTOR_PF, GATE_INTERRUPT, 0);
	trap_gate(VECTOR_BP, GATE_TRAP, RING3);
	trap_gate(VECTOR_OF, GATE_TRAP, RING3);
	trap_gate(lguest_data.syscall_vec, GATE_TRAP, RING3);
}

void trap_print(const struct trap_frame *frame)
{
	printf("trap %u, error %x, at %x:%08x, eflags %x, cr2 %08x\n", frame->vector, frame->error,
	       frame->cs, frame->eip, frame->eflags, lguest_data.cr2);
	printf("eax %08x ebx %08x ecx %08x edx %08x esi %08x edi %08x ebp %08x\n", frame->eax,
	       frame->ebx, frame->ecx, frame->edx, frame->esi, frame->edi, frame->ebp);
}

static void unexpected(const struct trap_frame *frame)
{
	trap_print(frame);
	if (frame->vector == VECTOR_PF)
		panic("page fault at %08x, address %08x, error %x", frame->eip, lguest_data.cr2,
		      frame->error);
	panic("unexpected trap %u at %08x, error %x", frame->vector, frame->eip, frame->error);
}

void trap_dispatch(struct trap_frame *frame)
{
	trap_handler *handler = trap_handlers[frame->vector];

	/* An interrupt gate clears irq_enabled before the stub can read it. */
	if (interrupt_gate[frame->vector])
		frame->irq_enabled = frame->eflags & EFLAGS_IF;
	if (trap_from_user(frame))
		user_trap(frame);
	if (frame->vector < EXCEPTIONS && probe_catch(frame))
		return;
	if (!handler)
		unexpected(frame);
	handler(frame);
}
