/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest makes a hypercall by `int $0x1f` with its arguments in registers (a direct call), or puts
 * it into a slot of the ring in lguest_data. Each direct call first runs the ring, slot by slot,
 * and then itself:
 *
 *	hypercalls_handle
 *	  -> empty_ring -> run_ring -> run_ring_call -> handler of the table below
 *	  -> run_direct -> perform_direct ------------> handler
 *
 * SET_PTEs of the ring go to the engine together (run_set_ptes). hv/run.c has some cases served without
 * all this: single calls, and a SET_PTE behind a ring that is full of others (hypercalls_run_full_ring).
 *
 * A handler checks its arguments where it uses them; a bad one kills the guest. A handler that may
 * take long returns AGAIN when the stretch is spent (hv/base/stretch.h). Then the guest repeats the
 * same `int $0x1f`, a call of the ring stays in its slot, and interrupts can come in between.
 */
#include "hv/hypercalls.h"

#include "arch/x86/host_windows.h"
#include "arch/x86/memory_map.h"
#include "arch/x86/timer.h"
#include "hv/base/stretch.h"
#include "hv/base/machine.h"
#include "hv/base/wake.h"
#include "hv/clock.h"
#include "hv/fast_path_state.h"
#include "hv/guest.h"
#include "hv/segments.h"
#include "hv/shadow/shadow_calls.h"
#include "hv/test_hypercall.h"
#include "hv/traps.h"
#include "lib/index.h"
#include "lib/min_max.h"
#include "lib/string.h"

#define SHUTDOWN_REASON_SIZE 128 /* 127 bytes and a NUL */
#define INT_LENGTH 2             /* of the instruction int $0x1f */

typedef struct hypercall_slot call_t; /* eax, ebx, ecx, edx, esi */

static enum progress do_flush_async(struct guest *g, const call_t *call)
{
	(void)g; /* it only makes the ring run, and that has run by now */
	(void)call;
	return DONE;
}

shared_data_t *hypercalls_map_shared(struct guest *g, gpa_t at)
{
	gpa_t last = to_gpa(gpa_value(at) + sizeof(struct lguest_data) - 1);
	pfn_t first_frame, last_frame;
	u8 *window;

	if (!guest_range_is_memory(&g->space.memory, at, sizeof(struct lguest_data)) ||
	    !guest_memory_frame(&g->space.memory, gpa_frame(at), TO_WRITE, &first_frame) ||
	    !guest_memory_frame(&g->space.memory, gpa_frame(last), TO_WRITE, &last_frame))
		return NULL;
	shadow_never_protect(&g->space, gpa_frame(at));
	shadow_never_protect(&g->space, gpa_frame(last));
	window =
	    host_map_window(g->space.account.owner - OWNER_FIRST_GUEST, first_frame, last_frame);
	return (shared_data_t *)(window + gpa_offset(at));
}

/* Checks the fields that are read only here. False: the guest has been killed. */
static bool check_settings(struct guest *g, const shared_data_t *data)
{
	if (data->kernel_address >= SWITCHER_START)
		guest_kill(g, "bad kernel address %#x", data->kernel_address);
	else if (data->syscall_vec < SOFTWARE_VECTOR_FIRST || data->syscall_vec >= VECTOR_COUNT)
		guest_kill(g, "bad system call vector %#x", data->syscall_vec);
	return !guest_has_ended(g);
}

static void begin_sharing(struct guest *g, gpa_t at, shared_data_t *data)
{
	g->shared = data;
	g->shared_at = at;
	g->interrupts.noirq_start = data->noirq_start;
	g->interrupts.noirq_end = data->noirq_end;
	data->reserve_mem = GUEST_RESERVED_TOP;
	data->tsc_khz = timer_constant_tsc_khz();
	clock_write_time(g);
	fast_path_show_shared(g);
	fast_path_open(g);
}

static COLD enum progress do_init(struct guest *g, const call_t *call)
{
	shared_data_t *data;

	if (g->shared) {
		guest_kill(g, "LGUEST_INIT for the second time");
		return DONE;
	}
	data = hypercalls_map_shared(g, to_gpa(call->ebx));
	if (!data)
		guest_kill(g, "bad lguest_data address %#x", call->ebx);
	else if (check_settings(g, data)) {
		if (shadow_set_kernel_address(&g->space, to_gva(data->kernel_address)) == AGAIN)
			return AGAIN;
		begin_sharing(g, to_gpa(call->ebx), data);
	}
	return DONE;
}

/* Reads a string that ends at the end of RAM at the latest: above RAM are the rings of devices. */
static bool read_string(struct guest *g, u32 at, char *to, u32 size)
{
	u32 room = g->config->memory - at;

	if (at >= g->config->memory)
		return false;
	return guest_read_string(&g->space.memory, to_gpa(at), to, min_u32(room + 1, size));
}

/* The message of a Linux panic may end with a newline. */
static void cut_newline_at_end(char *text)
{
	size_t length = strlen(text);

	if (length && text[length - 1] == '\n')
		text[length - 1] = '\0';
}

static enum progress do_shutdown(struct guest *g, const call_t *call)
{
	char reason[SHUTDOWN_REASON_SIZE];

	if (call->ecx != SHUTDOWN_POWEROFF && call->ecx != SHUTDOWN_RESTART) {
		guest_kill(g, "bad SHUTDOWN: %u is neither 1, power off, nor 2, restart",
			   call->ecx);
		return DONE;
	}
	/* When Linux reboots, it has no reason: it passes the gpa of its null pointer. */
	if (!read_string(g, call->ebx, reason, sizeof(reason)))
		strlcpy(reason, "no reason given", sizeof(reason));
	cut_newline_at_end(reason);
	make_printable(reason); /* it becomes part of a message */
	guest_end(g, call->ecx == SHUTDOWN_RESTART ? GUEST_RESTARTING : GUEST_SHUT_DOWN, reason);
	return DONE;
}

/* A stack in shared page tables stays pinned when the new directory is a cached one. */
static HOT enum progress do_new_pgtable(struct guest *g, const call_t *call)
{
	bool first = g->space.shadow.linear;
	u32 misses = g->space.shadow.counts.misses;

	if (shadow_new_table(&g->space, to_gpa(call->ebx)) == AGAIN)
		return AGAIN;
	if (first)
		schedule_soon(); /* the engine may be another one: run_guest() shows it to the Switcher */
	if (first || !g->traps.stack_shared || g->space.shadow.counts.misses != misses)
		traps_pin_stack(g);
	return DONE;
}

static ALWAYS_INLINE enum progress flush_tlb(struct guest *g, bool all)
{
	if ((all ? shadow_flush_all(&g->space) : shadow_flush_user(&g->space)) == AGAIN)
		return AGAIN;
	traps_pin_stack(g);
	return DONE;
}

static enum progress do_flush_tlb(struct guest *g, const call_t *call)
{
	return flush_tlb(g, call->ebx);
}

static enum progress do_load_idt_entry(struct guest *g, const call_t *call)
{
	traps_load_gate(g, call->ebx, (struct descriptor){call->ecx, call->edx});
	return DONE;
}

static enum progress do_set_stack(struct guest *g, const call_t *call)
{
	traps_set_stack(g, call);
	return DONE;
}

static enum progress do_ts(struct guest *g, const call_t *call)
{
	traps_set_ts(g, call->ebx);
	return DONE;
}

static enum progress do_set_clockevent(struct guest *g, const call_t *call)
{
	clock_set_event(g, call->ebx);
	return DONE;
}

static enum progress do_halt(struct guest *g, const call_t *call)
{
	(void)call;
	g->halted = true;
	g->counts.halts++;
	schedule_soon();
	return DONE;
}

static HOT enum progress do_set_pte(struct guest *g, const call_t *call)
{
	(void)call; /* those of the ring run in batches: it is the direct one */
	shadow_set_pte(&g->space, g->regs);
	return DONE;
}

static enum progress do_set_pgd(struct guest *g, const call_t *call)
{
	return shadow_set_pgd(&g->space, to_gpa(call->ebx), call->ecx);
}

static enum progress do_set_pmd(struct guest *g, const call_t *call)
{
	shadow_set_pmd(&g->space, to_gpa(call->ebx), call->ecx);
	return DONE;
}

static HOT enum progress do_load_tls(struct guest *g, const call_t *call)
{
	segments_load_tls(g, to_gpa(call->ebx));
	return DONE;
}

/* Prints a string by the early console; false for an address above RAM. A guest runs only while its
 * console has room for the longest string. */
static bool print(struct guest *g, u32 at)
{
	char text[NOTIFY_PRINT_MAX + 1];

	if (!read_string(g, at, text, sizeof(text)))
		return false;
	guest_services->print(g, text, strlen(text));
	schedule_soon(); /* the console may be full now */
	return true;
}

static enum progress do_notify(struct guest *g, const call_t *call)
{
	bool taken = machine_lock_nested();
	bool known = print(g, call->ebx) || guest_services->notify_device(g, to_gpa(call->ebx));

	machine_unlock_nested(taken);
	if (!known)
		guest_kill(g, "bad NOTIFY address %#x", call->ebx);
	return DONE;
}

static enum progress do_load_gdt_entry(struct guest *g, const call_t *call)
{
	segments_load_entry(g, call->ebx, (struct descriptor){call->ecx, call->edx});
	g->segments.tls_loaded = false; /* it may have been one of these */
	return DONE;
}

/* The guest repeats its `int $0x1f`. */
static void come_again(struct guest *g)
{
	g->regs->eip -= INT_LENGTH;
	g->interrupts.restarted_at = g->regs->eip;
}

/* The clones are made in the guest's next turn (hv/domain/domain_clone.c), which also gives it their
 * number. */
static void clone(struct guest *g, u32 count)
{
	if (g->clones_wanted) { /* by a user, meanwhile: those come first */
		come_again(g);
	} else {
		g->clones_by_call = true;
		g->clones_wanted = count;
		g->regs->eax = g->regs->ebx = 0;
	}
	schedule_soon();
}

/* Interrupts are delivered before each VM entry. The question is for a direct call only: a call of the
 * ring has no result. */
static enum progress do_send_interrupts(struct guest *g, const call_t *call)
{
	if (call->ebx == UMBRA_QUESTION && g->regs->eax == HCALL_SEND_INTERRUPTS &&
	    g->regs->ebx == UMBRA_QUESTION)
		g->regs->eax = UMBRA_ANSWER;
	return DONE;
}

struct hypercall {
	const char *name;
	enum progress (*handler)(struct guest *g, const call_t *call);
	bool before_init; /* may come before LGUEST_INIT */
	bool ends_ring;   /* calls behind it wait: first the guest or a device runs */
	bool is_long;     /* some thousand instructions: the ring checks the stretch after each */
};

static const struct hypercall hypercalls[] HOT_CONSTANT = {
    [HCALL_FLUSH_ASYNC] = {.name = "FLUSH_ASYNC", .handler = do_flush_async},
    [HCALL_LGUEST_INIT] = {.name = "LGUEST_INIT", .handler = do_init, .before_init = true},
    [HCALL_SHUTDOWN] = {.name = "SHUTDOWN", .handler = do_shutdown},
    [HCALL_NEW_PGTABLE] = {.name = "NEW_PGTABLE", .handler = do_new_pgtable, .is_long = true},
    [HCALL_FLUSH_TLB] = {.name = "FLUSH_TLB", .handler = do_flush_tlb, .is_long = true},
    [HCALL_LOAD_IDT_ENTRY] = {.name = "LOAD_IDT_ENTRY",
			      .handler = do_load_idt_entry,
			      .is_long = true},
    [HCALL_SET_STACK] = {.name = "SET_STACK", .handler = do_set_stack, .is_long = true},
    [HCALL_TS] = {.name = "TS", .handler = do_ts},
    [HCALL_SET_CLOCKEVENT] = {.name = "SET_CLOCKEVENT", .handler = do_set_clockevent},
    [HCALL_HALT] = {.name = "HALT", .handler = do_halt, .ends_ring = true},
    [HCALL_SET_PMD] = {.name = "SET_PMD", .handler = do_set_pmd, .is_long = true},
    [HCALL_SET_PTE] = {.name = "SET_PTE", .handler = do_set_pte},
    [HCALL_SET_PGD] = {.name = "SET_PGD", .handler = do_set_pgd, .is_long = true},
    [HCALL_LOAD_TLS] = {.name = "LOAD_TLS", .handler = do_load_tls, .is_long = true},
    [HCALL_NOTIFY] = {.name = "NOTIFY", .handler = do_notify, .ends_ring = true},
    [HCALL_LOAD_GDT_ENTRY] = {.name = "LOAD_GDT_ENTRY",
			      .handler = do_load_gdt_entry,
			      .is_long = true},
    [HCALL_SEND_INTERRUPTS] = {.name = "SEND_INTERRUPTS", .handler = do_send_interrupts},
};

static ALWAYS_INLINE const struct hypercall *find(u32 number)
{
	const struct hypercall *row;

	if (number >= ARRAY_SIZE(hypercalls))
		return NULL;
	row = &hypercalls[index_within(number, ARRAY_SIZE(hypercalls))];
	return row->handler ? row : NULL;
}

const char *hypercall_name(u32 number)
{
	const struct hypercall *row = find(number);

	if (number == HCALL_CLONE)
		return "CLONE";
	return row ? row->name : NULL;
}

/* CLONE has results in registers, so it is no call for the ring. */
static void refuse(struct guest *g, const call_t *call, const struct hypercall *row, bool direct)
{
	if (row)
		guest_kill(g, "hypercall %s before LGUEST_INIT", row->name);
	else if (call->eax == HCALL_CLONE && !g->shared)
		guest_kill(g, "hypercall CLONE before LGUEST_INIT");
	else if (call->eax == HCALL_CLONE && !direct)
		guest_kill(g, "hypercall CLONE in the ring");
	else if (call->eax == HCALL_CLONE)
		clone(g, call->ebx);
	else if (!test_hypercall(call))
		guest_kill(g, "bad hypercall %u", call->eax);
}

/* The outcome of a call from the ring. */
enum ring_step {
	STEP_NEXT,  /* done; the next one follows at once */
	STEP_PAUSE, /* done; the guest has to exit again for the next one */
	STEP_AGAIN, /* not done; the guest has to exit again for this one */
	STEP_END,   /* the guest has ended */
};

/* The row of the call, or NULL: the guest may not make it, and has been killed. (Or it has no row:
 * CLONE, a test's call.) */
static ALWAYS_INLINE const struct hypercall *find_allowed(struct guest *g, const call_t *call,
							  bool after_init, bool direct)
{
	const struct hypercall *row = find(call->eax);

	g->last_call = call->eax;
	if (row && (after_init || row->before_init))
		return row;
	refuse(g, call, row, direct);
	return NULL;
}

/* The step after a call that has run. */
static ALWAYS_INLINE enum ring_step step_after(const struct guest *g, bool ends_ring)
{
	if (guest_has_ended(g))
		return STEP_END;
	return ends_ring ? STEP_PAUSE : STEP_NEXT;
}

/* *is_long: the stretch must be checked after this call. */
static ALWAYS_INLINE enum ring_step run_ring_call(struct guest *g, const call_t *call,
						  bool *is_long)
{
	const struct hypercall *row = find_allowed(g, call, true, false);

	g->counts.ring_hypercalls++;
	if (!row)
		return STEP_END;
	if (row->handler(g, call) == AGAIN)
		return STEP_AGAIN;
	*is_long = row->is_long;
	return step_after(g, row->ends_ring);
}

typedef u32 four_statuses_t ALIGNED(1);
_Static_assert(HCALL_SLOT_TODO == 0, "a word of these is 0");

/* The number of slots in a row that hold a call, from `slot` on and before `end`; 0 if that one has none. Linux and the
 * kit mark a call with 0. */
static ALWAYS_INLINE u32 count_calls(const volatile shared_data_t *shared, u32 slot, u32 end)
{
	const four_statuses_t *four;
	u32 next = slot;

	for (; next + 16 <= end; next += 16) {
		four = (const four_statuses_t *)&shared->hcall_status[next];
		if (four[0] | four[1] | four[2] | four[3])
			break;
	}
	while (next + 4 <= end && !*(const four_statuses_t *)&shared->hcall_status[next])
		next += 4;
	while (next < end && shared->hcall_status[next] != HCALL_SLOT_DONE)
		next++;
	return next - slot;
}

/* The same from the first slot on: `most` at most. */
static NOINLINE u32 count_rest(const volatile shared_data_t *shared, u32 most)
{
	return count_calls(shared, 0, most);
}

/* True if each slot holds a call. */
static ALWAYS_INLINE bool is_full(const shared_data_t *shared)
{
	const four_statuses_t *four = (const four_statuses_t *)shared->hcall_status;
	u32 any = 0;

#pragma GCC unroll 16
	for (u32 i = 0; i < HCALL_RING_SIZE / 4; i++)
		any |= four[i];
	return !any;
}

/* Marks this many slots from `slot` on, also behind the ring's last one. */
static NOINLINE void mark_done(shared_data_t *shared, u32 slot, u32 count)
{
	const u32 before_end = min_u32(count, HCALL_RING_SIZE - slot);

	memset(&shared->hcall_status[slot], HCALL_SLOT_DONE, before_end);
	memset(shared->hcall_status, HCALL_SLOT_DONE, count - before_end);
}

/* Runs the calls from `slot` on that are SET_PTE and follow one another, also behind the ring's last slot. The first one
 * is, whatever its status may be by now, and at most `most` are taken. Returns the number of those that have run. *last is
 * shadow_set_ptes()'s. */
static NOINLINE HOT u32 run_set_ptes(struct guest *g, u32 slot, u32 most, struct last_set_pte *last)
{
	shared_data_t *shared = g->shared;
	u32 end = min_u32(slot + most, HCALL_RING_SIZE), rest = 0, count, done;

	count = max_u32(count_calls(shared, slot, end), 1);
	if (slot + count == HCALL_RING_SIZE && count < most)
		rest = count_rest(shared, most - count);
	g->last_call = HCALL_SET_PTE;
	done = shadow_set_ptes(&g->space, &shared->hcalls[slot], count, rest, last);
	g->counts.ring_hypercalls += done;
	mark_done(shared, slot, done); /* SET_PTE is never AGAIN */
	return done;
}

static ALWAYS_INLINE void read_arguments(call_t *call, const ring_call_t *slot)
{
	call->ebx = slot->ebx;
	call->ecx = slot->ecx;
	call->edx = slot->edx;
	call->esi = slot->esi;
}

/* Runs the calls in the ring, from the next slot on, which must hold a call, and each slot once at
 * most. A call that returned AGAIN stays in its slot. *last is set to the last call that ran.
 * STEP_NEXT: the ring is empty. The stretch is not checked after the last call if the exit ends
 * with it. */
static ALWAYS_INLINE enum ring_step run_ring(struct guest *g, struct last_set_pte *last,
					     bool exit_ends)
{
	call_t *call = &last->call;
	shared_data_t *shared = g->shared;
	u32 slot = g->space.fast->ring_next, left = HCALL_RING_SIZE;
	bool more;
	enum ring_step step;

	do {
		bool is_long = false;

		call->eax = shared->hcalls[slot].eax;
		if (call->eax == HCALL_SET_PTE) {
			u32 following = run_set_ptes(g, slot, left, exit_ends ? last : NULL) - 1;

			left -= following;
			slot = (slot + following) % HCALL_RING_SIZE;
			is_long = following;
			step = step_after(g, false);
		} else {
			read_arguments(call, &shared->hcalls[slot]);
			step = run_ring_call(g, call, &is_long);
			if (step == STEP_AGAIN)
				break;
		}
		shared->hcall_status[slot] = HCALL_SLOT_DONE;
		slot = (slot + 1) % HCALL_RING_SIZE;
		more = --left && shared->hcall_status[slot] != HCALL_SLOT_DONE;
		if (step == STEP_NEXT && (more || !exit_ends) &&
		    (is_long || left % CALLS_PER_CHECK == 0) &&
		    (g->space.memory.spent || stretch_is_spent()))
			step = STEP_PAUSE;
	} while (step == STEP_NEXT && more);
	g->space.fast->ring_next = slot;
	return step;
}

static ALWAYS_INLINE void perform_direct(struct guest *g, struct trap_frame *regs)
{
	call_t call = {regs->eax, regs->ebx, regs->ecx, regs->edx, regs->esi};
	const struct hypercall *row = find_allowed(g, &call, g->shared, true);

	if (row && row->handler(g, &call) == AGAIN)
		come_again(g);
}

/* False if calls are left: the guest has to exit again for them. */
static ALWAYS_INLINE bool empty_ring(struct guest *g)
{
	bool direct_does_nothing = g->regs->eax == HCALL_FLUSH_ASYNC;
	struct last_set_pte last;
	enum ring_step step = run_ring(g, &last, direct_does_nothing);

	if (step == STEP_NEXT && direct_does_nothing && last.call.eax == HCALL_SET_PTE)
		fast_path_remember(g, &last);
	return step == STEP_NEXT || step == STEP_END;
}

static ALWAYS_INLINE void run_direct(struct guest *g)
{
	struct trap_frame *regs = g->regs;

	g->counts.hypercalls++;
	if (regs->eax != HCALL_FLUSH_ASYNC)
		perform_direct(g, regs);
	else
		g->last_call = HCALL_FLUSH_ASYNC; /* the ring has run: it is done */
}

HOT void hypercalls_run_ring_and_direct(struct guest *g)
{
	if (!empty_ring(g))
		come_again(g);
	else if (!guest_has_ended(g))
		hypercalls_run_direct(g);
}

/* A ring of other calls is left to hypercalls_run_ring_and_direct(), and so is the rest of one that has others behind its
 * first calls. No look at the clock is needed before the direct call: the batch has looked. */
HOT bool hypercalls_run_full_ring(struct guest *g)
{
	shared_data_t *shared = g->shared;
	const u32 slot = g->space.fast->ring_next;
	u32 done;

	if (!is_full(shared) || shared->hcalls[slot].eax != HCALL_SET_PTE)
		return false;
	g->last_call = HCALL_SET_PTE;
	done =
	    shadow_set_ptes(&g->space, &shared->hcalls[slot], HCALL_RING_SIZE - slot, slot, NULL);
	g->counts.ring_hypercalls += done;
	if (done != HCALL_RING_SIZE) {
		mark_done(shared, slot, done);
		g->space.fast->ring_next = (slot + done) % HCALL_RING_SIZE;
		return guest_has_ended(g);
	}
	memset(shared->hcall_status, HCALL_SLOT_DONE, HCALL_RING_SIZE);
	if (!guest_has_ended(g)) {
		g->counts.hypercalls++;
		shadow_set_pte(&g->space, g->regs);
	}
	return true;
}

HOT void hypercalls_set_pgd(struct guest *g)
{
	const struct trap_frame *regs = g->regs;

	g->counts.hypercalls++;
	g->last_call = HCALL_SET_PGD;
	if (shadow_set_pgd(&g->space, to_gpa(regs->ebx), regs->ecx) == AGAIN)
		come_again(g);
}

HOT void hypercalls_set_pmd(struct guest *g)
{
	const struct trap_frame *regs = g->regs;

	g->counts.hypercalls++;
	g->last_call = HCALL_SET_PMD;
	shadow_set_pmd(&g->space, to_gpa(regs->ebx), regs->ecx);
}

HOT void hypercalls_flush_tlb(struct guest *g)
{
	g->counts.hypercalls++;
	g->last_call = HCALL_FLUSH_TLB;
	if (flush_tlb(g, g->regs->ebx) == AGAIN)
		come_again(g);
}

HOT void hypercalls_run_direct(struct guest *g)
{
	run_direct(g);
}

void hypercalls_run_before_init(struct guest *g)
{
	g->counts.hypercalls++;
	perform_direct(g, g->regs);
}
