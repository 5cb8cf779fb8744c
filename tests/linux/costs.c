// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A Linux program without a C library, as the first program of a guest. It measures the cost of
 * operations while much memory is in use, prints a line for each, and powers off. With QEMU's
 * -icount shift=0 a tick of the time-stamp counter is an instruction.
 *
 *	rdinit=/umbra/costs touch       page faults, 50 MB at a time, up to 100 MB; only if there is
 *	                                high memory, which the kernel maps anew for each page it clears
 *	rdinit=/umbra/costs touch-all   the same up to 500 MB: some 100,000 million instructions
 *	rdinit=/umbra/costs resident    calls that flush the TLB, with 1, 10 and 100 MB resident
 */
typedef unsigned int u32;
typedef unsigned long long u64;

#define SYS_EXIT 1
#define SYS_FORK 2
#define SYS_WRITE 4
#define SYS_WAITPID 7
#define SYS_GETPID 20
#define SYS_REBOOT 88
#define SYS_MUNMAP 91
#define SYS_SYSINFO 116
#define SYS_MPROTECT 125
#define SYS_MMAP2 192

#define PROT_READ 1
#define PROT_WRITE 2
#define MAP_PRIVATE_ANONYMOUS 0x22
#define REBOOT_MAGIC 0xFEE1DEADu
#define REBOOT_MAGIC2 672274793
#define REBOOT_POWER_OFF 0x4321FEDC
#define ANY_CHILD (-1)

#define PAGE 4096u
#define PAGES_PER_MB 256u
#define STEP_MB 50u
#define TOUCH_MB 100u
#define TOUCH_ALL_MB 500u
#define AGAIN_MB 4u
#define PAGES 64u /* of each mmap and mprotect */
#define ROUNDS 20u
#define FORKS 3u

struct sysinfo {
	u32 uptime, loads[3], total_ram, free_ram, shared_ram, buffer_ram, total_swap, free_swap;
	u32 processes; /* in its lower half */
	u32 total_high, free_high, unit;
	char reserved[8];
};

static int call6(u32 number, u32 ebx, u32 ecx, u32 edx, u32 esi, u32 edi)
{
	int result;

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "0"(number), "b"(ebx), "c"(ecx), "d"(edx), "S"(esi), "D"(edi)
			 : "memory");
	return result;
}

static int call(u32 number, u32 ebx, u32 ecx, u32 edx)
{
	return call6(number, ebx, ecx, edx, 0, 0);
}

/* -- Printing
 * ----------------------------------------------------------------------------------- */

static void print(const char *text)
{
	u32 length = 0;

	while (text[length])
		length++;
	call(SYS_WRITE, 1, (u32)text, length);
}

static void print_number(u32 number)
{
	char digits[11], *first = digits + sizeof(digits) - 1;

	*first = '\0';
	do {
		*--first = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	print(first);
}

/* "cost NAME MB TICKS" */
static void print_cost(const char *name, u32 mb, u32 ticks)
{
	print("cost ");
	print(name);
	print(" ");
	print_number(mb);
	print(" ");
	print_number(ticks);
	print("\n");
}

/* Powers the machine off if this is its first program. */
static void power_off(const char *last)
{
	print(last);
	if (call(SYS_GETPID, 0, 0, 0) == 1)
		call(SYS_REBOOT, REBOOT_MAGIC, REBOOT_MAGIC2, REBOOT_POWER_OFF);
	call(SYS_EXIT, 0, 0, 0);
}

/* -- Measuring
 * ---------------------------------------------------------------------------------- */

static u64 ticks_now(void)
{
	u32 low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (u64)high << 32 | low;
}

/* The average ticks of one operation, of so many since `start`. */
static u32 ticks_each(u64 start, u32 operations)
{
	u64 ticks = ticks_now() - start;
	u32 quotient, remainder;

	if (ticks >> 32 >= operations) /* the quotient would have more than 32 bits */
		return ~0u;
	__asm__("divl %4"
		: "=a"(quotient), "=d"(remainder)
		: "0"((u32)ticks), "1"((u32)(ticks >> 32)), "rm"(operations));
	return quotient;
}

static volatile char *map(u32 pages)
{
	u32 at = (u32)call6(SYS_MMAP2, 0, pages * PAGE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE_ANONYMOUS, ~0u);

	if (at > ~PAGE) { /* an error's number */
		power_off("cost no memory\n");
	}
	return (volatile char *)at;
}

static void touch(volatile char *at, u32 pages)
{
	for (u32 i = 0; i < pages; i++)
		at[i * PAGE] = 1;
}

/* Maps and touches so many megabytes; prints the cost of a page, and returns their address. */
static volatile char *measure_touch(const char *name, u32 mb, u32 in_use)
{
	u32 pages = mb * PAGES_PER_MB;
	volatile char *at = map(pages);
	u64 start = ticks_now();

	touch(at, pages);
	print_cost(name, in_use, ticks_each(start, pages));
	return at;
}

/* The kernel allocates high memory first, so the pages that are freed, and those that are touched
 * then, are high. */
static void measure_faults(u32 most)
{
	struct sysinfo info = {0};
	volatile char *first;

	call(SYS_SYSINFO, (u32)&info, 0, 0);
	if (!info.total_high) {
		print("cost no high memory\n");
		return;
	}
	first = measure_touch("fault", STEP_MB, STEP_MB);
	for (u32 mb = 2 * STEP_MB; mb <= most; mb += STEP_MB)
		measure_touch("fault", STEP_MB, mb);
	call(SYS_MUNMAP, (u32)first, AGAIN_MB * PAGES_PER_MB * PAGE, 0);
	measure_touch("again", AGAIN_MB, most);
}

static u32 measure_mmap(void)
{
	u64 start = ticks_now();

	for (u32 i = 0; i < ROUNDS; i++) {
		volatile char *at = map(PAGES);

		touch(at, PAGES);
		call(SYS_MUNMAP, (u32)at, PAGES * PAGE, 0);
	}
	return ticks_each(start, ROUNDS);
}

/* Makes pages read-only, then writable again, and writes to them. */
static u32 measure_mprotect(volatile char *at)
{
	u64 start = ticks_now();

	for (u32 i = 0; i < ROUNDS; i++) {
		call(SYS_MPROTECT, (u32)at, PAGES * PAGE, PROT_READ);
		call(SYS_MPROTECT, (u32)at, PAGES * PAGE, PROT_READ | PROT_WRITE);
		touch(at, PAGES);
	}
	return ticks_each(start, ROUNDS);
}

/* Creates a child that does nothing, and waits for its end. */
static u32 measure_fork(void)
{
	u64 start = ticks_now();

	for (u32 i = 0; i < FORKS; i++) {
		int status;

		if (!call(SYS_FORK, 0, 0, 0))
			call(SYS_EXIT, 0, 0, 0);
		call(SYS_WAITPID, (u32)ANY_CHILD, (u32)&status, 0);
	}
	return ticks_each(start, FORKS);
}

static void measure_resident(u32 mb)
{
	u32 pages = mb * PAGES_PER_MB + PAGES;
	volatile char *at = map(pages);

	touch(at, pages);
	print_cost("mmap", mb, measure_mmap());
	print_cost("mprotect", mb, measure_mprotect(at));
	print_cost("fork", mb, measure_fork());
	call(SYS_MUNMAP, (u32)at, pages * PAGE, 0);
}

void start(const u32 *stack);

/* The kernel puts the number of words on the stack, followed by pointers to them. */
void start(const u32 *stack)
{
	const char *word = stack[0] > 1 ? (const char *)stack[2] : "";

	if (word[0] == 't')
		measure_faults(word[sizeof("touch") - 1] ? TOUCH_ALL_MB : TOUCH_MB);
	else
		for (u32 mb = 1; mb <= 100; mb *= 10)
			measure_resident(mb);
	power_off("cost done\n");
}

/* Passes the argument in eax and on the stack: the compiler's flags decide from where C reads it.
 * */
__asm__(".globl _start\n"
	"_start: movl %esp, %eax; pushl %eax; call start\n");
