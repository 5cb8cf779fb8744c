/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: A guest finds its own values in all state that a CPU keeps for it, round after round,
 * while other guests run beside it.
 *
 * Reason: Guests that take turns on a CPU share its registers, descriptor tables and TLB. The next
 * guest must not see values that another one left, and must have its own back.
 *
 * Method: The values depend on seed=, the addresses do not, so another such guest, or an attacker,
 * has other values at the same places. Checked are the FPU's and SSE's registers and control words,
 * the general registers and EFLAGS through the work, CR0.TS, the memory behind three thread-local
 * segments, a direct gate, the ring-1 stack of the TSS, and the pages behind linear addresses, of
 * which some are changed and announced each round. After ms= milliseconds the guest prints the
 * checksum of the first round, which each later one must repeat, and the number of rounds.
 *
 * Module: mem=2M -- ms=100 seed=1
 * Expect: shut down "isolation-cpu-state: "
 * Runner: tests/system/beside.t
 */
#include "guest/include/kit.h"

#define AREA 0x30000000u
#define PAGES 32u
#define TLS_FIRST 6u
#define TLS_COUNT 3u
#define WORK 10000u
#define STACKS 8u
#define STACK_STEP 128u
#define CPUID_SSE 0x02000000u /* leaf 1, edx */
#define CR0_TS 8u

#define HASH_START 2166136261u
#define HASH_PRIME 16777619u

static volatile bool over;
static u32 seed, breakpoints;
static bool has_fpu, has_sse;
static u32 tls_words[TLS_COUNT];

static u32 hash_word(u32 sum, u32 word)
{
	return (sum ^ word) * HASH_PRIME;
}

/* A value for each place, different in each guest. */
static u32 value(u32 place)
{
	return hash_word(hash_word(HASH_START, seed), place);
}

static void on_clock(struct trap_frame *frame)
{
	(void)frame;
	over = true;
}

static void on_breakpoint(struct trap_frame *frame)
{
	(void)frame;
	breakpoints++;
}

/* -- What the CPU keeps ------------------------------------------------------------------------ */

static void fill_fpu(void)
{
	static u32 numbers[8], block[4];

	if (!has_fpu)
		return;
	__asm__ volatile("fninit");
	for (u32 i = 0; i < 8; i++) {
		numbers[i] = value(i);
		__asm__ volatile("fildl %0" : : "m"(numbers[i]));
	}
	if (!has_sse)
		return;
	for (u32 i = 0; i < 4; i++)
		block[i] = value(100 + i);
	__asm__ volatile("movups %0, %%xmm0; movups %0, %%xmm7; paddd %%xmm7, %%xmm7"
			 :
			 : "m"(block));
}

static u32 see_fpu(void)
{
	static u32 number, block[4];
	static u16 control;
	u32 sum = HASH_START;

	if (!has_fpu)
		return sum;
	__asm__ volatile("fnstcw %0" : "=m"(control));
	sum = hash_word(sum, control);
	for (u32 i = 0; i < 8; i++) {
		__asm__ volatile("fistpl %0" : "=m"(number));
		sum = hash_word(sum, number);
	}
	if (!has_sse)
		return sum;
	__asm__ volatile("movups %%xmm0, %0" : "=m"(block));
	for (u32 i = 0; i < 4; i++)
		sum = hash_word(sum, block[i]);
	__asm__ volatile("movups %%xmm7, %0" : "=m"(block));
	for (u32 i = 0; i < 4; i++)
		sum = hash_word(sum, block[i]);
	return sum;
}

static void load_tls(void)
{
	static struct descriptor tls[TLS_COUNT];

	for (u32 i = 0; i < TLS_COUNT; i++) {
		tls_words[i] = value(200 + i);
		tls[i] = descriptor_make((u32)&tls_words[i], sizeof(u32) - 1, 1, SEGMENT_WRITABLE);
	}
	descriptor_load_tls(tls);
}

/* By a fresh load of each selector: from the table, not from the register's hidden part. */
static u32 see_tls(void)
{
	u32 word, sum = HASH_START;

	for (u32 i = 0; i < TLS_COUNT; i++) {
		fs_write((TLS_FIRST + i) * 8 + 1);
		__asm__ volatile("movl %%fs:0, %0" : "=r"(word));
		sum = hash_word(sum, word);
	}
	return sum;
}

static bool ts_is_set(void)
{
	u32 machine_status;

	__asm__ volatile("smsw %0" : "=r"(machine_status));
	return machine_status & CR0_TS;
}

/* Every second guest has no gate for INTO, and must not find another guest's. */
static u32 into(u32 unused)
{
	__asm__ volatile("int $4");
	return unused;
}

/* The gate of the guest `isolation-syscall-vector`. */
USER_CODE static u32 other_syscall(u32 unused)
{
	__asm__ volatile("int %0" : : "i"(SYSCALL_VECTOR_ALTERNATE));
	return unused;
}

static u32 hash_outcome(u32 sum, struct outcome outcome)
{
	return hash_word(hash_word(hash_word(sum, outcome.trapped), outcome.vector), outcome.error);
}

static u32 see_gates(void)
{
	u32 before = breakpoints, sum;

	sum = hash_outcome(HASH_START, try_call(into, 0));
	sum = hash_outcome(sum, ring3_call(other_syscall, 0));
	__asm__ volatile("int3");
	return hash_word(sum, breakpoints - before);
}

USER_CODE static u32 work_in_ring_3(u32 mine)
{
	u32 left = WORK;

	__asm__ volatile("1: decl %0; jnz 1b" : "+r"(left));
	return mine;
}

/* A trap from ring 3 uses the stack in the TSS, which is elsewhere for each guest. */
static u32 see_ring_3(void)
{
	u32 top = (u32)trap_stack + sizeof(trap_stack) - seed % STACKS * STACK_STEP;
	struct outcome outcome;

	*(u32 *)(top - sizeof(u32)) = 0; /* where the CPU puts the user's ss */
	outcome = ring3_call(work_in_ring_3, seed);
	return hash_word(hash_word(HASH_START, outcome.value), *(u32 *)(top - sizeof(u32)));
}

static void start_gates_and_stack(void)
{
	u32 top = (u32)trap_stack + sizeof(trap_stack) - seed % STACKS * STACK_STEP;

	trap_handlers[VECTOR_BP] = on_breakpoint;
	if (seed % 2)
		gate_clear(VECTOR_OF);
	hcall_set_stack(GUEST_DS, top, TRAP_STACK_PAGES);
}

/* -- Pages ------------------------------------------------------------------------------------- */

static volatile u32 *page_at(u32 i)
{
	return (volatile u32 *)(AREA + i * PAGE_SIZE);
}

static void make_pages(void)
{
	for (u32 i = 0; i < PAGES; i++) {
		volatile u32 *page = page_alloc();

		*page = value(300 + i);
		page_map(kernel_directory, AREA + i * PAGE_SIZE, gpa_of(page), PTE_WRITE);
	}
}

/* Two pages change places: their TLB entries are wrong from then on. */
static void exchange(u32 i, u32 j)
{
	pte_t first = page_lookup(kernel_directory, AREA + i * PAGE_SIZE);
	pte_t second = page_lookup(kernel_directory, AREA + j * PAGE_SIZE);

	page_set(kernel_directory, AREA + i * PAGE_SIZE, second);
	page_set(kernel_directory, AREA + j * PAGE_SIZE, first);
}

static u32 see_pages(void)
{
	u32 sum = HASH_START;

	for (u32 i = 0; i < PAGES; i++)
		sum = hash_word(sum, *page_at(i));
	return sum;
}

/* -- A round ----------------------------------------------------------------------------------- */

/* Keeps values in every register for as long as WORK takes; false if one of them changed. */
static bool work_in_registers(void)
{
	u32 mine = seed, left = WORK, bad = 0;

	__asm__ volatile(
	    "pushl %%ebp\n\t"
	    "movl %1, %%ebx; movl %1, %%edx; movl %1, %%esi; movl %1, %%edi\n\t"
	    "movl %1, %%ebp; std\n"
	    "1:\tdecl %0; jnz 1b\n\t"
	    "pushfl; cld; popl %0; notl %0; andl $0x400, %0\n\t"
	    "xorl %1, %%ebx; xorl %1, %%edx; xorl %1, %%esi; xorl %1, %%edi\n\t"
	    "xorl %1, %%ebp\n\t"
	    "orl %%ebx, %0; orl %%edx, %0; orl %%esi, %0; orl %%edi, %0; orl %%ebp, %0\n\t"
	    "popl %%ebp"
	    : "+c"(left), "+a"(mine)
	    :
	    : "ebx", "edx", "esi", "edi", "cc", "memory");
	bad = left;
	return !bad;
}

static u32 go_round(u32 round)
{
	u32 sum = HASH_START;

	fill_fpu();
	hcall_ts(round & 1);
	sum = hash_word(sum, work_in_registers());
	sum = hash_word(sum, ts_is_set() == (round & 1));
	hcall_ts(false);
	sum = hash_word(sum, see_fpu());
	sum = hash_word(sum, see_tls());
	sum = hash_word(sum, see_gates());
	sum = hash_word(sum, see_ring_3());
	exchange(1, 2);
	sum = hash_word(sum, see_pages());
	exchange(1, 2);
	return hash_word(sum, see_pages());
}

const char *guest_main(void)
{
	u32 first, rounds = 1;

	seed = boot_option_number("seed", 1);
	has_fpu = cpu_has_fpu();
	has_sse = has_fpu && cpuid(1).edx & CPUID_SSE;
	paging_start();
	start_gates_and_stack();
	user_map(kernel_directory);
	make_pages();
	load_tls();
	first = go_round(0);
	irq_handle(GUEST_IRQ_TIMER, on_clock);
	hcall_set_clockevent(boot_option_number("ms", 100) * NS_PER_MS);
	irq_enable();
	for (; !over; rounds++) {
		u32 sum = go_round(rounds);

		if (sum != first)
			shutdown("isolation-cpu-state: round %u saw %08x instead of %08x", rounds,
				 sum, first);
	}
	shutdown("isolation-cpu-state: saw %08x in %u rounds", first, rounds);
}
