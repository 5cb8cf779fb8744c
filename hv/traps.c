/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A trap of a guest takes one of three ways. By a direct gate the CPU delivers it to the guest's
 * ring 1, and the hypervisor does not notice. Else it is a VM exit, and traps_handle() serves it (a
 * fill, an instruction that is emulated) or reflects it: inject() makes the guest take it. A trap
 * that the guest has no gate for kills it.
 *
 *	1. The guest's gates: which are direct
 *	2. The ring-1 stack and CR0.TS
 *	3. Reflecting a trap
 *	4. Serving a trap: page fault, general protection, no FPU, the rest
 */
#include "hv/traps.h"

#include "arch/x86/cpu.h"
#include "arch/x86/gdt_idt.h"
#include "arch/x86/switcher.h"
#include "hv/emulate.h"
#include "hv/fast_path_state.h"
#include "hv/guest.h"
#include "hv/inject.h"
#include "hv/segments.h"
#include "hv/shadow/shadow_calls.h"
#include "lib/index.h"
#include "lib/min_max.h"
#include "lib/panic.h"
#include "lib/string.h"

#define BIT(n) (1u << (n))

/* -- 1. Gates ---------------------------------------------------------------------------------- */

/*
 * Exceptions that may have a direct gate. The others must exit first (#DB, #NM, #GP, #PF) or belong
 * to the machine (NMI, #DF, 15, #MC). If the CPU's push of a direct exception's frame faults, the
 * hypervisor fills the page, and the guest's instruction runs and faults again. A debug trap would
 * be lost, since its eip is behind the instruction.
 */
#define DIRECT_VECTORS                                                                             \
	(BIT(VECTOR_DE) | BIT(VECTOR_BP) | BIT(VECTOR_OF) | BIT(VECTOR_BR) | BIT(VECTOR_UD) |      \
	 BIT(VECTOR_FPU_OVERRUN) | BIT(VECTOR_TS) | BIT(VECTOR_NP) | BIT(VECTOR_SS) |              \
	 BIT(VECTOR_MF) | BIT(VECTOR_AC) | BIT(VECTOR_XM))

/* Exceptions that `int n` must not fake: the machine's, and those that push an error code, which
 * `int n` would not. */
#define NO_SOFTWARE_VECTORS                                                                        \
	(VECTORS_WITH_ERROR_CODE | BIT(VECTOR_NMI) | BIT(VECTOR_NM) | BIT(VECTOR_SPURIOUS) |       \
	 BIT(VECTOR_MC) | BIT(HCALL_VECTOR))

/* LOAD_IDT_ENTRY of these does nothing. */
#define IGNORED_GATES (BIT(VECTOR_NMI) | BIT(VECTOR_DF) | BIT(VECTOR_SPURIOUS) | BIT(HCALL_VECTOR))

static bool in_set(u32 vector, u32 set)
{
	return vector < 32 && (set & BIT(vector));
}

/* The 8259s' interrupts have lower vectors. A trap with such a vector is the guest's `int n`, or an
 * interrupt of the local APIC, which run_interrupt() has told apart. */
static bool is_software_vector(u32 vector)
{
	return vector >= SOFTWARE_VECTOR_FIRST;
}
_Static_assert(VECTOR_IRQ_BASE + HARDWARE_VECTORS <= SOFTWARE_VECTOR_FIRST, "apart");

/*
 * True if the guest's gate may be direct. The handler must be in a code segment of ring 1: a gate
 * to ring 3 could make the CPU deliver #AC on the delivery of #AC without end, inside one
 * instruction, where no timer interrupt is taken.
 */
static bool is_direct(const struct guest *g, u32 vector)
{
	struct descriptor gate = g->traps.idt[vector];

	return (gate.high & DESCRIPTOR_PRESENT) && descriptor_type(gate) == GATE_TRAP &&
	       (in_set(vector, DIRECT_VECTORS) || is_software_vector(vector)) &&
	       vector < VECTOR_APIC_BASE && segments_is_kernel_code(g, gate_selector(gate));
}

/* The lowest privilege that may use the gate by `int n`: the guest's ring 0 is ring 1. */
static u32 software_dpl(const struct guest *g, u32 vector)
{
	struct descriptor gate = g->traps.idt[vector];
	bool allowed = vector < VECTOR_IRQ_BASE ? !in_set(vector, NO_SOFTWARE_VECTORS)
						: is_software_vector(vector);
	u32 dpl = descriptor_dpl(gate);

	if (!allowed || !(gate.high & DESCRIPTOR_PRESENT))
		return 0; /* `int n` in a guest is always #GP */
	return max_u32(dpl, GUEST_KERNEL_RPL);
}

static COLD void install_gate(struct guest *g, u32 vector)
{
	struct descriptor gate = g->traps.idt[vector];
	struct descriptor *installed = &g->cpu->state.idt[vector];
	u32 dpl = software_dpl(g, vector);
	bool direct = is_direct(g, vector);

	if (vector == HCALL_VECTOR || vector == VECTOR_DF)
		return;
	if (direct)
		*installed = make_gate(GATE_TRAP, gate_selector(gate), gate_offset(gate), dpl);
	else
		*installed = host_gate(vector, dpl);
	if (dpl || direct)
		g->traps.installed[vector / 32] |= BIT(vector % 32);
}

/* Calls `act` for each gate that is changed for the guest. Most words of the bitmap are 0. */
static void for_installed(struct guest *g, void (*act)(struct guest *g, u32 vector))
{
	for (u32 word = 0; word < ARRAY_SIZE(g->traps.installed); word++)
		for (u32 left = g->traps.installed[word]; left; left &= left - 1)
			act(g, word * 32 + __builtin_ctz(left));
}

static void remove_gate(struct guest *g, u32 vector)
{
	g->cpu->state.idt[vector] = host_gate(vector, 0);
}

static void update_reflects(struct fast_path_guest *fast)
{
	bool can = fast->stack_is_flat && fast->handler_cs && fast_path_has_stack(fast->stack_esp);

	fast->reflects = can ? ~0u : 0;
}

/* Decodes this gate for the fast path. */
static void set_page_fault_handler(struct fast_path_guest *fast, struct descriptor gate)
{
	u32 cs = (gate_selector(gate) & ~SELECTOR_RPL) | GUEST_KERNEL_RPL;

	fast->handler_cs = gate.high & DESCRIPTOR_PRESENT ? cs : 0;
	update_reflects(fast);
	fast->handler_eip = gate_offset(gate);
	fast->irq_kept = descriptor_type(gate) == GATE_INTERRUPT ? 0 : ~0u;
}

static bool is_good_gate(struct guest *g, u32 vector, struct descriptor gate)
{
	u32 type = descriptor_type(gate);

	if (!(gate.high & DESCRIPTOR_PRESENT) ||
	    (!(gate.high & DESCRIPTOR_SEGMENT) && (type == GATE_INTERRUPT || type == GATE_TRAP)))
		return true;
	guest_kill(g, "bad IDT type %u for vector %u", type, vector);
	return false;
}

COLD void traps_load_gate(struct guest *g, u32 vector, struct descriptor gate)
{
	if (vector >= VECTOR_COUNT) {
		guest_kill(g, "bad IDT vector %u", vector);
		return;
	}
	vector = index_within(vector, VECTOR_COUNT);
	if (in_set(vector, IGNORED_GATES))
		return;
	if (!is_good_gate(g, vector, gate))
		return;
	g->traps.idt[vector] = gate;
	install_gate(g, vector);
	if (vector == VECTOR_PF)
		set_page_fault_handler(g->space.fast, gate);
}

/* The stack's segment, or its descriptor, has changed. */
static void update_stack_is_flat(struct guest *g)
{
	g->space.fast->stack_is_flat = segments_is_flat(&g->segments, g->space.fast->stack_ss);
	update_reflects(g->space.fast);
}

void traps_segment_changed(struct guest *g, u32 index, bool code)
{
	if (g->space.fast->stack_ss / 8 == index)
		update_stack_is_flat(g);
	for (u32 vector = 0; code && vector < VECTOR_COUNT; vector++) {
		struct descriptor gate = g->traps.idt[vector];

		if ((gate.high & DESCRIPTOR_PRESENT) && gate_selector(gate) / 8 == index)
			install_gate(g, vector);
	}
}

/* -- 2. The ring-1 stack and CR0.TS ------------------------------------------------------------ */

HOT void traps_pin_stack(struct guest *g)
{
	if (!guest_has_ended(g))
		shadow_pin(&g->space, to_gva(g->space.fast->stack_esp), g->traps.stack_pages);
}

/* False: the guest has been killed. */
static ALWAYS_INLINE bool take_stack(struct guest *g, u32 ss, u32 esp, u32 pages)
{
	if ((ss & SELECTOR_RPL) != GUEST_KERNEL_RPL || ss > 0xFFFFu) {
		guest_kill(g, "bad stack segment %#x: its RPL must be 1", ss);
		return false;
	}
	if (pages > TRAPS_STACK_PAGES) {
		guest_kill(g, "bad stack: %u pages, at most %u", pages, TRAPS_STACK_PAGES);
		return false;
	}
	g->space.fast->stack_esp = esp;
	if (g->space.fast->stack_ss != ss) {
		g->space.fast->stack_ss = ss;
		update_stack_is_flat(g);
	}
	update_reflects(g->space.fast);
	g->traps.stack_pages = pages;
	g->traps.stack_shared = pages && traps_is_stack_shared(g, esp, pages);
	return true;
}

HOT void traps_set_stack(struct guest *g, const struct hypercall_slot *call)
{
	if (!take_stack(g, call->ebx, call->ecx, call->edx))
		return;
	traps_install_stack(g);
	shadow_pin(&g->space, to_gva(call->ecx), call->edx);
}

/* Every gate that the guest has is regarded as changed: traps_schedule decides anew. */
static void restore_gate(struct guest *g, u32 vector, struct descriptor gate)
{
	if (in_set(vector, IGNORED_GATES) ? gate.low | gate.high : !is_good_gate(g, vector, gate)) {
		guest_kill(g, "bad gate for vector %u", vector);
		return;
	}
	g->traps.idt[vector] = gate;
	if (gate.high & DESCRIPTOR_PRESENT)
		g->traps.installed[vector / 32] |= BIT(vector % 32);
}

COLD void traps_restore(struct guest *g, const struct snapshot_gates *gates,
			const struct snapshot_registers *registers)
{
	for (u32 i = 0; i < VECTOR_COUNT; i++)
		restore_gate(g, i, (struct descriptor){gates->word[i][0], gates->word[i][1]});
	set_page_fault_handler(g->space.fast, g->traps.idt[VECTOR_PF]);
	if (registers->stack_ss) /* else there was no SET_STACK */
		take_stack(g, registers->stack_ss, registers->stack_esp, registers->stack_pages);
	g->traps.ts = registers->ts;
	g->traps.dr6 = registers->dr6;
	traps_pin_stack(g);
}

/* The hypervisor leaves the FPU as it is (arch/x86/sse2.c restores it), so the CPU's TS can be the
 * guest's. */
static void install_ts(const struct guest *g)
{
	u32 cr0 = read_cr0() & ~CR0_TS;

	write_cr0(g->traps.ts ? cr0 | CR0_TS : cr0);
}

void traps_set_ts(struct guest *g, bool ts)
{
	if (g->traps.ts == ts)
		return;
	g->traps.ts = ts;
	install_ts(g);
}

void traps_schedule(struct guest *g)
{
	for_installed(g, install_gate);
	traps_install_stack(g);
	install_ts(g);
}

void traps_unschedule(struct guest *g)
{
	for_installed(g, remove_gate);
}

/* -- 3. Reflecting ----------------------------------------------------------------------------- */

static void reflect(struct guest *g, u32 vector, bool has_error, u32 error)
{
	u32 detail = vector == VECTOR_PF ? g->fault_address : error;

	g->counts.reflections++;
	if (inject(g, vector, has_error, error) == INJECT_NO_GATE)
		guest_kill(g, "unhandled trap %u at %#x (%#x)", vector, g->regs->eip, detail);
}

static void reflect_as_it_came(struct guest *g)
{
	u32 vector = g->regs->trap;

	reflect(g, vector, in_set(vector, VECTORS_WITH_ERROR_CODE), g->regs->error);
}

/*
 * `int n` through a gate that is direct at a lower vector (is_direct). The guest finds the same
 * frame as behind a direct gate: IF is set.
 */
static void reflect_as_direct(struct guest *g)
{
	u32 vector = g->regs->trap, enabled = interrupts_flag(g);
	struct descriptor gate = g->traps.idt[vector];
	bool direct = descriptor_type(gate) == GATE_TRAP && g->shared &&
		      segments_is_kernel_code(g, gate_selector(gate));

	if (direct)
		g->shared->irq_enabled = GUEST_IF;
	reflect(g, vector, false, 0);
	if (direct)
		g->shared->irq_enabled = enabled;
}

/* -- 4. Serving -------------------------------------------------------------------------------- */

/* P in the error code comes from the walk of the guest's tables; the other bits are the CPU's. */
HOT void traps_page_fault(struct guest *g)
{
	u32 error = g->regs->error & g->space.shadow.engine->fault_bits & ~FAULT_PRESENT;
	enum fill_outcome outcome;

	g->fault_address = read_cr2();
	outcome = shadow_fill(&g->space, to_gva(g->fault_address), error);
	if (outcome == FILL_DONE) {
		g->interrupts.restarted_at = g->regs->eip;
		return;
	}
	if (outcome == FILL_KILLED)
		return;
	if (outcome == FILL_PROTECTED)
		error |= FAULT_PRESENT;
	if (g->shared)
		g->shared->cr2 = g->fault_address;
	if (privilege_level(g->regs) == GUEST_USER_RPL)
		fast_path_map_tables(g, to_gva(g->fault_address));
	reflect(g, VECTOR_PF, true, error);
}

/* BS stays until the guest clears it (SDM vol. 3, 17.2.3). */
static void reflect_debug(struct guest *g, u32 dr6)
{
	g->traps.dr6 |= dr6 & DR6_STEP;
	reflect(g, VECTOR_DB, false, 0);
}

/* INT1 and `int $1` have the same vector: the CPU's DR6 tells a single step apart. */
static void debug(struct guest *g)
{
	u32 dr6 = read_dr6();

	write_dr6(DR6_RESET);
	reflect_debug(g, dr6);
}

static void general_protection(struct guest *g)
{
	bool from_kernel = privilege_level(g->regs) == GUEST_KERNEL_RPL;

	if (g->regs->error == 0 && (from_kernel || g->clock.tsc_khz) && emulate_instruction(g)) {
		g->counts.skipped++;
		g->regs->eflags &=
		    ~EFLAGS_RF; /* as behind any instruction (SDM vol. 3, 17.3.1.1) */
		if (g->regs->eflags & EFLAGS_TF)
			reflect_debug(g, DR6_STEP);
	} else if (!guest_has_ended(g)) {
		reflect_as_it_came(g);
	}
}

/* #NM without TS: the machine has no FPU. */
static void no_fpu(struct guest *g)
{
	if (g->traps.ts || !cpu_features.fpu)
		reflect_as_it_came(g);
}

static bool nullify_if(u32 *selector, bool condition)
{
	if (condition)
		*selector = 0;
	return condition;
}

static bool is_absent(const struct guest *g, u32 selector)
{
	const struct descriptor *d = segments_find(g, selector & 0xFFFFu);
	bool is_null = !(selector & 0xFFFFu & ~SELECTOR_RPL); /* always loads */

	return !is_null && (!d || !(d->high & DESCRIPTOR_PRESENT));
}

/*
 * If the guest has a direct gate for vector 11, a segment that is no longer present makes a double
 * fault: from ring 0 no gate leads to ring 1. The eip of a double fault is undefined (SDM vol. 3,
 * 6.15), so each data segment register that can be the cause is set to null.
 */
static bool nullify_absent(struct guest *g)
{
	struct trap_frame *regs = g->regs;
	bool any = nullify_if(&regs->gs, is_absent(g, regs->gs));

	any |= nullify_if(&regs->fs, is_absent(g, regs->fs));
	any |= nullify_if(&regs->es, is_absent(g, regs->es));
	any |= nullify_if(&regs->ds, is_absent(g, regs->ds));
	return any;
}

static bool nullify_at(struct trap_frame *regs, u32 eip)
{
	return nullify_if(&regs->gs, eip == (u32)(uintptr_t)switcher_load_gs) ||
	       nullify_if(&regs->fs, eip == (u32)(uintptr_t)switcher_load_fs) ||
	       nullify_if(&regs->es, eip == (u32)(uintptr_t)switcher_load_es) ||
	       nullify_if(&regs->ds, eip == (u32)(uintptr_t)switcher_load_ds);
}

static void cannot_go_on(struct guest *g, u32 vector)
{
	const struct trap_frame *regs = g->regs;

	guest_kill(g, "cannot go on at %#x:%#x with stack %#x:%#x: trap %u", regs->cs & 0xFFFFu,
		   regs->eip, regs->ss & 0xFFFFu, regs->esp, vector);
}

/* A segment register does not load, since the guest has changed its descriptor: it is set to
 * null. */
static void load_failed(struct guest *g, u32 vector)
{
	struct trap_frame *regs = g->regs;

	if (!(vector == VECTOR_DF ? nullify_absent(g) : nullify_at(regs, regs->error)))
		cannot_go_on(g, vector);
}

#define POPPED_WORDS 12 /* of the frame, up to eax */
#define NESTED_LOWER 12 /* bytes: the nested frame has no esp and ss, and one eip */

/*
 * IRET failed. The Switcher had popped everything below eip, and the nested trap pushed its frame
 * there:
 *
 *	guest's frame          gs fs es ds edi ... eax | trap error | eip cs eflags esp ss
 *	nested     gs fs es ds edi ... eax trap error eip cs eflags |
 *
 * So the guest's general and segment registers are in the nested frame; eip, cs, eflags, esp and ss
 * are intact. Returns the nested trap's error code.
 */
static u32 recover_frame(struct guest *g)
{
	const struct trap_frame *nested = (const void *)((const u8 *)g->regs - NESTED_LOWER);
	u32 error = nested->error;

	memmove(g->regs, nested, POPPED_WORDS * sizeof(u32));
	return error;
}
_Static_assert(offsetof(struct trap_frame, eip) + NESTED_LOWER == offsetof(struct trap_frame, esp),
	       "the nested frame ends where the guest's eip is");

/* Finds the fault of IRET that became a double fault because the guest's gate for it leads to ring
 * 1. Only an absent code segment (#NP) and an absent stack segment (#SS) can (SDM vol. 2, IRET). */
static bool find_absent(const struct guest *g, u32 *vector, u32 *error)
{
	u32 cs = g->regs->cs & 0xFFFFu, ss = g->regs->ss & 0xFFFFu;

	if (!is_absent(g, cs) && !is_absent(g, ss))
		return false;
	*vector = is_absent(g, cs) ? VECTOR_NP : VECTOR_SS;
	*error = (is_absent(g, cs) ? cs : ss) & ~SELECTOR_RPL;
	return true;
}

/* In ring 3, the code or the stack segment cannot be loaded any more. Without a hypervisor, the
 * process's next fetch or the kernel's IRET would fault, so the kernel gets the fault. In ring 1,
 * the guest is killed. */
static void iret_failed(struct guest *g, u32 vector)
{
	u32 error = recover_frame(g);

	if (privilege_level(g->regs) != GUEST_USER_RPL ||
	    (vector == VECTOR_DF && !find_absent(g, &vector, &error))) {
		cannot_go_on(g, vector);
		return;
	}
	g->regs->eflags |= EFLAGS_RF; /* as in any fault's frame */
	reflect(g, vector, in_set(vector, VECTORS_WITH_ERROR_CODE), error);
}

/* Each of the four data segments can fail once. More would be a fault of the hypervisor: the bound
 * ends the retries, which run with interrupts off. */
#define FAILED_ENTRIES_MAX 4u

static void entry_failed(struct guest *g)
{
	struct guest_traps *traps = &g->traps;
	u32 trap = g->regs->trap;

	traps->failed_entries =
	    traps->failed_at + 1 == g->counts.exits ? traps->failed_entries + 1 : 1;
	traps->failed_at = g->counts.exits;
	if (traps->failed_entries > FAILED_ENTRIES_MAX)
		cannot_go_on(g, trap % TRAP_ENTRY_FAILED);
	else if (trap >= TRAP_IRET_FAILED)
		iret_failed(g, trap - TRAP_IRET_FAILED);
	else
		load_failed(g, trap - TRAP_ENTRY_FAILED);
}

void traps_handle(struct guest *g)
{
	u32 vector = g->regs->trap;

	switch (vector) {
	case VECTOR_PF:
		traps_page_fault(g);
		break;
	case VECTOR_GP:
		general_protection(g);
		break;
	case VECTOR_DB:
		debug(g);
		break;
	case VECTOR_NM:
		no_fpu(g);
		break;
	case VECTOR_NMI: /* of the machine, such as a parity error: the guest is resumed */
		panic_stop_here(g->regs->eip);
		break;
	case VECTOR_DF:
		guest_kill(g, "double fault: its stack cannot take a trap's frame");
		break;
	default:
		if (vector >= TRAP_ENTRY_FAILED)
			entry_failed(g);
		else if (vector >= VECTOR_APIC_BASE)
			reflect_as_direct(g);
		else
			reflect_as_it_came(g);
	}
}
