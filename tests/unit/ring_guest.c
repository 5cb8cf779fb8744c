/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest of the tests of the ring, and a record of the calls: tests/unit/ring_guest.h. */
#include "tests/unit/ring_guest.h"
#include "tests/unit/parts.h"

#include <stdio.h>
#include <string.h>

#include "arch/x86/host_windows.h"
#include "arch/x86/timer.h"
#include "hv/base/log.h"
#include "hv/clock.h"
#include "hv/hypercalls.h"
#include "hv/sched/schedule.h"
#include "hv/segments.h"
#include "hv/traps.h"
#include "lib/min_max.h"

struct guest guest;
static const struct guest_config config = {.name = "test", .memory = RAM_FRAMES * FRAME_SIZE};
struct trap_frame regs;
static struct cpu_pages cpu_pages;
u32 record[RECORD_MAX], recorded;

/* -- Functions that handlers call: the clock event's argument is the record ------------------- */

void clock_set_event(struct guest *g, u32 delta)
{
	(void)g;
	assert_true(recorded < RECORD_MAX);
	record[recorded++] = delta;
}

struct wake wake;

void fast_path_open(struct guest *g)
{
	(void)g;
}

void fast_path_show_shared(struct guest *g)
{
	(void)g;
}

static void print(struct guest *g, const char *text, u32 size)
{
	(void)g;
	(void)size;
	assert_true(recorded < RECORD_MAX);
	record[recorded++] = text[0];
}

static bool notify_device(struct guest *g, gpa_t at)
{
	(void)g;
	assert_true(recorded < RECORD_MAX);
	record[recorded++] = gpa_value(at);
	return gpa_value(at) == RING_OF_A_DEVICE;
}

static const struct guest_services services = {.print = print, .notify_device = notify_device};
const struct guest_services *guest_services = &services;

void guest_end(struct guest *g, enum guest_state state, const char *reason)
{
	if (guest_has_ended(g))
		return;
	g->space.state = state;
	snprintf(g->reason, sizeof(g->reason), "%s", reason);
}

void guest_kill(struct guest *g, const char *text, ...)
{
	char reason[GUEST_REASON_SIZE];
	va_list arguments;

	va_start(arguments, text);
	vsnprintf(reason, sizeof(reason), text, arguments);
	va_end(arguments);
	guest_end(g, GUEST_KILLED, reason);
}

/* Two adjacent frames; the tests make sure of that. */
void *host_map_window(u32 window, pfn_t first, pfn_t second)
{
	assert_int_equal(window, 0);
	assert_in_range(pfn_value(second) - pfn_value(first), 0, 1);
	return frame_map(first);
}

void clock_write_time(struct guest *g)
{
	g->shared->time_seconds = 1;
}

u32 timer_constant_tsc_khz(void)
{
	return 12345;
}

void segments_load_entry(struct guest *g, u32 index, struct descriptor d)
{
	(void)g, (void)index, (void)d;
}

void segments_load_tls(struct guest *g, gpa_t descriptors)
{
	(void)g, (void)descriptors;
}

enum progress shadow_first_table(struct guest_space *g, gpa_t top)
{
	(void)g, (void)top;
	return DONE;
}

u32 stretches;

static enum progress in_stretches(void)
{
	if (!stretches)
		return DONE;
	stretches--;
	return AGAIN;
}

static enum progress set_kernel_address(struct guest_space *g, gva_t address)
{
	g->fast->kernel_address = gva_value(address);
	return in_stretches();
}

static enum progress flush_user(struct guest_space *g)
{
	(void)g;
	assert_true(recorded < RECORD_MAX);
	record[recorded++] = FLUSHED;
	return in_stretches();
}

static enum progress set_pgd(struct guest_space *g, gpa_t top, u32 index)
{
	(void)g;
	assert_true(recorded + 1 < RECORD_MAX);
	record[recorded++] = gpa_value(top);
	record[recorded++] = index;
	return in_stretches();
}

/* Records the batch and, of each call, the address. */
u32 set_ptes_at_once;
bool set_ptes_kill;

static u32 set_ptes(struct guest_space *g, const ring_call_t *calls, u32 count, u32 rest,
		    struct last_set_pte *last)
{
	const u32 most = min_u32(count + rest, set_ptes_at_once);
	const ring_call_t *call = calls;
	u32 done = 0;

	record[recorded] = SET_PTES;
	do {
		record[recorded + ++done] = call->ebx;
		if (last)
			*last = (struct last_set_pte){*call, 0};
		call++;
		if (done == count)
			call = calls + count - HCALL_RING_SIZE;
	} while (done < most && call->eax == HCALL_SET_PTE);
	record[recorded] += done;
	recorded += 1 + done;
	assert_true(recorded < RECORD_MAX);
	if (set_ptes_kill)
		g->state = GUEST_KILLED;
	return done;
}

static void set_pte(struct guest_space *g, u32 low, u32 address, u32 high, u32 top)
{
	(void)g, (void)low, (void)address, (void)high;
	assert_true(recorded < RECORD_MAX);
	record[recorded++] = top;
}

static void never_protect(struct guest_space *g, gfn_t gfn)
{
	(void)g;
	(void)gfn;
}

static const struct shadow_engine engine = {.set_kernel_address = set_kernel_address,
					    .flush_user = flush_user,
					    .set_pgd = set_pgd,
					    .never_protect = never_protect,
					    .set_pte = set_pte,
					    .set_ptes = set_ptes};

/* -- Helpers ---------------------------------------------------------------------------------- */

struct lguest_data *shared(void)
{
	pfn_t frame;

	assert_true(
	    guest_memory_frame(&guest.space.memory, to_gfn(DATA / FRAME_SIZE), TO_WRITE, &frame));
	return (struct lguest_data *)(frame_bytes(frame) + DATA % FRAME_SIZE);
}

void direct(u32 number, u32 ebx, u32 ecx)
{
	regs.eip = EIP;
	regs.eax = number;
	regs.ebx = ebx;
	regs.ecx = ecx;
	hypercalls_handle(&guest);
}

void queue(u32 slot, u32 number, u32 ebx)
{
	shared()->hcalls[slot] = (struct hypercall_slot){.eax = number, .ebx = ebx};
	shared()->hcall_status[slot] = HCALL_SLOT_TODO;
}

void assert_record(const u32 *wanted, u32 count)
{
	assert_int_equal(recorded, count);
	assert_memory_equal(record, wanted, count * sizeof(u32));
}

int start(void **state)
{
	(void)state;
	memset(&guest, 0, sizeof(guest));
	memset(&regs, 0, sizeof(regs));
	memset(&cpu_pages, 0, sizeof(cpu_pages));
	recorded = 0;
	set_ptes_at_once = UINT32_MAX;
	set_ptes_kill = false;
	parts_left = UINT32_MAX;
	machine_start(MACHINE_FRAMES);
	machine_add_ram(FIRST, MACHINE_FRAMES - FIRST);
	assert_true(
	    frames_open(&guest.space.account, OWNER_FIRST_GUEST, guest_memory_cost(GUEST_FRAMES)));
	assert_true(guest_memory_open(&guest.space.memory, &guest.space.account, GUEST_FRAMES));
	guest.regs = &regs;
	guest.cpu = &cpu_pages;
	guest.space.fast = &cpu_pages.state.fast.guest;
	guest.config = &config;
	guest.space.shadow.engine = &engine;
	memset(shared()->hcall_status, HCALL_SLOT_DONE, HCALL_RING_SIZE);
	shared()->syscall_vec = SYSCALL_VECTOR;
	return 0;
}

int start_initialised(void **state)
{
	start(state);
	direct(HCALL_LGUEST_INIT, DATA, 0);
	assert_false(guest_has_ended(&guest));
	return 0;
}

int stop(void **state)
{
	(void)state;
	guest_memory_close(&guest.space.memory);
	frames_close(&guest.space.account);
	machine_stop();
	return 0;
}
