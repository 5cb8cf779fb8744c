/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * On the boot CPU, cpus_start makes a CPU's pages and page tables, starts it (arch/x86/ap_start.h), and
 * waits for its word. On the CPU, cpu_main loads its tables, compares its features with the boot CPU's, sets
 * its registers, and says ready; then it waits for the machine's lock, which the boot CPU holds until it runs a guest or sleeps.
 */
#include "boot/cpus.h"

#include "arch/x86/ap_start.h"
#include "arch/x86/apic.h"
#include "arch/x86/cpu.h"
#include "arch/x86/cpu_list.h"
#include "arch/x86/gdt_idt.h"
#include "arch/x86/guest_top_table.h"
#include "arch/x86/host_paging.h"
#include "arch/x86/per_cpu.h"
#include "arch/x86/speculation.h"
#include "arch/x86/stacks.h"
#include "arch/x86/timer.h"
#include "arch/x86/tsc_sync.h"
#include "boot/command_line.h"
#include "hv/base/log.h"
#include "hv/base/machine.h"
#include "hv/base/stretch.h"
#include "hv/domain/domain_run.h"
#include "hv/sched/schedule.h"

#define OPTION_SIZE 16
#define READY_NS (200u * NS_PER_MS) /* it measures nothing, so this is ample */
#define READY_LOOKS 100000000u

/* How far the CPU has got. PER_CPU; the boot CPU reads it. */
enum progress_of_cpu { CPU_STARTING, CPU_READY, CPU_UNUSABLE, CPU_DIFFERENT };
static PER_CPU enum progress_of_cpu progress;
static PER_CPU struct cpu_difference difference; /* of CPU_DIFFERENT */

/* -- On the CPU -------------------------------------------------------------------------------- */

static void say_to_boot_cpu(enum progress_of_cpu is)
{
	__atomic_store_n(&progress, is, __ATOMIC_RELEASE);
}

NORETURN static void stay_away(enum progress_of_cpu since)
{
	say_to_boot_cpu(since);
	halt_forever();
}

static void cpu_main(void)
{
	guest_top_table_build();
	cpu_tables_init(&this_cpu_pages);
	if (cpu_differs(&difference))
		stay_away(CPU_DIFFERENT);
	cpu_control_setup();
	speculation_init();
	if (!apic_init_this_cpu() || !timer_start_on_this_cpu())
		stay_away(CPU_UNUSABLE);
	say_to_boot_cpu(CPU_READY);
	if (cpu_features.tsc)
		tsc_sync_answer();
	machine_lock();
	stretch_begin();
	domains_help();
}

/* -- On the boot CPU --------------------------------------------------------------------------- */

static u32 limit(const char *command_line)
{
	char value[OPTION_SIZE] = "";
	u32 most = CPUS_MAX;

	option_value(command_line, "cpus", value, sizeof(value));
	if (*value && (!parse_size(value, &most) || !most || most > CPUS_MAX)) {
		say("cpus=%s is not known: write cpus=1 to %u", value, CPUS_MAX);
		most = CPUS_MAX;
	}
	return most;
}

static enum progress_of_cpu await(u32 cpu)
{
	const enum progress_of_cpu *its = per_cpu_of(cpu, &progress);
	u64 until = timer_now() + READY_NS;
	enum progress_of_cpu is = CPU_STARTING;

	for (u32 i = 0; i < READY_LOOKS && is == CPU_STARTING && timer_now() < until; i++)
		is = __atomic_load_n(its, __ATOMIC_ACQUIRE);
	return is;
}

/* If the time stamp counters differ, and cannot be set, the machine's clock is another one. False: it has none. */
static bool clocks_agree(u32 apic_id)
{
	const char *clock;

	if (!cpu_features.tsc || tsc_sync())
		return true;
	clock = timer_leave_tsc();
	if (clock)
		say("the TSC of the CPU with APIC ID %u differs: the clock is now %s", apic_id,
		    clock);
	return clock;
}

static bool has_joined(u32 cpu, u32 apic_id)
{
	const struct cpu_difference *its = per_cpu_of(cpu, &difference);
	enum progress_of_cpu is = await(cpu);

	if (is == CPU_READY && clocks_agree(apic_id))
		return true;
	if (is == CPU_DIFFERENT)
		say("the CPU with APIC ID %u differs from the boot CPU in bit %u of CPUID %#x.%s: it is left out",
		    apic_id, its->bit, its->leaf, its->name);
	else
		say("the CPU with APIC ID %u cannot be used: it is left out", apic_id);
	return false;
}

/* False: it does not take part. */
static bool start(u32 cpu, u32 apic_id)
{
	struct ap_start how = {
	    .cr3 = paddr_value(per_cpu_root(cpu)),
	    .cr4 = (cpu_features.pse ? CR4_PSE : 0) | (host_uses_pae() ? CR4_PAE : 0),
	    .stack = (u32)(uintptr_t)boot_stack_end,
	    .nx = cpu_features.nx,
	    .entry = cpu_main,
	};

	if (!ap_start(apic_id, &how))
		say("the CPU with APIC ID %u does not answer: it is left out", apic_id);
	else if (has_joined(cpu, apic_id))
		return true;
	apic_send_init(apic_id);
	return false;
}

void cpus_start(const char *command_line)
{
	struct cpu_list list;
	u32 most = limit(command_line), running = 1;

	cpu_list_find(physical_read, &list);
	this_cpu.apic_id = list.apic_ids[0];
	if (list.count > 1)
		apic_open();
	for (u32 i = 1; i < list.count && running < most; i++) {
		if (!per_cpu_make(running, list.apic_ids[i])) {
			say("there is no memory for another CPU");
			break;
		}
		running += start(running, list.apic_ids[i]);
	}
	if (list.beyond)
		say("%u CPUs are left out: at most %u are taken", list.beyond, CPUS_MAX);
	schedule_set_cpus(running);
	if (running > 1)
		say("%u CPUs", running);
}
