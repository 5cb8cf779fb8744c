// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The state of the clone is put into one buffer when it has been made: registers, clock and devices then belong
 * to the same moment. Its pages follow, one after the other, in the clone's turns.
 */
#include "hv/domain/snapshot_save.h"

#include "arch/x86/cpu.h"
#include "arch/x86/timer.h"
#include "hv/base/log.h"
#include "hv/base/stretch.h"
#include "hv/clock.h"
#include "hv/domain/domain_clone.h"
#include "hv/domain/snapshot_file.h"
#include "hv/domain/snapshot_port.h"
#include "hv/shadow/shadow.h"
#include "lib/min_max.h"
#include "lib/string.h"

#define PIECE 256u /* bytes between two checks of the stretch */

/* One guest is saved at a time. */
static struct {
	const struct snapshot_port *port; /* NULL: none is */
	union {
		struct snapshot_state state;
		struct {
			struct snapshot_section section;
			struct snapshot_page page;
		} PACKED page;
		struct {
			struct snapshot_section section;
			struct snapshot_end end;
		} PACKED end;
		struct snapshot_section section; /* of the disk, whose contents follow */
		u8 disk[FRAME_SIZE];
	} buffer;
	u32 done, size;      /* bytes of the buffer */
	bool ends;           /* the buffer has the end */
	const char *problem; /* why nothing can be sent any more; NULL: it can */
	u32 gfn;             /* the next one */
	bool has_disk;       /* the head of its section has been sent, */
	u32 disk;            /* and so many bytes of the contents */
	u32 sent;            /* bytes */
	struct snapshot_sums sums;
} save;

/* -- 1. The state ------------------------------------------------------------------------------ */

/* Whole sectors. */
u32 snapshot_disk_size(const struct guest_config *config)
{
	return config->no_devices ? 0 : config->disk.size / BLOCK_SECTOR * BLOCK_SECTOR;
}

static void put_header(const struct guest *g, struct snapshot_header *h)
{
	h->memory = g->config->memory;
	h->frames = g->space.memory.frames;
	h->paging = g->config->paging;
	h->disk = snapshot_disk_size(g->config);
	h->flags = (g->config->no_devices ? SNAPSHOT_NO_DEVICES : 0) |
		   (h->disk && g->config->disk_read_only ? SNAPSHOT_DISK_READ_ONLY : 0);
	memcpy(h->features, cpu_features.words, sizeof(h->features));
	strlcpy(h->command_line, g->config->command_line, sizeof(h->command_line));
}

static void put_registers(const struct guest *g, struct snapshot_registers *r)
{
	const struct trap_frame *regs = &g->saved_regs;
	const struct fast_path_guest *fast = &g->saved_fast;

	*r = (struct snapshot_registers){.gs = regs->gs & 0xFFFFu,
					 .fs = regs->fs & 0xFFFFu,
					 .es = regs->es & 0xFFFFu,
					 .ds = regs->ds & 0xFFFFu,
					 .edi = regs->edi,
					 .esi = regs->esi,
					 .ebp = regs->ebp,
					 .ebx = regs->ebx,
					 .edx = regs->edx,
					 .ecx = regs->ecx,
					 .eax = regs->eax,
					 .eip = regs->eip,
					 .cs = regs->cs & 0xFFFFu,
					 .eflags = regs->eflags,
					 .esp = regs->esp,
					 .ss = regs->ss & 0xFFFFu,
					 .halted = g->halted,
					 .ts = g->traps.ts,
					 .dr6 = g->traps.dr6,
					 .stack_ss = fast->stack_ss,
					 .stack_esp = fast->stack_esp,
					 .stack_pages = g->traps.stack_pages};
}

static void put_fpu(const struct guest *g, struct snapshot_fpu *fpu)
{
	fpu->format = !cpu_features.fpu   ? SNAPSHOT_NO_FPU
		      : cpu_features.fxsr ? SNAPSHOT_FXSAVE
					  : SNAPSHOT_FNSAVE;
	memcpy(fpu->image, g->fpu.bytes, sizeof(fpu->image));
}

/* A descriptor and a gate are their two words. */
static void put_tables(const struct guest *g, struct snapshot_state *state)
{
	memcpy(state->descriptors.word, g->segments.gdt, sizeof(state->descriptors.word));
	memcpy(state->gates.word, g->traps.idt, sizeof(state->gates.word));
}
_Static_assert(sizeof(((struct guest_segments *)0)->gdt) == sizeof(struct snapshot_descriptors) &&
		   sizeof(((struct guest_traps *)0)->idt) == sizeof(struct snapshot_gates),
	       "put_tables");

static void put_interrupts(const struct guest *g, struct snapshot_interrupts *to)
{
	const struct guest_interrupts *i = &g->interrupts;

	*to = (struct snapshot_interrupts){i->pending, i->flagged, i->noirq_start, i->noirq_end,
					   i->restarted_at};
}

/* A distance is at most what SET_CLOCKEVENT takes. */
static void put_clock(const struct guest *g, struct snapshot_clock *clock)
{
	u64 now = timer_now(), event = g->clock.event;

	clock->event = SNAPSHOT_NO_EVENT;
	if (event != TIMER_NEVER)
		clock->event = (u32)min_u64(event - min_u64(event, now), SNAPSHOT_NO_EVENT - 1);
	clock->tsc_khz = g->clock.tsc_khz ? g->clock.tsc_khz : timer_constant_tsc_khz();
	clock->wall = clock_wall(g);
	if (cpu_features.tsc)
		clock->tsc = g->clock.tsc_khz ? clock_tsc(g) : read_tsc();
}

static void put_paging(const struct guest *g, struct snapshot_paging *p)
{
	const struct shadow *s = &g->space.shadow;

	if (!s->linear) {
		p->format = s->engine->pae_guest ? SNAPSHOT_PAE : SNAPSHOT_2LEVEL;
		p->top = gpa_value(s->current->top);
	}
	p->initialised = g->shared != NULL;
	p->shared_at = gpa_value(g->shared_at);
	p->kernel_address = g->shared ? g->saved_fast.kernel_address : 0;
	p->ring_next = g->saved_fast.ring_next;
}

void snapshot_put_state(const struct domain *clone, struct snapshot_state *state)
{
	const struct guest *g = &clone->guest;

	snapshot_begin(state);
	put_header(g, &state->header);
	strlcpy(state->header.name, clone->saved->name, sizeof(state->header.name));
	put_registers(g, &state->registers);
	put_fpu(g, &state->fpu);
	put_tables(g, state);
	put_interrupts(g, &state->interrupts);
	put_clock(g, &state->clock);
	put_paging(g, &state->paging);
	devices_save(g, &state->devices);
	state->console.count = console_last_output(&clone->console, state->console.bytes,
						   sizeof(state->console.bytes));
}

/* -- 2. The pages ------------------------------------------------------------------------------ */

bool snapshot_page_is_zero(const u32 *page)
{
	for (u32 i = 0; i < FRAME_SIZE / sizeof(u32); i++)
		if (page[i])
			return false;
	return true;
}

/* Puts the page into the buffer, if it is to be saved. */
static void put_page(const struct guest_memory *memory, u32 gfn)
{
	const u32 *words = guest_memory_words(memory, to_gfn(gfn)), *page;

	if (!words)
		return;
	page = frame_map(to_pfn(*words));
	if (snapshot_page_is_zero(page))
		return;
	save.buffer.page.section =
	    (struct snapshot_section){SNAPSHOT_PAGE, sizeof(struct snapshot_page)};
	save.buffer.page.page.gfn = gfn;
	memcpy(save.buffer.page.page.bytes, page, FRAME_SIZE);
	save.size = sizeof(save.buffer.page);
}

static void put_end(void)
{
	save.buffer.end.section =
	    (struct snapshot_section){SNAPSHOT_END, sizeof(struct snapshot_end)};
	snapshot_add(&save.sums, &save.buffer.end.section, sizeof(struct snapshot_section));
	save.buffer.end.end = (struct snapshot_end){save.sums.sum, save.sums.sums};
	save.size = sizeof(save.buffer.end);
	save.ends = true;
}

const void *snapshot_disk_page(const struct guest *g, u32 offset)
{
	const u32 *words = guest_memory_words(&g->disk, gpa_frame(to_gpa(offset)));

	if (words || !g->config->disk.data)
		return frame_map(words ? to_pfn(*words) : frame_of_zeroes());
	return g->config->disk.data + offset;
}

/* The head of the section first, then a page each time. */
static void put_disk(const struct guest *g)
{
	u32 size = snapshot_disk_size(g->config), piece = min_u32(size - save.disk, FRAME_SIZE);

	if (size && !save.has_disk) {
		save.has_disk = true;
		save.buffer.section = (struct snapshot_section){SNAPSHOT_DISK, size};
		save.size = sizeof(save.buffer.section);
	} else if (piece) {
		memcpy(save.buffer.disk, snapshot_disk_page(g, save.disk), piece);
		save.disk += piece;
		save.size = piece;
	}
}

/* Fills the buffer again, or finds on the way that the stretch is spent. */
static void fill_buffer(const struct guest *g)
{
	const struct guest_memory *memory = &g->space.memory;

	save.done = save.size = 0;
	while (!save.size && save.gfn < memory->frames && !stretch_is_spent())
		put_page(memory, save.gfn++);
	if (!save.size && save.gfn == memory->frames)
		put_disk(g);
	if (save.size)
		snapshot_add(&save.sums, &save.buffer, save.size);
	else if (save.gfn == memory->frames)
		put_end();
}

static enum progress send(void)
{
	while (save.done < save.size) {
		u32 most = min_u32(save.size - save.done, PIECE);
		u32 taken =
		    save.port->send((const u8 *)&save.buffer + save.done, most, &save.problem);

		if (taken == SNAPSHOT_PORT_FAILED)
			return DONE;
		save.done += taken;
		save.sent += taken;
		if (taken < most || stretch_is_spent())
			return AGAIN;
	}
	return DONE;
}

/* -- 3. The steps ------------------------------------------------------------------------------ */

static void close_port(void)
{
	save.port->close();
	save.port = NULL;
}

static void begin(struct domain *clone)
{
	struct guest *g = &clone->guest;

	save.done = save.gfn = save.sent = save.disk = 0;
	save.has_disk = false;
	save.sums = (struct snapshot_sums){0, 0};
	save.ends = false;
	save.problem = NULL;
	snapshot_put_state(clone, &save.buffer.state);
	save.size = sizeof(save.buffer.state);
	snapshot_add(&save.sums, &save.buffer, save.size);
	g->devices->count = 0; /* they are the parent's */
	say("guest %s: being saved", clone->saved->name);
}

static void failed(struct domain *parent, const char *problem)
{
	close_port();
	say("guest %s: not saved: %s", parent->name, problem);
}

static void finish(struct domain *saved)
{
	if (save.problem) {
		failed(saved, save.problem);
		return;
	}
	close_port();
	say("guest %s: saved: %u KB", saved->name, save.sent / KIB);
}

static enum progress do_some(struct domain *clone)
{
	if (!save.problem && send() == AGAIN)
		return AGAIN;
	if (!save.problem && !save.ends) {
		fill_buffer(&clone->guest);
		return AGAIN;
	}
	if (!save.problem && !save.port->finish(&save.problem))
		return AGAIN;
	finish(clone->saved);
	return DONE;
}

static const struct clone_work work = {begin, do_some, failed};

const char *snapshot_save(struct domain *domain, const char *port)
{
	const struct snapshot_port *found = snapshot_port_find(port);
	const char *problem;

	if (!found)
		return "a port is debugcon or com2";
	if (save.port)
		return "a guest is being saved: one at a time";
	problem = found->open();
	if (problem)
		return problem;
	if (!domain_clone_for(domain, &work)) {
		found->close();
		return "it does not run, or is being cloned";
	}
	save.port = found;
	return NULL;
}
