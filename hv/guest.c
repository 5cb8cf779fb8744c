/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes and destroys guests, and installs them on a CPU. */
#include "hv/guest.h"

#include "arch/x86/cpu.h"
#include "arch/x86/timer.h"
#include "hv/base/stretch.h"
#include "hv/base/wake.h"
#include "hv/fast_path_state.h"
#include "hv/guest_frames.h"
#include "hv/segments.h"
#include "hv/shadow/shadow_calls.h"
#include "hv/traps.h"
#include "lib/format.h"
#include "lib/min_max.h"
#include "lib/panic.h"
#include "lib/string.h"

/* The default of shadow memory is this fraction of the guest's memory: a thirty-second. */
#define SHADOW_SHARE 32
#define SHADOW_DEFAULT_MIN 128u /* frames: 16 small address spaces, also in PAE */

const struct guest_services *guest_services;

u32 guest_least_shadow(const struct guest_config *config)
{
	return config->shadow ? guest_shadow_budget(config) : SHADOW_DEFAULT_MIN;
}

u32 guest_shadow_budget(const struct guest_config *config)
{
	u32 share = frames_for(config->memory) / SHADOW_SHARE;

	if (config->shadow)
		return max_u32(frames_for(config->shadow), SHADOW_BUDGET_MIN);
	return max_u32(share, SHADOW_DEFAULT_MIN);
}

/* A frame of its memory has been copied (mm/guest_memory.h). */
static void replaced(struct guest_memory *memory, gfn_t gfn, pfn_t old)
{
	struct guest_space *space =
	    (struct guest_space *)((u8 *)memory - offsetof(struct guest_space, memory));

	shadow_replaced(space, gfn, old);
	fast_path_replaced(guest_of(space), gfn_value(gfn));
}

/* The guest has few frames left that are set aside for it: it leaves the CPU. */
static void is_spent(struct guest_memory *memory)
{
	(void)memory;
	schedule_soon();
}

bool guest_open_account(struct guest *g, owner_t owner, u32 all, char *problem, size_t size)
{
	if (frames_open(&g->space.account, owner, all))
		return true;
	snprintf(problem, size, "needs %u KB, and %u KB are free", all * 4,
		 frames_uncommitted() * 4);
	return false;
}

void guest_open_space(struct guest *g, u32 frames, u32 budget)
{
	if (!guest_memory_open(&g->space.memory, &g->space.account, frames) ||
	    !shadow_open(&g->space, budget))
		panic("guest %s: the frames set aside do not suffice", g->config->name);
	g->space.memory.replaced = replaced;
	g->space.memory.is_spent = is_spent;
}

/* Sets aside all frames that the guest may ever need, so that a later allocation cannot fail. */
static bool open_account(struct guest *g, owner_t owner, char *problem, size_t size)
{
	u32 frames = frames_for(g->config->memory) + guest_services->device_frames(g->config);
	u32 memory = guest_memory_cost(frames) + guest_services->device_own_frames(g->config);
	u32 budget = guest_shadow_budget(g->config), all = memory + shadow_cost(budget);

	if (!frames_open(&g->space.account, owner, all)) {
		snprintf(
		    problem, size,
		    "needs %u KB, %u KB of them for page tables and devices, and %u KB are free",
		    all * 4, all * 4 - g->config->memory / KIB, frames_uncommitted() * 4);
		return false;
	}
	guest_open_space(g, frames, budget);
	return true;
}

static bool check_image(struct guest *g, char *problem, size_t size)
{
	struct load_request request = {
	    .image = g->config->image,
	    .initrd = g->config->initrd,
	    .command_line = g->config->command_line,
	    .ram = g->config->memory,
	};

	return loader_check(&g->loading, &g->space.memory, &request, problem, size);
}

static void set_entry_registers(struct guest *g, u32 entry)
{
	g->saved_regs = (struct trap_frame){
	    .ds = GUEST_DS,
	    .es = GUEST_DS,
	    .ss = GUEST_DS,
	    .cs = GUEST_CS,
	    .eip = entry,
	    .esi = BOOT_PARAMETERS,
	    .eflags = EFLAGS_ALWAYS | EFLAGS_IF,
	    .trap = TRAP_NONE,
	};
}

void guest_init(struct guest *g, const struct guest_config *config, u64 limit)
{
	memset(g, 0, sizeof(*g));
	g->config = config;
	g->space.name = config->name;
	g->space.paging = config->paging;
	g->space.state = GUEST_BEING_MADE;
	g->regs = &g->saved_regs;
	fast_path_init(g);
	g->clock.event = TIMER_NEVER;
	g->clock.limit = limit;
	g->started = timer_now();
	segments_init(&g->segments);
	fpu_state_init(&g->fpu);
}

bool guest_create(struct guest *g, const struct guest_config *config, owner_t owner, u64 limit,
		  char *problem, size_t size)
{
	guest_init(g, config, limit);
	if (!open_account(g, owner, problem, size))
		return false;
	if (config->from_snapshot || check_image(g, problem, size))
		return true;
	while (guest_destroy(g) == AGAIN) /* few frames are allocated yet */
		;
	return false;
}

enum progress guest_make(struct guest *g)
{
	if (loader_place(&g->loading) == AGAIN)
		return AGAIN;
	guest_services->open_devices(g);
	set_entry_registers(g, g->loading.entry);
	g->space.state = GUEST_ALIVE;
	return DONE;
}

enum progress guest_destroy(struct guest *g)
{
	if (g->devices)
		guest_services->close_devices(g);
	if (g->space.shadow.frames) {
		UNCOUNTED shadow_audit(&g->space);
		shadow_close(&g->space);
		return AGAIN;
	}
	if (g->disk.frames) {
		guest_memory_close_some(&g->disk);
		return AGAIN;
	}
	do {
		if (guest_memory_close_some(&g->space.memory)) {
			frames_close(&g->space.account);
			frames_close(&g->funds);
			return DONE;
		}
	} while (!stretch_is_spent());
	return AGAIN;
}

void guest_schedule(struct guest *g, struct cpu_pages *cpu)
{
	g->cpu = cpu;
	shadow_use_this_cpu(&g->space);
	g->regs = &cpu->registers.guest;
	*g->regs = g->saved_regs;
	if (g->clock.tsc_khz)
		cpu_forbid_tsc(true);
	fpu_restore(&g->fpu); /* needs CR0.TS clear; */
	fast_path_schedule(g);
	segments_schedule(g);
	traps_schedule(g); /* this sets it to the guest's */
}

void guest_unschedule(struct guest *g)
{
	fpu_save(&g->fpu);
	if (g->clock.tsc_khz)
		cpu_forbid_tsc(false);
	traps_unschedule(g);
	fast_path_unschedule(g);
	g->saved_regs = *g->regs;
	g->regs = &g->saved_regs;
	/* The guest could write to this page: the next guest must not read its data. */
	memset(&g->cpu->registers, 0, offsetof(struct registers_page, guest));
	g->cpu = NULL;
}

void guest_end(struct guest *g, enum guest_state state, const char *reason)
{
	if (guest_has_ended(g))
		return;
	g->space.state = state;
	strlcpy(g->reason, reason, sizeof(g->reason));
	schedule_soon(); /* if it runs on this CPU, it is not resumed */
}

static void kill(struct guest *g, const char *text, va_list arguments)
{
	char reason[GUEST_REASON_SIZE];

	vsnprintf(reason, sizeof(reason), text, arguments);
	guest_end(g, GUEST_KILLED, reason);
}

void guest_kill(struct guest *g, const char *text, ...)
{
	va_list arguments;

	va_start(arguments, text);
	kill(g, text, arguments);
	va_end(arguments);
}

void guest_space_kill(struct guest_space *space, const char *text, ...)
{
	va_list arguments;

	va_start(arguments, text);
	kill(guest_of(space), text, arguments);
	va_end(arguments);
}
