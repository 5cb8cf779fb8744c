// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A Linux program without a C library. Many processes at once load values of their own into the
 * registers of FPU and SSE, let others run, and check that the registers still have the values.
 */
typedef unsigned int u32;

#define SYS_EXIT 1
#define SYS_FORK 2
#define SYS_WRITE 4
#define SYS_WAITPID 7
#define SYS_SCHED_YIELD 158

#define PROCESSES 8
#define ROUNDS 5000
#define ANY_CHILD (-1)
#define CPUID_1_EDX_SSE (1u << 25)

static int has_sse;

static int system_call(int number, int ebx, int ecx, int edx)
{
	int result;

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "0"(number), "b"(ebx), "c"(ecx), "d"(edx)
			 : "memory");
	return result;
}

static int detect_sse(void)
{
	u32 eax, ebx, ecx, edx;

	__asm__("cpuid" : "=a"(eax), "=b"(ebx), "=c"(ecx), "=d"(edx) : "0"(1));
	return (edx & CPUID_1_EDX_SSE) != 0;
}

/* One value in each of four registers of the FPU, and 16 bytes in two of SSE's. */
static void load(const u32 *values)
{
	__asm__ volatile("fninit; fildl (%0); fildl 4(%0); fildl 8(%0); fildl 12(%0)"
			 :
			 : "r"(values)
			 : "memory");
	if (has_sse)
		__asm__ volatile("movups (%0), %%xmm0; movups (%0), %%xmm7"
				 :
				 : "r"(values)
				 : "memory");
}

static int still_there(const u32 *values)
{
	u32 fpu[4] = {0}, sse[8] = {0};
	int i, same = 1;

	__asm__ volatile("fistpl 12(%0); fistpl 8(%0); fistpl 4(%0); fistpl (%0)"
			 :
			 : "r"(fpu)
			 : "memory");
	if (has_sse)
		__asm__ volatile("movups %%xmm0, (%0); movups %%xmm7, 16(%0)"
				 :
				 : "r"(sse)
				 : "memory");
	for (i = 0; i < 4; i++) {
		same = same && fpu[i] == values[i];
		same = same && (!has_sse || (sse[i] == values[i] && sse[i + 4] == values[i]));
	}
	return same;
}

/* Other processes run when this one yields, and when its time slice ends. */
static void let_others_run(u32 round)
{
	volatile u32 i;

	if (round % 4)
		system_call(SYS_SCHED_YIELD, 0, 0, 0);
	else
		for (i = 0; i < 2000; i++)
			;
}

static int process(u32 number)
{
	u32 round;

	for (round = 0; round < ROUNDS; round++) {
		u32 values[4] = {number << 20 | round, number, round, number ^ round};

		load(values);
		let_others_run(round);
		if (!still_there(values))
			return 1;
	}
	return 0;
}

/* Returns the number of processes that have failed. */
static int wait_for_all(void)
{
	int status, failed = 0;

	while (system_call(SYS_WAITPID, ANY_CHILD, (int)&status, 0) > 0)
		failed += status != 0;
	return failed;
}

static void say(const char *text)
{
	u32 length = 0;

	while (text[length])
		length++;
	system_call(SYS_WRITE, 1, (int)text, length);
}

void _start(void); /* where the kernel starts it */

void _start(void)
{
	u32 i;
	int failed;

	has_sse = detect_sse();
	for (i = 1; i <= PROCESSES; i++)
		if (!system_call(SYS_FORK, 0, 0, 0))
			system_call(SYS_EXIT, process(i), 0, 0);
	failed = wait_for_all();
	say(failed ? "registers changed" : has_sse ? "FPU and SSE ok" : "FPU ok");
	say("\n");
	system_call(SYS_EXIT, failed != 0, 0, 0);
}
