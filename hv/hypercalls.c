/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Each handler checks its arguments where they are used; a bad one kills the guest. One that may take long
 * returns AGAIN when its time is up: the guest then comes with the same call again (hv/base/stretch.h).
 */
#include "hv/hypercalls.h"

#include "arch/x86/apic.h"
#include "arch/x86/host_paging.h"
#include "arch/x86/memory_map.h"
#include "arch/x86/timer.h"
#include "hv/base/wake.h"
#include "hv/fast_path_state.h"
#include "hv/guest.h"
#include "lib/index.h"
#include "lib/panic.h"
#include "lib/string.h"

#define SHUTDOWN_REASON_SIZE 128 /* 127 bytes and a NUL */
#define INT_LENGTH 2             /* of the instruction int $0x1f */

typedef struct hypercall_slot call_t; /* eax, ebx, ecx, edx, esi */

static enum progress do_flush_async(struct guest *g, const call_t *call)
{
	(void)g; /* the ring has run by now: that is all it is for */
	(void)call;
	return DONE;
}

/* Its two frames, side by side in the guest's window: then any alignment is as good as another. */
static shared_data_t *map_shared(struct guest *g, gpa_t at)
{
	gpa_t last = to_gpa(gpa_value(at) + sizeof(struct lguest_data) - 1);
	pfn_t first_frame, last_frame;
	u8 *window;

	if (!guest_range_is_memory(&g->space.memory, at, sizeof(struct lguest_data)) ||
	    !guest_memory_frame(&g->space.memory, gpa_frame(at), &first_frame) ||
	    !guest_memory_frame(&g->space.memory, gpa_frame(last), &last_frame))
		return NULL;
	window =
	    host_map_window(g->space.account.owner - OWNER_FIRST_GUEST, first_frame, last_frame);
	return (shared_data_t *)(window + gpa_offset(at));
}

/* True if the fields that are read only once are good. */
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
	fast_path_tables_changed(g);
}

static enum progress do_init(struct guest *g, const call_t *call)
{
	shared_data_t *data;

	if (g->shared) {
		guest_kill(g, "LGUEST_INIT for the second time");
		return DONE;
	}
	data = map_shared(g, to_gpa(call->ebx));
	if (!data)
		guest_kill(g, "bad lguest_data address %#x", call->ebx);
	else if (check_settings(g, data)) {
		if (shadow_set_kernel_address(&g->space, to_gva(data->kernel_address)) == AGAIN)
			return AGAIN;
		begin_sharing(g, to_gpa(call->ebx), data);
	}
	return DONE;
}

/* A string ends where RAM does: above it are the rings of devices. */
static bool read_string(struct guest *g, u32 at, char *to, u32 size)
{
	u32 room = g->config->memory - at;

	if (at >= g->config->memory)
		return false;
	return guest_read_string(&g->space.memory, to_gpa(at), to, room < size ? room + 1 : size);
}

/* A panic's message may have one. */
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
	/* A Linux that reboots has no reason, and passes the gpa of its null pointer. */
	if (!read_string(g, call->ebx, reason, sizeof(reason)))
		strlcpy(reason, "no reason given", sizeof(reason));
	cut_newline_at_end(reason);
	make_printable(reason); /* it will stand in a line of ours */
	guest_end(g, call->ecx == SHUTDOWN_RESTART ? GUEST_RESTARTING : GUEST_SHUT_DOWN, reason);
	return DONE;
}

/* Between two spaces that have their shadow, a stack among the shared tables stays pinned. */
static HOT enum progress do_new_pgtable(struct guest *g, const call_t *call)
{
	bool first = g->space.shadow.linear;
	u32 misses = g->space.shadow.counts.misses;

	if (shadow_new_table(&g->space, to_gpa(call->ebx)) == AGAIN)
		return AGAIN;
	if (first || !g->traps.stack_shared || g->space.shadow.counts.misses != misses)
		traps_pin_stack(g);
	if (first)
		fast_path_tables_changed(g);
	else
		fast_path_top_changed(g);
	return DONE;
}

static enum progress do_flush_tlb(struct guest *g, const call_t *call)
{
	if ((call->ebx ? shadow_flush_all(&g->space) : shadow_flush_user(&g->space)) == AGAIN)
		return AGAIN;
	traps_pin_stack(g);
	return DONE;
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

/* A two-level guest leaves whatever it likes in the high half. */
static ALWAYS_INLINE void set_pte(struct guest *g, u32 top, u32 at, u32 low, u32 high)
{
	shadow_set_pte(&g->space, to_gpa(top), to_gva(at), (u64)high << 32 | low);
}

static HOT enum progress do_set_pte(struct guest *g, const call_t *call)
{
	set_pte(g, call->ebx, call->ecx, call->edx, call->esi);
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

/* The early console; false for an address above RAM. A guest does not run unless there is room for
 * the longest string. */
static bool print(struct guest *g, u32 at)
{
	char text[NOTIFY_PRINT_MAX + 1];

	if (!read_string(g, at, text, sizeof(text)))
		return false;
	guest_services->print(g, text, strlen(text));
	schedule_soon(); /* there may be no more room now */
	return true;
}

static enum progress do_notify(struct guest *g, const call_t *call)
{
	if (!print(g, call->ebx) && !guest_services->notify_device(g, to_gpa(call->ebx)))
		guest_kill(g, "bad NOTIFY address %#x", call->ebx);
	return DONE;
}

static enum progress do_load_gdt_entry(struct guest *g, const call_t *call)
{
	segments_load_entry(g, call->ebx, (struct descriptor){call->ecx, call->edx});
	fast_path_stack_changed(g);
	g->segments.tls_loaded = false; /* it may have been one of these */
	return DONE;
}

static enum progress do_send_interrupts(struct guest *g, const call_t *call)
{
	(void)g; /* they are tried before every entry */
	(void)call;
	return DONE;
}

#ifdef CONFIG_TEST_HYPERCALL
#define HCALL_TEST 0x554D4252u
#define TEST_PANIC 0 /* in ebx */
#define TEST_NULL_POINTER 1
#define TEST_STACK_OVERFLOW 2
#define TEST_WRITE_TEXT 3
#define TEST_EXECUTE_DATA 4
#define TEST_EXECUTE_ALIAS 5 /* text, where the one-to-one map has it */
#define TEST_INTERRUPT 6     /* vector in ecx, edx: apic_test_interrupt() */
#define OPCODE_RET 0xC3

/* Deeper than any stack; volatile, so that the compiler makes no loop of it. */
static u32 recurse(volatile u32 *depth)
{
	volatile u32 deeper = *depth + 1;

	return deeper < UINT32_MAX ? recurse(&deeper) + deeper : 0;
}

static void execute(u32 address)
{
	((void (*)(void))(uintptr_t)address)();
}

static void do_nothing(void) {}

static void execute_where_none_may(bool alias)
{
	static u8 data = OPCODE_RET;
	u32 address = (u32)(uintptr_t)(alias ? (void *)do_nothing : (void *)&data);

	execute(alias ? address - TOP_START + TOP_LOAD : address);
}

/* Breaks the hypervisor on purpose, so that tests see what a panic looks like. */
static bool test_hypercall(const call_t *call)
{
	volatile u32 depth = 0;

	if (call->eax != HCALL_TEST)
		return false;
	if (call->ebx == TEST_INTERRUPT) {
		apic_test_interrupt(call->ecx, call->edx);
		return true;
	}
	if (call->ebx == TEST_NULL_POINTER)
		/* cppcheck-suppress nullPointer; NOLINTNEXTLINE(*-core.NullDereference): the test */
		*(volatile u32 *)NULL = 0;
	if (call->ebx == TEST_STACK_OVERFLOW)
		recurse(&depth);
	if (call->ebx == TEST_WRITE_TEXT)
		*(volatile u8 *)(uintptr_t)hypercalls_handle = 0;
	if (call->ebx == TEST_EXECUTE_DATA || call->ebx == TEST_EXECUTE_ALIAS)
		execute_where_none_may(call->ebx == TEST_EXECUTE_ALIAS);
	panic("a guest asked for it, as a test");
}
#else
static bool test_hypercall(const call_t *call)
{
	(void)call;
	return false;
}
#endif

struct hypercall {
	const char *name;
	enum progress (*handler)(struct guest *g, const call_t *call);
	bool before_init; /* may come before LGUEST_INIT */
	bool
	    ends_ring; /* what stands behind it in the ring has to wait: for an entry, for devices */
	bool is_long;  /* some thousand instructions: the ring looks at the clock after each */
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

	return row ? row->name : NULL;
}

static void refuse(struct guest *g, const call_t *call, const struct hypercall *row)
{
	if (row)
		guest_kill(g, "hypercall %s before LGUEST_INIT", row->name);
	else if (!test_hypercall(call))
		guest_kill(g, "bad hypercall %u", call->eax);
}

/* How a call from the ring ended. */
enum ring_step {
	STEP_NEXT,  /* the next one can follow at once */
	STEP_PAUSE, /* the guest has to come again for what is behind it */
	STEP_AGAIN, /* and for this one too */
	STEP_END,   /* of the guest */
};

/* The call's row if there is such a call, and the guest may make it. */
static ALWAYS_INLINE const struct hypercall *find_allowed(struct guest *g, const call_t *call,
							  bool after_init)
{
	const struct hypercall *row = find(call->eax);

	g->last_call = call->eax;
	if (row && (after_init || row->before_init))
		return row;
	refuse(g, call, row);
	return NULL;
}

/* Looking at the clock costs: most calls are short, and it is enough now and then. */
#define CALLS_WITHOUT_LOOK 8u

static ALWAYS_INLINE enum ring_step run_ring_call(struct guest *g, const call_t *call, u32 left)
{
	const struct hypercall *row = find_allowed(g, call, true);

	g->counts.ring_hypercalls++;
	if (!row)
		return STEP_END;
	if (row->handler(g, call) == AGAIN)
		return STEP_AGAIN;
	if (guest_has_ended(g))
		return STEP_END;
	if (row->ends_ring)
		return STEP_PAUSE;
	if ((row->is_long || left % CALLS_WITHOUT_LOOK == 0) && stretch_is_spent())
		return STEP_PAUSE;
	return STEP_NEXT;
}

/* Takes the next call out of the ring; false if none waits. */
static ALWAYS_INLINE bool next_ring_call(struct guest *g, shared_data_t *shared, call_t *call)
{
	u32 slot = g->ring_next;

	if (shared->hcall_status[slot] == HCALL_SLOT_DONE)
		return false;
	*call = shared->hcalls[slot];
	shared->hcall_status[slot] = HCALL_SLOT_DONE;
	g->ring_next = (slot + 1) % HCALL_RING_SIZE;
	return true;
}

/* The call taken last is repeated from the ring. */
static void put_back(struct guest *g)
{
	g->ring_next = (g->ring_next + HCALL_RING_SIZE - 1) % HCALL_RING_SIZE;
	g->shared->hcall_status[g->ring_next] = HCALL_SLOT_TODO;
}

/* *call is the one that ran last. STEP_NEXT: there is no other. */
static HOT enum ring_step run_ring(struct guest *g, call_t *call)
{
	shared_data_t *shared = g->shared;

	for (u32 left = HCALL_RING_SIZE; left && next_ring_call(g, shared, call); left--) {
		enum ring_step step = run_ring_call(g, call, left);

		if (step == STEP_AGAIN)
			put_back(g);
		if (step != STEP_NEXT)
			return step;
	}
	return STEP_NEXT;
}

/* To the guest, its `int $0x1f` has not happened yet. */
static void come_again(struct guest *g)
{
	g->regs->eip -= INT_LENGTH;
	g->interrupts.restarted_at = g->regs->eip;
}

static ALWAYS_INLINE void perform_direct(struct guest *g, struct trap_frame *regs)
{
	call_t call = {regs->eax, regs->ebx, regs->ecx, regs->edx, regs->esi};
	const struct hypercall *row = find_allowed(g, &call, g->shared);

	if (row && row->handler(g, &call) == AGAIN)
		come_again(g);
}

/* False if the guest has to come again, with what was left. */
static ALWAYS_INLINE bool empty_ring(struct guest *g)
{
	bool nothing_follows = g->regs->eax == HCALL_FLUSH_ASYNC;
	call_t last;
	enum ring_step step = run_ring(g, &last);

	fast_path_ring_moved(g);
	/* NOLINTNEXTLINE(*-core.UndefinedBinaryOperatorResult): the caller has seen a call that waits. */
	if (step == STEP_NEXT && nothing_follows && last.eax == HCALL_SET_PTE)
		fast_path_announced(g, &last);
	return step == STEP_NEXT || step == STEP_END;
}

HOT void hypercalls_handle(struct guest *g)
{
	struct trap_frame *regs = g->regs;
	shared_data_t *shared = g->shared;

	if (shared && shared->hcall_status[g->ring_next] != HCALL_SLOT_DONE) {
		if (!empty_ring(g)) {
			come_again(g);
			return;
		}
		if (guest_has_ended(g))
			return;
	}
	g->counts.hypercalls++;
	if (!shared || (regs->eax != HCALL_FLUSH_ASYNC && regs->eax != HCALL_SET_PTE)) {
		perform_direct(g, regs);
		return;
	}
	/* The two most frequent. The ring has run: that is all FLUSH_ASYNC is for. */
	g->last_call = regs->eax;
	if (regs->eax == HCALL_SET_PTE)
		set_pte(g, regs->ebx, regs->ecx, regs->edx, regs->esi);
}
