/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: A small kernel at 0xC0000000 runs processes in ring 3 with address spaces of their
 * own, preempted by the virtual clock. It has system calls through a direct gate, demand paging,
 * fork with copy on write, and FPU registers that follow their process.
 *
 * Reason: It shows what a guest can do, in about two seconds.
 *
 * Method: It prints a table of what happened and checks each number in it. The programs are in
 * programs.c.
 *
 * Parts:
 *	1. Tasks and time
 *	2. System calls
 *	3. Page faults
 *	4. The scheduler
 *	5. The table and the checks
 *
 * Module: mem=4M timeout=60
 * Expect: shut down "demo: all"
 */
#include "guest/images/demo/programs.h"

#define TICK_MS 10u
#define TICKS_MIN 10u /* of a busy task, to be compared with the others' */

/*
 * 1. Tasks and time.
 */
enum task_state { TASK_FREE, TASK_READY, TASK_ASLEEP, TASK_ENDED };

struct task {
	struct process process;
	const struct program *program;
	enum task_state state;
	u32 wake_ms;
	u32 ticks, syscalls, demand, copies; /* counted by the kernel */
	u32 checks, failed;                  /* the program's own */
	u32 result;                          /* its return value */
	bool killed;
};

#define TASKS (PROGRAMS + 1)
static struct task tasks[TASKS];

static struct wall_time start_time;
static u32 started;             /* programs */
static u32 charged, idle_ticks; /* clock ticks that some task, or idling, has been charged */

static u32 now_ms(void)
{
	return wall_ms_between(start_time, wall_clock());
}

static u32 pid_of(const struct task *task)
{
	return task - tasks + 1;
}

static struct task *new_task(const struct program *program)
{
	struct task *task;

	for (task = tasks; task->state != TASK_FREE; task++)
		ASSERT(task < &tasks[TASKS - 1]);
	*task = (struct task){.program = program, .state = TASK_READY};
	return task;
}

static void end_task(struct task *task)
{
	task->state = TASK_ENDED;
	process_destroy(&task->process);
}

/* Every tick since the last call is charged to one account. True if there was one. */
static bool charge(u32 *account)
{
	u32 ticks = clock_ticks() - charged;

	*account += ticks;
	charged += ticks;
	return ticks;
}

static void print_line(const struct task *task, const char *text)
{
	u32 ms = now_ms();

	printf("%u.%02u s  %u %-8s %s\n", ms / 1000, ms / 10 % 100, pid_of(task),
	       task->program->name, text);
}

/*
 * 2. System calls. Arguments are in ebx and ecx, the result goes to eax.
 */
static u32 sys_exit(struct task *task, u32 result, u32 unused)
{
	(void)unused;
	task->result = result;
	end_task(task);
	return 0;
}

static u32 sys_time(struct task *task, u32 unused, u32 unused_too)
{
	(void)task, (void)unused, (void)unused_too;
	return now_ms();
}

/* Adds one tick, since the time that `now_ms` gives may be almost a tick old. */
static u32 sys_sleep(struct task *task, u32 milliseconds, u32 unused)
{
	(void)unused;
	task->wake_ms = now_ms() + milliseconds + TICK_MS;
	task->state = TASK_ASLEEP;
	return 0;
}

static u32 sys_fork(struct task *task, u32 unused, u32 unused_too)
{
	struct task *child = new_task(&forked);

	(void)unused, (void)unused_too;
	process_fork(&child->process, &task->process);
	return pid_of(child);
}

/* Only bytes that ring 3 could read itself. */
static u32 sys_say(struct task *task, u32 text, u32 length)
{
	const pte_t needed = PTE_PRESENT | PTE_USER;
	char said[80];
	u32 i;

	for (i = 0; i < length && i < sizeof(said) - 1; i++) {
		if ((page_lookup(task->process.directory, text + i) & needed) != needed)
			break;
		said[i] = *(const char *)(text + i);
	}
	said[i] = '\0';
	print_line(task, said);
	return i;
}

static u32 sys_check(struct task *task, u32 passed, u32 unused)
{
	(void)unused;
	task->checks++;
	task->failed += !passed;
	return 0;
}

static u32 (*const syscalls[])(struct task *, u32, u32) = {
    [SYS_EXIT] = sys_exit, [SYS_TIME] = sys_time, [SYS_SLEEP] = sys_sleep,
    [SYS_FORK] = sys_fork, [SYS_SAY] = sys_say,   [SYS_CHECK] = sys_check,
};

static void serve(struct task *task)
{
	struct trap_frame *frame = &task->process.context.frame;
	u32 number = frame->eax;

	task->syscalls++;
	if (number >= ARRAY_SIZE(syscalls))
		panic("process %u: there is no system call %u", pid_of(task), number);
	frame->eax = syscalls[number](task, frame->ebx, frame->ecx);
}

/*
 * 3. Page faults.
 */
static void page_fault(struct task *task)
{
	switch (process_fault(&task->process, HEAP, HEAP_END)) {
	case PROCESS_FAULT_DEMAND:
		task->demand++;
		break;
	case PROCESS_FAULT_COPY:
		task->copies++;
		break;
	case PROCESS_FAULT_REAL:
		print_line(task, "is killed: it reaches for memory that is not its own");
		task->killed = true;
		end_task(task);
		break;
	}
}

/*
 * 4. The scheduler: in turn, a tick each. The kernel itself runs with interrupts disabled; ticks
 * arrive in ring 3 and while it is idle.
 */
static void run(struct task *task)
{
	process_run(&task->process);
	switch (task->process.context.frame.vector) {
	case SYSCALL_VECTOR:
		serve(task);
		break;
	case VECTOR_PF:
		page_fault(task);
		break;
	case GUEST_IRQ_VECTOR_BASE + GUEST_IRQ_TIMER:
		break;
	default:
		trap_print(&task->process.context.frame);
		panic("process %u: unexpected trap", pid_of(task));
	}
}

static void run_one_tick(struct task *task)
{
	do
		run(task);
	while (!charge(&task->ticks) && task->state == TASK_READY);
}

static void wake(struct task *task)
{
	if (task->state == TASK_ASLEEP && now_ms() >= task->wake_ms)
		task->state = TASK_READY;
}

/* Gives each task that is ready a tick. Returns how many were ready, and how many are asleep. */
static void round(u32 *ready, u32 *asleep)
{
	struct task *task;

	*ready = *asleep = 0;
	for (task = tasks; task < &tasks[TASKS]; task++) {
		wake(task);
		*asleep += task->state == TASK_ASLEEP;
		if (task->state != TASK_READY)
			continue;
		++*ready;
		run_one_tick(task);
	}
}

static void schedule(void)
{
	u32 ready, asleep;

	do {
		round(&ready, &asleep);
		if (!ready && asleep) {
			cpu_halt();
			irq_disable(); /* HALT ends with interrupts enabled */
			charge(&idle_ticks);
		}
	} while (ready || asleep);
}

/*
 * 5. The table and the checks.
 */
static u32 verified, wrong;

static void verify(bool right, const char *text, ...) PRINTF_LIKE(2, 3);
static void verify(bool right, const char *text, ...)
{
	va_list arguments;

	verified++;
	if (right)
		return;
	wrong++;
	printf("WRONG: ");
	va_start(arguments, text);
	vprintf(text, arguments);
	va_end(arguments);
	printf("\n");
}

static void verify_task(const struct task *task)
{
	const struct program *program = task->program;
	const struct user_context *last = &task->process.context;
	u32 pid = pid_of(task);

	verify(task->checks, "%u: has checked nothing", pid);
	if (task->failed)
		printf("WRONG: %u: %u of its %u checks failed\n", pid, task->failed, task->checks);
	verify(task->demand == program->demand, "%u: %u pages on demand, not %u", pid, task->demand,
	       program->demand);
	verify(task->copies == program->copies, "%u: %u pages copied, not %u", pid, task->copies,
	       program->copies);
	verify(program->fpu ? task->process.fpu_loads > 1 : !task->process.fpu_loads,
	       "%u: FPU loaded %u times", pid, task->process.fpu_loads);
	verify(task->killed == program->strays, "%u: %s", pid,
	       task->killed ? "killed" : "not killed");
	if (task->killed)
		verify(last->cr2 == program->argument &&
			   last->frame.error == (PF_PRESENT | PF_USER),
		       "%u: page fault at %08x, error %x", pid, last->cr2, last->frame.error);
	else
		verify(task->result == task->syscalls, "%u: made %u system calls, %u arrived", pid,
		       task->result, task->syscalls);
}

/* All turns have the same length, so the busy tasks must have had about the same time. A few ticks tell nothing: a
 * snapshot of this guest may be restored when the busy programs' time is nearly up. */
static void verify_shares(void)
{
	u32 all = 0, busy = 0;
	const struct task *task;

	for (task = tasks; task < &tasks[TASKS]; task++) {
		if (task->state == TASK_ENDED && task->program->busy) {
			all += task->ticks;
			busy++;
		}
	}
	for (task = tasks; task < &tasks[TASKS]; task++) {
		if (task->state == TASK_ENDED && task->program->busy && all >= TICKS_MIN * busy)
			verify(task->ticks * busy > all / 2 && task->ticks * busy < all * 2,
			       "%u: %u ticks of %u for %u", pid_of(task), task->ticks, all, busy);
	}
}

static void print_task(const struct task *task)
{
	printf("%3u %-8s %7u %8u %7u %7u %5u %7u\n", pid_of(task), task->program->name, task->ticks,
	       task->syscalls, task->demand, task->copies, task->process.fpu_loads, task->checks);
}

static void report(void)
{
	u32 ticks = idle_ticks, elapsed = now_ms(), ended = 0;
	const struct task *task;

	printf("\npid program    ticks syscalls demanded copied  fpu  checks\n");
	for (task = tasks; task < &tasks[TASKS]; task++) {
		if (task->state != TASK_ENDED)
			continue;
		print_task(task);
		verify_task(task);
		ended++;
		ticks += task->ticks;
		verified += task->checks;
		wrong += task->failed;
	}
	printf("    idle     %7u\n    all      %7u in %u.%02u s\n\n", idle_ticks, clock_ticks(),
	       elapsed / 1000, elapsed / 10 % 100);
	verify_shares();
	verify(ended == started + 1, "%u programs ended, %u were started and one forked", ended,
	       started);
	verify(ticks == clock_ticks(), "%u of %u ticks charged", ticks, clock_ticks());
	verify(elapsed >= RUN_MS, "done after %u ms", elapsed);
	verify(clock_ticks() * TICK_MS <= elapsed + TICK_MS, "%u ticks are early", clock_ticks());
}

static void start_programs(void)
{
	bool fpu = cpu_has_fpu();
	const struct program *program;

	for (program = programs; program < &programs[PROGRAMS]; program++) {
		if (program->fpu && !fpu) {
			printf("no FPU here: no %s\n", program->name);
			continue;
		}
		process_create(&new_task(program)->process, program->run, program->argument);
		started++;
	}
}

static char verdict[64]; /* the result of guest_main */

const char *guest_main(void)
{
	u32 pages = pages_free();

	printf("demo: a kernel at %08x, %u KB of memory, ring %u\n\n", (u32)kernel_base,
	       boot_memory() / KIB, cs_read() & 3);
	start_programs();
	start_time = wall_clock();
	clock_start(TICK_MS * NS_PER_MS);
	schedule();
	clock_stop();
	report();
	verify(pages_free() == pages, "%u pages are lost", pages - pages_free());
	if (wrong)
		snprintf(verdict, sizeof(verdict), "demo: %u of %u checks failed", wrong, verified);
	else
		snprintf(verdict, sizeof(verdict), "demo: all %u checks passed", verified);
	return verdict;
}
