/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An error of the hypervisor: prints a message, registers and a backtrace, and stops the machine.
 * There are three ways into it: panic(), a trap in the hypervisor (hypervisor_trap), and a double
 * fault (hypervisor_double_fault).
 */
#include "lib/panic.h"

#include "arch/x86/cpu.h"
#include "arch/x86/cpu_pages.h"
#include "arch/x86/cpus.h"
#include "arch/x86/debug_exit.h"
#include "arch/x86/gdt_idt.h"
#include "arch/x86/msr.h"
#include "arch/x86/per_cpu.h"
#include "arch/x86/post_code.h"
#include "arch/x86/stacks.h"
#include "hv/base/log.h"
#include "hv/console/console_text.h"
#include "hv/monitor/symbols.h"
#include "hv/run.h"
#include "hv/sched/schedule.h"
#include "lib/format.h"

#define BACKTRACE_MAX 24

#define STOP_TRIES 4u
#define STOP_LOOKS 100000u /* some milliseconds */

/* The stack frame of a function that is compiled with a frame pointer. */
struct stack_frame {
	const struct stack_frame *caller;
	u32 return_address;
};

static void say_address(u32 address)
{
	u32 offset;
	const char *name = symbol_find(address, &offset);

	if (name)
		say("  %08x %s+%#x", address, name, offset);
	else
		say("  %08x", address);
}

/* Follows a frame pointer only while it points into the image, above the previous frame. */
static void backtrace(u32 eip, const struct stack_frame *frame)
{
	if (symbols_known())
		say("backtrace:");
	else
		say("backtrace (for names: addr2line -fipe umbra.elf ADDRESS ...):");
	if (eip)
		say_address(eip);
	for (u32 i = 0; i < BACKTRACE_MAX && (u32)(uintptr_t)frame >= IMAGE_START; i++) {
		if ((u32)(uintptr_t)frame % sizeof(u32) || guard_page_of((u32)(uintptr_t)frame))
			break;
		if (!frame->return_address)
			break;
		say_address(frame->return_address);
		if (frame->caller <= frame)
			break;
		frame = frame->caller;
	}
}

#define NOBODY 0xFFFFFFFFu
static u32 panicking = NOBODY; /* the CPU that is in a panic */

/* Where this CPU was when the panic of another one stopped it. */
static PER_CPU struct stopped_cpu {
	bool stopped;
	u32 eip;
} stopped;

void panic_stop_here(u32 eip)
{
	u32 cpu = __atomic_load_n(&panicking, __ATOMIC_ACQUIRE);

	if (cpu == NOBODY || cpu == this_cpu.number)
		return;
	stopped.eip = eip;
	__atomic_store_n(&stopped.stopped, true, __ATOMIC_RELEASE);
	halt_forever();
}

/* An NMI that comes inside of the Switcher is ignored there, so it is sent more than once. */
static void stop_cpu(u32 cpu)
{
	const struct stopped_cpu *its = per_cpu_of(cpu, &stopped);

	for (u32 i = 0; i < STOP_TRIES; i++) {
		cpu_send_nmi(cpu);
		for (u32 looks = 0; looks < STOP_LOOKS; looks++) {
			if (__atomic_load_n(&its->stopped, __ATOMIC_ACQUIRE))
				return;
			cpu_pause();
		}
	}
}

static void stop_others(void)
{
	for (u32 cpu = 0; cpu < schedule_cpus(); cpu++)
		if (cpu != this_cpu.number)
			stop_cpu(cpu);
}

static void say_cpu(u32 cpu)
{
	const struct stopped_cpu *its = per_cpu_of(cpu, &stopped);
	const char *guest = schedule_name_on(cpu);

	if (its->stopped)
		say("CPU %u: %s, at %08x", cpu, guest ? guest : "no guest", its->eip);
	else
		say("CPU %u: %s; it does not answer", cpu, guest ? guest : "no guest");
}

NORETURN static void stop(void)
{
	const char *guest = schedule_current_name();

	say("running: %s", guest ? guest : "no guest");
	for (u32 cpu = 0; cpu < schedule_cpus(); cpu++)
		if (cpu != this_cpu.number)
			say_cpu(cpu);
	console_panic_ends();
	debug_exit(EXIT_PANIC);
	halt_forever();
}

/* The first CPU that calls it reports. */
static void panic_begins(void)
{
	u32 cpu = NOBODY;

	if (!__atomic_compare_exchange_n(&panicking, &cpu, this_cpu.number, false, __ATOMIC_ACQ_REL,
					 __ATOMIC_ACQUIRE)) {
		panic_stop_here(0);
		debug_exit(EXIT_PANIC); /* an error within the panic itself: prints nothing more */
		halt_forever();
	}
	stop_others();
	post_code(POST_PANIC);
	console_panic();
}

void panic(const char *text, ...)
{
	char message[160];
	va_list arguments;

	__asm__ volatile("cli");
	panic_begins();
	va_start(arguments, text);
	vsnprintf(message, sizeof(message), text, arguments);
	va_end(arguments);
	say("panic: %s", message);
	backtrace(0, __builtin_frame_address(0));
	stop();
}

static void say_registers(const struct trap_frame *f, u32 esp)
{
	say("eax %08x  ebx %08x  ecx %08x  edx %08x", f->eax, f->ebx, f->ecx, f->edx);
	say("esi %08x  edi %08x  ebp %08x  esp %08x", f->esi, f->edi, f->ebp, esp);
	say("eip %08x  eflags %08x  cr2 %08x  cr3 %08x", f->eip, f->eflags, read_cr2(), read_cr3());
}

void hypervisor_trap(struct trap_frame *frame)
{
	u32 cr2 = read_cr2();

	if (frame->trap == VECTOR_NMI)
		panic_stop_here(frame->eip);
	if (frame->trap == VECTOR_NMI || msr_recover(frame)) /* resumes where it was */
		return;
	if (frame->trap >= VECTOR_IRQ_BASE && run_interrupt(frame->trap))
		return;
	panic_begins();
	say("panic: trap %u in the hypervisor, error code %#x, at %08x, cr2 %08x", frame->trap,
	    frame->error, frame->eip, cr2);
	say_registers(frame, (u32)(uintptr_t)&frame->esp);
	backtrace(frame->eip, (const struct stack_frame *)(uintptr_t)frame->ebp);
	stop();
}

/* Runs on a stack of its own. The CPU has stored the state at the fault in the TSS of the task that
 * it left. */
void hypervisor_double_fault(void)
{
	const struct task_state *tss = &this_cpu_pages.state.tss;
	const char *stack = guard_page_of(read_cr2());

	panic_begins();
	if (stack)
		say("panic: stack overflow: %s has run into its guard page, at %08x", stack,
		    tss->eip);
	else
		say("panic: double fault at %08x", tss->eip);
	say("esp %08x  ebp %08x  cr2 %08x", tss->esp, tss->ebp, read_cr2());
	backtrace(tss->eip, (const struct stack_frame *)(uintptr_t)tss->ebp);
	stop();
}
