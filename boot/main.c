/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The order of start-up, from start.S to the last guest's end:
 *
 *	CPU and descriptor tables    from here on an exception is reported
 *	boot information, bundles    what there is to run
 *	console                      from here on messages are printed
 *	memory                       is mapped, and the frame allocator has it
 *	timer                        is shown to interrupt; other lines are masked until guests run
 *	guests                       run side by side, or in the order of the modules
 */
#include "arch/x86/acpi_devices.h"
#include "arch/x86/acpi_tables.h"
#include "arch/x86/apic.h"
#include "arch/x86/cpu.h"
#include "arch/x86/gdt_idt.h"
#include "arch/x86/host_paging.h"
#include "arch/x86/host_windows.h"
#include "arch/x86/irq.h"
#include "arch/x86/pic.h"
#include "arch/x86/post_code.h"
#include "arch/x86/speculation.h"
#include "arch/x86/timer.h"
#include "boot/alarm.h"
#include "boot/bundle.h"
#include "boot/command_line.h"
#include "boot/cpus.h"
#include "boot/end.h"
#include "boot/guests.h"
#include "boot/memory.h"
#include "boot/multiboot.h"
#include "boot/outputs.h"
#include "boot/own_words.h"
#include "hv/base/log.h"
#include "hv/base/machine.h"
#include "hv/base/random.h"
#include "hv/base/stretch.h"
#include "hv/clock.h"
#include "hv/console/console_driver.h"
#include "hv/console/console_output.h"
#include "hv/domain/domain_run.h"
#include "hv/monitor/monitor.h"
#include "hv/monitor/symbols.h"
#include "hv/run.h"
#include "hv/trace.h"
#include "hv/version.h"
#include "lib/format.h"
#include "lib/panic.h"
#include "lib/string.h"
#include "mm/frame_map.h"
#include "mm/frames.h"

#define OPTION_SIZE 16
#define SCRIPT_SIZE 256 /* of monitor= */
#define CONSOLE_WORDS_SIZE 32
#define PROBLEM_SIZE 160

void boot_main(u32 magic, u32 information) NORETURN; /* called by start.S */

static struct boot_info boot_info; /* too large for the stack */
static struct acpi_devices acpi_devices;

static void start_cpu(void)
{
	post_code(POST_CPU);
	cpu_detect();
	host_paging_protect();
	cpu_tables_init(&this_cpu_pages);
	cpu_control_setup();
	speculation_init();
	post_code(POST_INTERRUPTS);
	pic_init();
	apic_init();
}

/* PAE where the CPU has it, unless paging=2level says no. */
static void start_memory(const char *command_line)
{
	char paging[OPTION_SIZE] = "";
	bool pae = cpu_features.pae;

	post_code(POST_MEMORY);
	option_value(command_line, "paging", paging, sizeof(paging));
	if (!strcmp(paging, "2level"))
		pae = false;
	else if (!strcmp(paging, "pae") && !pae)
		say("paging=pae: this CPU has no PAE; going on with two-level paging");
	else if (*paging && strcmp(paging, "pae"))
		say("paging=%s is not known: write paging=pae or 2level", paging);
	memory_init(&boot_info, pae);
	cpu_tables_set_root(&this_cpu_pages, paddr_value(host_root()));
}

static void start_watch(const char *command_line)
{
	char where[CONSOLE_WORDS_SIZE] = "";

	option_value(command_line, "watch", where, sizeof(where));
	if (*where && !watch_init(where))
		say("watch=%s is not known: write watch=com2 or debugcon", where);
}

static void start_trace(const char *command_line)
{
	char where[CONSOLE_WORDS_SIZE] = "";

	option_value(command_line, "trace", where, sizeof(where));
	if (*where && !trace_init(where))
		say("trace=%s is not known: write trace=ring, debugcon or serial", where);
	start_watch(command_line);
}

/* After start_memory, since the tables may lie in RAM. */
static void start_timer(const char *command_line)
{
	acpi_find_devices(physical_read, &acpi_devices);
	irq_init(&acpi_devices);
	timer_init(&acpi_devices);
	clock_init();
	run_set_irq_handler(IRQ_TIMER, schedule_alarm_fired);
	alarm_choose(command_line);
	random_init();
}

static void say_version(void)
{
	const char *simd = cpu_features.sse ? ", SSE" : cpu_features.fxsr ? ", FXSR" : "";
	char tsc[OPTION_SIZE] = "no TSC";

	if (timer_tsc_khz())
		snprintf(tsc, sizeof(tsc), "TSC %u MHz", (timer_tsc_khz() + 500) / 1000);
	say("version " UMBRA_RELEASE "; %u MB free; CPU %s, %s%s%s, %s page tables",
	    frames_free_count() / (MIB / FRAME_SIZE), cpu_features.vendor, tsc,
	    cpu_features.fpu ? "" : ", no FPU", simd, host_uses_pae() ? "PAE" : "two-level");
	if (boot_info.warning)
		say("boot loader: %s", boot_info.warning);
	if (boot_info.modules_dropped > 1) /* the warning names the first */
		say("boot loader: %u modules are ignored", boot_info.modules_dropped);
	if (boot_info.modules_beyond)
		say("boot loader: %u modules are left out: at most %u are taken, with %u bytes of "
		    "strings",
		    boot_info.modules_beyond, BOOT_MODULES_MAX, BOOT_STRINGS_SIZE);
}

/* Unknown words are ignored, with a warning. */
static void check_own_words(const char *command_line)
{
	char word[SCRIPT_SIZE], problem[PROBLEM_SIZE];

	for (bool first = true; option_next(&command_line, word, sizeof(word)); first = false)
		if (own_word_problem(word, first, problem, sizeof(problem)))
			say("%s", problem);
}

static enum end_of_machine read_end(const char *command_line)
{
	enum end_of_machine end = END_UNSAID;
	char value[OPTION_SIZE] = "";

	option_value(command_line, "end", value, sizeof(value));
	if (*value && !end_parse(value, &end))
		say("end=%s is not known: write end=wait, poweroff, reboot or halt", value);
	return end;
}

/* For tests: assert-stretch=MICROSECONDS under a clock that counts instructions; migrate=MICROSECONDS with
 * several CPUs (hv/sched/schedule.h). */
static u32 microseconds(const char *key)
{
	char value[OPTION_SIZE] = "";
	u32 us = 0;

	option_value(boot_info.command_line, key, value, sizeof(value));
	if (*value && !parse_size(value, &us))
		say("%s=%s is not a number of microseconds", key, value);
	return us;
}

static void run_guests(void)
{
	char run[OPTION_SIZE] = "";
	enum run_mode mode = RUN_PARALLEL;

	option_value(boot_info.command_line, "run", run, sizeof(run));
	if (!strcmp(run, "sequence"))
		mode = RUN_SEQUENCE;
	else if (*run && strcmp(run, "parallel"))
		say("run=%s is not known: write run=parallel or sequence", run);
	console_register();
	monitor_init();
	console_use_interrupts(true);
	stretch_init(microseconds("assert-stretch"));
	schedule_migrate(microseconds("migrate"));
	post_code(POST_RUN);
	domains_run(mode, option_present(boot_info.command_line, "stats"));
}

/* frames_check calls it between two parts of its work. */
static void open_window(void)
{
	stretch_window(NULL, "counting frames");
}

/* No guest has left a frame behind. */
static void check_frames(u32 free_at_start)
{
	u32 free = frames_free_count() + domains_frames();

	post_code(POST_CHECK);
	frames_check(open_window);
	if (free != free_at_start)
		panic("%u frames free at the end, %u at the start", free, free_at_start);
}

/* monitor="COMMAND; COMMAND" */
static void run_monitor_script(void)
{
	char commands[SCRIPT_SIZE];

	if (option_value(boot_info.command_line, "monitor", commands, sizeof(commands)))
		monitor_run_script(commands);
}

/* A refused module counts as a failure: its guest could not be started, or lacks a file. */
static enum exit_value exit_value_of(bool all_taken)
{
	enum domains_outcome outcome = domains_outcome();

	if (outcome == DOMAINS_NONE_STARTED)
		return EXIT_NONE_STARTED;
	return outcome == DOMAINS_ALL_SHUT_DOWN && all_taken ? EXIT_GOOD : EXIT_SOME_FAILED;
}

/* False: boot_info.warning says why the machine cannot go on. */
static bool read_information(u32 magic, u32 information)
{
	bool booted = multiboot_parse(magic, to_paddr(information), physical_read, &boot_info);

	bundles_open(&boot_info, physical_read);
	if (boot_info.rsdp_size)
		acpi_set_rsdp(to_paddr(machine_address(boot_info.rsdp)));
	return booted;
}

void boot_main(u32 magic, u32 information)
{
	enum end_of_machine end;
	bool booted, all_taken;
	u32 free_at_start;

	machine_lock();
	start_cpu();
	post_code(POST_LOADER);
	booted = read_information(magic, information);
	outputs_start(&boot_info);
	if (!booted)
		panic("boot loader: %s", boot_info.warning);
	start_memory(boot_info.command_line);
	outputs_memory_is_mapped();
	symbols_init(boot_info.symbols, boot_info.symbols_size, boot_info.symbol_strings,
		     boot_info.symbol_strings_size);
	post_code(POST_TIMER);
	start_timer(boot_info.command_line);
	say_version();
	check_own_words(boot_info.command_line);
	start_trace(boot_info.command_line);
	end = read_end(boot_info.command_line);

	post_code(POST_GUESTS);
	all_taken = guests_add(&boot_info);
	cpus_start(boot_info.command_line);
	free_at_start = frames_free_count() + domains_frames();
	run_guests();
	run_monitor_script();
	check_frames(free_at_start);
	say("done: %u guests, %u frames free, as at the start", domains_started(),
	    frames_free_count());
	console_flush();
	console_use_interrupts(false);
	post_code(POST_END);
	end_machine(end, exit_value_of(all_taken));
}
