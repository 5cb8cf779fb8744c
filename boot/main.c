/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The order of start-up, from start.S to the last guest's end:
 *
 *	CPU and descriptor tables    from here on a fault is reported
 *	boot information, console    from here on everything is said
 *	memory                       mapped, and in the frame allocator's hands
 *	interrupts, timer            masked until a guest runs
 *	guests                       all at once, or one after another in the order of the modules
 */
#include "arch/x86/apic.h"
#include "arch/x86/cpu.h"
#include "arch/x86/host_tables.h"
#include "arch/x86/pic.h"
#include "arch/x86/power.h"
#include "arch/x86/speculation.h"
#include "arch/x86/tables.h"
#include "arch/x86/timer.h"
#include "boot/memory.h"
#include "boot/modules.h"
#include "boot/multiboot.h"
#include "hv/clock.h"
#include "hv/console.h"
#include "hv/monitor.h"
#include "hv/run.h"
#include "hv/slots.h"
#include "hv/stretch.h"
#include "hv/symbols.h"
#include "hv/trace.h"
#include "lib/format.h"
#include "lib/panic.h"
#include "lib/string.h"
#include "mm/frame_map.h"
#include "mm/frames.h"

#define OPTION_SIZE 16
#define SCRIPT_SIZE 256 /* of monitor= */
#define CONSOLE_WORDS_SIZE 32
#define PROBLEM_SIZE 160
#define ALARM_PATIENCE_NS (1000u * NS_PER_MS)
#define ALARM_PATIENCE_LOOKS 100000u
#define POWER_OFF_NS (500u * NS_PER_MS) /* what a power supply may take to go off */

void boot_main(u32 magic, u32 information) NORETURN; /* called by start.S */

static struct boot_info boot_info; /* too large for the stack */

static void start_cpu(void)
{
	cpu_detect();
	host_tables_protect();
	cpu_tables_init(&boot_cpu_pages);
	cpu_control_setup();
	speculation_init();
	pic_init();
	apic_init();
}

static void start_console(const char *command_line)
{
	char where[CONSOLE_WORDS_SIZE] = "";

	option_value(command_line, "console", where, sizeof(where));
	if (!console_init(where))
		say("console=%s is not known: write console=serial, vga, both or merged", where);
}

/* PAE where the CPU has it, unless paging=2level says no. */
static void start_memory(const char *command_line)
{
	char paging[OPTION_SIZE] = "";
	bool pae = cpu_features.pae;

	option_value(command_line, "paging", paging, sizeof(paging));
	if (!strcmp(paging, "2level"))
		pae = false;
	else if (!strcmp(paging, "pae") && !pae)
		say("paging=pae: this CPU has no PAE; going on with two-level paging");
	else if (*paging && strcmp(paging, "pae"))
		say("paging=%s is not known: write paging=pae or 2level", paging);
	memory_init(&boot_info, pae);
	cpu_tables_set_root(&boot_cpu_pages, paddr_value(host_root()));
}

static void start_trace(const char *command_line)
{
	char where[CONSOLE_WORDS_SIZE] = "";

	if (option_value(command_line, "trace", where, sizeof(where)) && !trace_init(where))
		say("trace=%s is not known: write trace=ring, debugcon or serial", where);
}

/* Nothing works without the alarm: better to say so than to hang. The bound is the clock's and a number of
 * looks, so that neither a slow host nor a fast one makes a difference. */
static void wait_for_alarm(void)
{
	u64 until = timer_now() + ALARM_PATIENCE_NS;

	timer_arm(0);
	for (u32 looks = 0; !run_timer_interrupts(); looks++) {
		if (looks > ALARM_PATIENCE_LOOKS && timer_now() > until)
			panic(
			    "the interval timer (8254) counts, but does not interrupt: Umbra needs "
			    "the 8259 controllers (in QEMU without pic=off)");
		take_interrupts();
	}
}

static void start_timer(void)
{
	timer_init();
	clock_init();
	pic_unmask(PIC_IRQ_TIMER);
	wait_for_alarm();
	timer_arm(TIMER_NEVER);
}

static void say_hello(void)
{
	const char *simd = cpu_features.sse ? ", SSE" : cpu_features.fxsr ? ", FXSR" : "";
	char tsc[OPTION_SIZE] = "no TSC";

	if (timer_tsc_khz())
		snprintf(tsc, sizeof(tsc), "TSC %u MHz", timer_tsc_khz() / 1000);
	say("%u MB free; CPU %s, %s%s%s, %s page tables", frames_free_count() / (MIB / FRAME_SIZE),
	    cpu_features.vendor, tsc, cpu_features.fpu ? "" : ", no FPU", simd,
	    host_uses_pae() ? "PAE" : "two-level");
	if (boot_info.warning)
		say("boot loader: %s", boot_info.warning);
	if (boot_info.modules_dropped)
		say("boot loader: %u modules left out: at most %u, each with an end",
		    boot_info.modules_dropped, BOOT_MODULES_MAX);
}

static struct bytes module_bytes(const struct boot_module *module)
{
	return (struct bytes){machine_bytes(module->start), module->size};
}

static bool parse(u32 i, struct module_words *words)
{
	char problem[PROBLEM_SIZE];

	return module_parse(boot_info.modules[i].string, words, problem, sizeof(problem));
}

/* A kernel's files follow it, in any order, one of each kind. */
static void take_files(u32 kernel, struct guest_config *config)
{
	struct module_words words;
	struct bytes file;

	for (u32 i = kernel + 1; i < boot_info.module_count && parse(i, &words); i++) {
		file = module_bytes(&boot_info.modules[i]);
		if (words.kind == MODULE_KERNEL)
			return;
		if (words.kind == MODULE_INITRD && !config->initrd.data)
			config->initrd = file;
		if (words.kind == MODULE_DISK && !config->disk.data) {
			config->disk = file;
			config->disk_read_only = words.read_only;
		}
	}
}

/* False if no kernel has taken this file. */
static bool has_kernel(u32 i, enum module_kind kind)
{
	struct module_words words;

	while (i-- > 0 && parse(i, &words) && words.kind != kind) {
		if (words.kind == MODULE_KERNEL)
			return true;
	}
	return false;
}

/* What the module asks for, if it is understood and asks for anything. */
static void add_module(u32 i)
{
	struct module_words words;
	struct guest_config config;
	char problem[PROBLEM_SIZE];

	if (!module_parse(boot_info.modules[i].string, &words, problem, sizeof(problem))) {
		say("module %u: %s", i + 1, problem);
		return;
	}
	if (words.kind != MODULE_KERNEL) {
		if (!has_kernel(i, words.kind))
			say("module %u: %s belongs right after its kernel, and just one", i + 1,
			    words.kind == MODULE_DISK ? "a disk" : "an initrd");
		return;
	}
	config = (struct guest_config){
	    .name = words.name,
	    .memory = words.memory,
	    .paging = words.paging,
	    .shadow = words.shadow,
	    .timeout = words.timeout,
	    .weight = words.weight,
	    .cap = words.cap,
	    .restarts = words.restarts,
	    .image = module_bytes(&boot_info.modules[i]),
	    .command_line = words.command_line,
	    .no_devices = words.no_devices,
	};
	take_files(i, &config);
	slots_add(&config);
}

/* assert-stretch=MICROSECONDS: for tests, under a clock that counts instructions. */
static u32 asserted_stretch(void)
{
	char value[OPTION_SIZE] = "";
	u32 us = 0;

	if (option_value(boot_info.command_line, "assert-stretch", value, sizeof(value)) &&
	    !parse_size(value, &us))
		say("assert-stretch=%s is not a number of microseconds", value);
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
	console_use_interrupts(true);
	stretch_init(asserted_stretch());
	slots_run(mode, option_present(boot_info.command_line, "stats"));
}

static void wait(u32 ns)
{
	u64 until = timer_now() + ns;

	while (timer_now() < until)
		;
}

static void breathe(void)
{
	stretch_window(NULL, "counting frames");
}

/* monitor="COMMAND; COMMAND" */
static void run_monitor_script(void)
{
	char commands[SCRIPT_SIZE];

	if (option_value(boot_info.command_line, "monitor", commands, sizeof(commands)))
		monitor_run_script(commands);
}

NORETURN static void finish(void)
{
	if (monitor_wants_reboot())
		machine_restart();
	debug_exit(EXIT_GOOD);
	power_off();
	wait(POWER_OFF_NS);
	say("it is now safe to switch off");
	power_off_by_bios();
}

void boot_main(u32 magic, u32 information)
{
	u32 free_at_start;
	bool booted;

	start_cpu();
	booted = multiboot_parse(magic, to_paddr(information), physical_read, &boot_info);
	start_console(boot_info.command_line);
	if (!booted)
		panic("boot loader: %s", boot_info.warning);
	start_memory(boot_info.command_line);
	symbols_init(boot_info.symbols, boot_info.symbols_size, boot_info.symbol_strings,
		     boot_info.symbol_strings_size);
	start_timer();
	say_hello();
	start_trace(boot_info.command_line);

	for (u32 i = 0; i < boot_info.module_count; i++)
		add_module(i);
	free_at_start = frames_free_count();
	monitor_init();
	run_guests();
	run_monitor_script();
	frames_check(breathe);
	if (frames_free_count() != free_at_start)
		panic("%u frames free at the end, %u at the start", frames_free_count(),
		      free_at_start);
	say("done: %u guests, %u frames free, as at the start", slots_started(), free_at_start);
	console_flush();
	console_use_interrupts(false);
	finish();
}
