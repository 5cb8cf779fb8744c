/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commands that show the state of guests.
 *
 * 1. guests and top
 * 2. stats
 * 3. regs
 * 4. bt
 */
#include "arch/x86/cpu_list.h"
#include "arch/x86/timer.h"
#include "hv/base/stretch.h"
#include "hv/console/console_text.h"
#include "hv/domain/stats.h"
#include "hv/interrupts.h"
#include "hv/monitor/monitor_commands.h"
#include "hv/monitor/symbols.h"
#include "lib/format.h"
#include "lib/lock.h"
#include "lib/math64.h"
#include "lib/min_max.h"
#include "lib/string.h"

/* -- 1. guests and top ------------------------------------------------------------------------- */

#define GUESTS_NS (250u * NS_PER_MS) /* the time over which `guests` measures */
#define TOP_NS (1000u * NS_PER_MS)   /* ... and `top` */
#define TOP_SHOWN 16                 /* guests at most */
#define CLEAR_SCREEN "\x1b[H\x1b[J"

/* A guest's counters when the measurement began. All 0: it begins at start-up. */
struct sample {
	u64 run_time;
	u32 exits, starts;
};

static struct {
	struct machine_time machine;
	struct cpu_report cpu[CPUS_MAX];
	struct sample domain[DOMAINS_MAX];
} baseline;

/* part * scale / whole, for a `part` that is not much greater than `whole`, and a scale up to
 * 1000. */
static u32 ratio(u64 part, u64 whole, u32 scale)
{
	u32 rest;

	for (; whole >> 32; whole >>= 1)
		part >>= 1;
	return whole ? divide(part * scale, whole, &rest) : 0;
}

static u32 per_second(u32 count, u64 ns)
{
	u32 ms, rest;

	ms = divide(ns, NS_PER_MS, &rest);
	return ms ? divide((u64)count * 1000, ms, &rest) : 0;
}

/* Measures from start-up, as a script's commands do. */
static void clear_samples(void)
{
	memset(&baseline, 0, sizeof(baseline));
}

static void take_samples(void)
{
	schedule_charge();
	schedule_machine_time(&baseline.machine);
	for (u32 cpu = 0; cpu < schedule_cpus(); cpu++)
		schedule_report_cpu(cpu, &baseline.cpu[cpu]);
	for (u32 i = 0; i < domains_count(); i++) {
		const struct domain *domain = domain_at(i);

		baseline.domain[i] = (struct sample){domain->vcpu.run_time,
						     domain->guest.counts.exits, domain->starts};
	}
}

static const char *state_name(const struct domain *domain)
{
	static const char *const names[] = {
	    [DOMAIN_WAITING] = "waiting",     [DOMAIN_CREATING] = "starting",
	    [DOMAIN_ENDING] = "ending",       [DOMAIN_RESTARTING] = "restarting",
	    [DOMAIN_CLONING] = "starting",    [DOMAIN_SAVING] = "saving",
	    [DOMAIN_RECEIVING] = "receiving", [DOMAIN_ENDED] = "ended"};

	if (domain->state != DOMAIN_ALIVE)
		return names[domain->state];
	if (domain->vcpu.held)
		return domain->move == MOVE_STANDS ? "sending" : "unsettled";
	if (domain->vcpu.paused)
		return "paused";
	if (domain->guest.halted)
		return "asleep";
	return schedule_is_running(&domain->vcpu) ? "running" : "ready";
}

/* "1:02:03.4" */
static void format_time(u64 ns, char *text, size_t size)
{
	u32 tenths, seconds, rest, minutes, hours;

	tenths = divide(ns, NS_PER_SECOND / 10, &rest);
	seconds = divide(tenths, 10, &tenths);
	minutes = divide(seconds, 60, &seconds);
	hours = divide(minutes, 60, &minutes);
	snprintf(text, size, "%u:%02u:%02u.%u", hours, minutes, seconds, tenths);
}

static void print_guest(u32 i, u64 passed)
{
	const struct domain *domain = domain_at(i);
	const struct guest *g = &domain->guest;
	u32 exits = g->counts.exits -
		    (domain->starts == baseline.domain[i].starts ? baseline.domain[i].exits : 0);
	u32 per_mille = ratio(domain->vcpu.run_time - baseline.domain[i].run_time, passed, 1000);
	bool alive = domain->state == DOMAIN_ALIVE;
	char up[16] = "-";

	if (alive)
		format_time(scheduler.charged_until - g->started, up, sizeof(up));
	monitor_line("%-18.18s %-10s %8u %8u %4u.%u %8u %12s", domain->name, state_name(domain),
		     domain->config.memory / KIB,
		     alive ? g->space.account.used * (FRAME_SIZE / KIB) : 0, per_mille / 10,
		     per_mille % 10, per_second(exits, passed), up);
}

static void print_heading(void)
{
	monitor_line("%-18s %-10s %8s %8s %6s %8s %12s", "name", "state", "KB", "used KB", "CPU %",
		     "exits/s", "uptime");
}

/* Interactively, the first call begins a measurement of GUESTS_NS, and the list is printed from the
 * second call on. */
bool monitor_guests(struct monitor_call *call)
{
	u32 piece = call->piece - call->interactive, i; /* of the list */

	if (call->interactive && !call->piece) {
		take_samples();
		call->wake = timer_now() + GUESTS_NS;
		return true;
	}
	schedule_charge();
	if (!call->piece)
		clear_samples();
	if (!piece)
		print_heading();
	for (i = piece * MONITOR_PIECE; i < (piece + 1) * MONITOR_PIECE && i < domains_count(); i++)
		print_guest(i, scheduler.charged_until - baseline.machine.now);
	return i < domains_count();
}

/* "up 0:00:07.9" or "CPU 0": the shares of `cpu_time`, of which so much was idle and the hypervisor's own. */
static void print_shares(const char *of, u64 idle_time, u64 own_time, u64 cpu_time)
{
	u32 idle = min_u32(ratio(idle_time, cpu_time, 1000), 1000);
	u32 own = min_u32(ratio(own_time, cpu_time, 1000), 1000 - idle);
	u32 guests = 1000 - idle - own;

	monitor_line("%s: guests %u.%u %%, hypervisor %u.%u %%, idle %u.%u %%", of, guests / 10,
		     guests % 10, own / 10, own % 10, idle / 10, idle % 10);
}

static void print_load(u64 passed)
{
	struct machine_time time;
	char up[16], of[24];

	schedule_machine_time(&time);
	format_time(time.now, up, sizeof(up));
	snprintf(of, sizeof(of), "up %s", up);
	print_shares(of, time.idle - baseline.machine.idle,
		     time.overhead - baseline.machine.overhead, passed * time.cpus);
}

static void print_load_of_cpu(u32 cpu, u64 passed)
{
	const struct cpu_report *then = &baseline.cpu[cpu];
	struct cpu_report now;
	char of[16];

	schedule_report_cpu(cpu, &now);
	snprintf(of, sizeof(of), "CPU %u", cpu);
	print_shares(of, now.idle - then->idle, now.overhead - then->overhead, passed);
}

/* Prints as many living guests as fit on a screen. */
static void print_top(void)
{
	u64 passed = scheduler.charged_until - baseline.machine.now;
	u32 shown = 0;

	print_load(passed);
	for (u32 cpu = 0; cpu < schedule_cpus() && schedule_cpus() > 1; cpu++)
		print_load_of_cpu(cpu, passed);
	print_heading();
	for (u32 i = 0; i < domains_count() && shown < TOP_SHOWN; i++)
		if (domain_at(i)->state == DOMAIN_ALIVE) {
			print_guest(i, passed);
			shown++;
		}
}

bool monitor_top(struct monitor_call *call)
{
	schedule_charge();
	if (!call->interactive)
		clear_samples();
	if (call->piece && call->interactive)
		console_print(CLEAR_SCREEN);
	if (call->piece || !call->interactive)
		print_top();
	take_samples();
	call->until_key = true;
	call->wake = timer_now() + TOP_NS;
	return call->interactive;
}

static void print_cpu(u32 cpu)
{
	struct cpu_report r;
	u32 idle;

	schedule_report_cpu(cpu, &r);
	idle = ratio(r.idle - baseline.cpu[cpu].idle,
		     scheduler.charged_until - baseline.machine.now, 1000);
	idle = min_u32(idle, 1000);
	monitor_line("%3u %4u.%u %9u %9u %9u %8u  %s", cpu, (1000 - idle) / 10, (1000 - idle) % 10,
		     r.turns, r.exits, r.wakes, stretch_us(r.longest), r.guest ? r.guest : "-");
}

#ifdef LOCKS_CHECKED
static void print_locks(void)
{
	for (u32 rank = 0; rank < LOCK_RANKS; rank++)
		monitor_line("lock %-8s held for %u ns at most", lock_names[rank],
			     lock_longest_ns(rank));
}
#else
static void print_locks(void) {}
#endif

/* Interactively, it measures as `guests` does. */
bool monitor_cpus(struct monitor_call *call)
{
	if (call->interactive && !call->piece) {
		take_samples();
		call->wake = timer_now() + GUESTS_NS;
		return true;
	}
	schedule_charge();
	if (!call->interactive)
		clear_samples();
	monitor_line("CPU load %% %9s %9s %9s %8s  %s", "turns", "exits", "woken", "us off",
		     "guest");
	for (u32 cpu = 0; cpu < schedule_cpus(); cpu++)
		print_cpu(cpu);
	print_locks();
	return false;
}

/* -- 2. stats ---------------------------------------------------------------------------------- */

bool monitor_stats(struct monitor_call *call)
{
	if (!call->domain)
		stats_print_machine(monitor_line);
	else if (call->domain->starts)
		stats_print(call->domain, monitor_line);
	else
		monitor_line("%s has not been started", call->domain->name);
	return false;
}

/* -- 3. regs ----------------------------------------------------------------------------------- */

#define SYMBOL_SIZE 48 /* of "name+0xoffset", which may be cut */

/* " name+0xoffset", or "" if the address is unknown. For a return address, `behind` is 1: the call
 * before it may be the last instruction of its function, so the search is for the call. Names may
 * be of any length (C++, Rust). */
static void format_symbol(const struct domain *domain, u32 address, u32 behind, char *text,
			  size_t size)
{
	struct symbols symbols;
	const char *name = NULL;
	u32 offset = 0;

	if (symbols_of_image(&symbols, domain->config.image))
		name = symbols_find(&symbols, address - behind, &offset);
	*text = 0;
	if (name)
		snprintf(text, size, " %.32s+%#x", name, offset + behind);
	make_printable(text);
}

static void print_registers(const struct trap_frame *r)
{
	monitor_line("eax %08x  ebx %08x  ecx %08x  edx %08x", r->eax, r->ebx, r->ecx, r->edx);
	monitor_line("esi %08x  edi %08x  ebp %08x  esp %08x", r->esi, r->edi, r->ebp, r->esp);
	monitor_line("cs %04x  ss %04x  ds %04x  es %04x  fs %04x  gs %04x  eflags %08x",
		     r->cs & 0xFFFF, r->ss & 0xFFFF, r->ds & 0xFFFF, r->es & 0xFFFF, r->fs & 0xFFFF,
		     r->gs & 0xFFFF, r->eflags);
}

static void print_interrupts(const struct guest *g)
{
	monitor_line("interrupts %s, blocked %08x, pending %08x",
		     interrupts_flag(g) ? "enabled" : "disabled",
		     g->shared ? g->shared->blocked_interrupts : 0, g->interrupts.pending);
}

bool monitor_registers(struct monitor_call *call)
{
	const struct guest *g = &call->domain->guest;
	char symbol[SYMBOL_SIZE];

	if (!monitor_require_alive(call->domain))
		return false;
	format_symbol(call->domain, g->regs->eip, 0, symbol, sizeof(symbol));
	monitor_line("eip %08x%s, ring %u", g->regs->eip, symbol, privilege_level(g->regs));
	print_registers(g->regs);
	if (g->space.shadow.linear)
		monitor_line("cr2 %08x  cr3 none: linear map  cr0.ts %u", g->fault_address,
			     g->traps.ts);
	else
		monitor_line("cr2 %08x  cr3 %08x  cr0.ts %u", g->fault_address,
			     gpa_value(g->space.shadow.current->top), g->traps.ts);
	monitor_line("ring-1 stack %04x:%08x, system call vector %#x", g->space.fast->stack_ss,
		     g->space.fast->stack_esp, g->shared ? g->shared->syscall_vec : 0);
	print_interrupts(g);
	if (schedule_cpus() > 1)
		monitor_line("last on CPU %u", call->domain->vcpu.home);
	return false;
}

/* -- 4. bt ------------------------------------------------------------------------------------- */

#define BACKTRACE_MAX 24

/* The return addresses of a guest, gathered in one call: the guest runs while they are printed. */
static struct {
	u32 count, address[BACKTRACE_MAX];
	const char *end; /* why the list ends; NULL: it is complete */
} calls;

/* Reads a guest's virtual memory. Sets no ACCESSED bits; false if the address is not mapped. */
static bool read_virtual(struct guest *g, u32 at, u32 *value)
{
	struct address_walk walk;

	g->space.shadow.engine->inspect(&g->space, to_gva(at), &walk);
	return at % sizeof(*value) == 0 && walk.leads &&
	       guest_read_u32(&g->space.memory, walk.gpa, value);
}

/* A frame pointer points to the caller's frame pointer, with the return address behind it. Each
 * frame must lie above the one before, so a chain of wrong values ends. */
static void gather_calls(struct guest *g)
{
	u32 frame = g->regs->ebp, caller, address;

	calls.count = 1;
	calls.address[0] = g->regs->eip;
	calls.end = "(there may be more)";
	while (calls.count < BACKTRACE_MAX) {
		if (!frame) {
			calls.end = NULL;
			return;
		}
		if (!read_virtual(g, frame, &caller) ||
		    !read_virtual(g, frame + sizeof(caller), &address)) {
			calls.end = "(the next frame pointer leads nowhere)";
			return;
		}
		calls.address[calls.count++] = address;
		if (caller && caller <= frame) {
			calls.end = "(the next frame pointer leads back)";
			return;
		}
		frame = caller;
	}
}

bool monitor_backtrace(struct monitor_call *call)
{
	char symbol[SYMBOL_SIZE];

	if (!call->piece) {
		if (!monitor_require_alive(call->domain))
			return false;
		gather_calls(&call->domain->guest);
	}
	if (call->piece == calls.count) {
		if (calls.end)
			monitor_line("%s", calls.end);
		return false;
	}
	format_symbol(call->domain, calls.address[call->piece], call->piece != 0, symbol,
		      sizeof(symbol));
	monitor_line("%2u  %08x%s", call->piece, calls.address[call->piece], symbol);
	return true;
}
