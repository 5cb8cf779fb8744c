// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Makes a guest from a snapshot: first its pages, in parts; then, when the file has been found complete, the
 * rest at once. The file is hostile input. Where a guest could load a value itself, by a hypercall,
 * the value goes through the same check as the hypercall's; a bad one ends the guest, and its reason says what is
 * wrong.
 */
#include "hv/domain/snapshot_restore.h"

#include "arch/x86/cpu.h"
#include "arch/x86/timer.h"
#include "hv/base/stretch.h"
#include "hv/clock.h"
#include "hv/guest_clone.h"
#include "hv/hypercalls.h"
#include "hv/segments.h"
#include "hv/shadow/shadow_calls.h"
#include "hv/traps.h"
#include "lib/min_max.h"
#include "lib/string.h"

/* Those that a program in ring 1 or 3 can change, and RF: it can have been saved there. */
#define EFLAGS_FREE 0x00254DD5u

bool snapshot_configure(struct guest_config *config, char *problem, size_t size)
{
	const struct snapshot_state *state = snapshot_open(config->image, problem, size);
	const struct snapshot_header *header = &state->header;

	if (!state)
		return false;
	config->name = header->name;
	config->memory = header->memory;
	config->paging = header->paging;
	config->no_devices = header->flags & SNAPSHOT_NO_DEVICES;
	config->disk = snapshot_disk(config->image);
	config->disk_read_only = header->flags & SNAPSHOT_DISK_READ_ONLY;
	config->command_line = header->command_line;
	config->from_snapshot = true;
	return true;
}

/* A selector of the guest's part of the GDT. */
static bool is_good_selector(u32 selector)
{
	return !(selector & SELECTOR_TI) && selector / 8 < GUEST_GDT_ENTRIES;
}

/* Ring 1 or 3, in code and stack; IRET and the Switcher check the descriptors themselves. */
static bool are_good_registers(const struct snapshot_registers *r)
{
	u32 ring = r->cs & SELECTOR_RPL;

	return (ring == GUEST_KERNEL_RPL || ring == GUEST_USER_RPL) &&
	       (r->ss & SELECTOR_RPL) == ring && is_good_selector(r->cs) &&
	       is_good_selector(r->ss) && is_good_selector(r->ds) && is_good_selector(r->es) &&
	       is_good_selector(r->fs) && is_good_selector(r->gs) &&
	       (r->eflags & ~EFLAGS_FREE) == (EFLAGS_ALWAYS | EFLAGS_IF) && r->halted <= 1 &&
	       r->ts <= 1;
}

static void set_registers(struct guest *g, const struct snapshot_registers *r)
{
	if (!are_good_registers(r))
		guest_kill(g, "bad registers");
	else
		*g->regs = (struct trap_frame){.gs = r->gs,
					       .fs = r->fs,
					       .es = r->es,
					       .ds = r->ds,
					       .edi = r->edi,
					       .esi = r->esi,
					       .ebp = r->ebp,
					       .ebx = r->ebx,
					       .edx = r->edx,
					       .ecx = r->ecx,
					       .eax = r->eax,
					       .trap = TRAP_NONE,
					       .eip = r->eip,
					       .cs = r->cs,
					       .eflags = r->eflags,
					       .esp = r->esp,
					       .ss = r->ss};
	g->halted = r->halted;
}

static void set_fpu(struct guest *g, const struct snapshot_fpu *fpu)
{
	u32 own = !cpu_features.fpu   ? SNAPSHOT_NO_FPU
		  : cpu_features.fxsr ? SNAPSHOT_FXSAVE
				      : SNAPSHOT_FNSAVE;

	if (fpu->format != own)
		guest_kill(g, "its FPU state has format %u, and this CPU's is %u", fpu->format,
			   own);
	else if (!fpu_state_load(&g->fpu, fpu->image))
		guest_kill(g, "its MXCSR has bits that this CPU lacks");
}

/* The page tables: as by LGUEST_INIT and NEW_PGTABLE. (So few shadow tables are dropped that it is never
 * AGAIN.) */
static void set_paging(struct guest *g, const struct snapshot_paging *p)
{
	if (p->format > SNAPSHOT_PAE || p->ring_next >= HCALL_RING_SIZE || p->initialised > 1 ||
	    (!p->initialised && (p->format || p->ring_next)) ||
	    p->kernel_address >= SWITCHER_START) {
		guest_kill(g, "bad state of page tables");
		return;
	}
	if (!p->initialised)
		return;
	g->shared = hypercalls_map_shared(g, to_gpa(p->shared_at));
	if (!g->shared) {
		guest_kill(g, "bad lguest_data address %#x", p->shared_at);
		return;
	}
	g->shared_at = to_gpa(p->shared_at);
	g->space.fast->ring_next = p->ring_next;
	while (shadow_set_kernel_address(&g->space, to_gva(p->kernel_address)) == AGAIN)
		;
	g->space.paging = p->format ? p->format : g->space.paging;
	while (p->format && !guest_has_ended(g) &&
	       shadow_first_table(&g->space, to_gpa(p->top)) == AGAIN)
		;
}
_Static_assert(GUEST_PAGING_2LEVEL == SNAPSHOT_2LEVEL && GUEST_PAGING_PAE == SNAPSHOT_PAE,
	       "the same numbers");

/* Before LGUEST_INIT there are no interrupts, and nothing can wake the guest. */
static void set_interrupts(struct guest *g, const struct snapshot_interrupts *i)
{
	if (i->flagged > 1 || (!g->shared && (i->pending || i->flagged || g->halted))) {
		guest_kill(g, "bad state of interrupts");
		return;
	}
	g->interrupts = (struct guest_interrupts){.pending = i->pending,
						  .flagged = i->flagged,
						  .noirq_start = i->noirq_start,
						  .noirq_end = i->noirq_end,
						  .restarted_at = i->restarted_at};
}

/* The TSC has counted meanwhile, as the wall clock has: Linux compares the two, and gives up a TSC that does
 * not keep pace. */
static void set_clock(struct guest *g, const struct snapshot_clock *clock)
{
	u64 now = timer_now();

	if (clock->event != SNAPSHOT_NO_EVENT && !g->shared)
		guest_kill(g, "bad state of the clock");
	else if (clock->event != SNAPSHOT_NO_EVENT)
		g->clock.event = now + clock->event;
	g->clock.tsc_khz = cpu_features.tsc ? clock->tsc_khz : 0;
	g->clock.tsc = clock->tsc;
	clock_set_wall_least(g, clock->wall);
	g->clock.tsc_since = now - (clock_wall(g) - clock->wall); /* it may wrap */
}

void snapshot_restore_state(struct domain *domain, const struct snapshot_state *state)
{
	struct guest *g = &domain->guest;

	g->space.state = GUEST_ALIVE; /* from here on, guest_kill ends it */
	segments_restore(g, &state->descriptors);
	set_registers(g, &state->registers);
	set_fpu(g, &state->fpu);
	set_paging(g, &state->paging);
	set_interrupts(g, &state->interrupts);
	set_clock(g, &state->clock);
	if (guest_has_ended(g))
		return;
	traps_restore(g, &state->gates, &state->registers);
	devices_restore(g, &state->devices);
	console_set_history(&domain->console, state->console.bytes,
			    min_u32(state->console.count, SNAPSHOT_CONSOLE_MAX));
}

/* The devices write their descriptors first: the pages then bring the driver's part of them. */
bool snapshot_restore_begin(struct domain *domain)
{
	struct guest *g = &domain->guest;
	const struct snapshot_state *state = (const void *)g->config->image.data;
	char problem[128];

	g->space.state = GUEST_ALIVE;
	if (state->header.frames != g->space.memory.frames) {
		guest_kill(g, "it has %u frames, and with the devices of this Umbra %u",
			   state->header.frames, g->space.memory.frames);
		return false;
	}
	/* The file stays as it is: another guest may begin with it. */
	if (!guest_freeze_disk(g, problem, sizeof(problem))) {
		guest_kill(g, "%s", problem);
		return false;
	}
	guest_services->open_devices(g);
	g->space.state = GUEST_BEING_MADE;
	return true;
}

static enum progress load_pages(struct domain *domain, char *problem, size_t size)
{
	struct guest *g = &domain->guest;
	const struct snapshot_page *page;

	do {
		switch (snapshot_next(&domain->snapshot, &page, problem, size)) {
		case SNAPSHOT_HAS_PAGE:
			guest_load_page(&g->space.memory, to_gfn(page->gfn), page->bytes);
			break;
		case SNAPSHOT_GOES_ON:
			break;
		case SNAPSHOT_AT_END:
			snapshot_restore_state(domain, (const void *)g->config->image.data);
			return DONE;
		default:
			g->space.state = GUEST_ALIVE;
			guest_kill(g, "%s", problem);
			return DONE;
		}
	} while (!stretch_is_spent());
	return AGAIN;
}

enum progress snapshot_restore_some(struct domain *domain)
{
	char problem[128];

	if (!domain->snapshot.at) {
		if (!snapshot_restore_begin(domain))
			return DONE;
		snapshot_rewind(&domain->snapshot, domain->guest.config->image);
	}
	return load_pages(domain, problem, sizeof(problem));
}
