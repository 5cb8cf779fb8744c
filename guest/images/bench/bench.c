/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: The guest prints the cost of each operation of the hypervisor, in ticks of the
 * time-stamp counter.
 *
 * Reason: The costs have aims (docs/performance.md), and `make bench` compares. Where QEMU counts
 * instructions (-icount shift=0), ticks are instructions.
 *
 * Method: Each operation runs many times; the cheapest run counts, less the cost of the
 * measurement. `make bench` makes a table of the lines `bench: OPERATION NUMBER`.
 *
 * Module: mem=4M timeout=60
 * Expect: shut down "bench: done"
 */
#include "guest/include/kit.h"
#include "lib/min_max.h"

#define RUNS 32
#define SPACES 16 /* address spaces, all alike */
#define AREA 0x10000000u
#define AREA_PAGES 64
#define TRAP_STACK_SIZE (2 * PAGE_SIZE) /* the maximum for SET_STACK */
#define PENDING_NS 1000u

static struct page_table *spaces[SPACES];
static gpa_t area_pages[AREA_PAGES];
static pte_t user_entry, kernel_entry;
static u32 space; /* index of the current one */

static void nothing(void) {}

static void null_hypercall(void)
{
	hcall_flush_async();
}

/* It does nothing, but needs a VM exit; FLUSH_ASYNC does not. */
static void exit_and_back(void)
{
	hcall_send_interrupts();
}

/* The entry has A and D set, as after the guest has used the page, so the hypervisor installs it at
 * once. */
static void set_pte(void)
{
	hcall_set_pte(gpa_of(spaces[0]), AREA, user_entry);
}

static void kernel_set_pte(void)
{
	hcall_set_pte(gpa_of(spaces[0]), (u32)gpa_pointer(area_pages[0]), kernel_entry);
}

#define RING_PTES 48u

static void queue_set_ptes(void)
{
	for (u32 i = 0; i < RING_PTES; i++)
		hypercall_async(HCALL_SET_PTE, gpa_of(spaces[0]), AREA + i * PAGE_SIZE, user_entry,
				0);
}

/* In turn for two address spaces, as at a fork. */
static void queue_set_ptes_of_two(void)
{
	for (u32 i = 0; i < RING_PTES; i++)
		hypercall_async(HCALL_SET_PTE, gpa_of(spaces[i % 2]), AREA + i * PAGE_SIZE,
				user_entry, 0);
}

/* There is no page table at this entry, as in a new process. In PAE the entry covers 512 page
 * tables. */
static void set_pgd(void)
{
	hcall_set_pgd(gpa_of(spaces[0]), (AREA >> TOP_SPAN_SHIFT) + 1);
}

/* A kernel does this when it flushes the entry of a page that the process has lost before. */
static void set_pte_of_nothing(void)
{
	hcall_set_pte(gpa_of(spaces[0]), AREA + AREA_PAGES * PAGE_SIZE, 0);
}

static void touch_page(u32 page)
{
	(void)*(volatile u32 *)(AREA + page * PAGE_SIZE);
}

/* Drops the shadow entry and keeps the guest's own. The measurement then covers the fill of one
 * page, without its page table. */
static void forget_page(void)
{
	hcall_set_pte(gpa_of(spaces[0]), AREA + PAGE_SIZE, 0);
}

static void touch(void)
{
	touch_page(1);
}

static void forget_accesses(void)
{
	*page_entry(spaces[0], AREA + PAGE_SIZE) &= ~(PTE_ACCESSED | PTE_DIRTY);
	forget_page();
}

static void first_write(void)
{
	*(volatile u32 *)(AREA + PAGE_SIZE) = 0;
}

static void refill(void)
{
	u32 page;

	hcall_flush_tlb_user();
	for (page = 0; page < AREA_PAGES; page++)
		touch_page(page);
}

/* -- Flushes of many page tables, with one page in each ---------------------------------------- */

#define MANY_TABLES 32u
#define MANY_AREA 0x20000000u

static u32 in_table(u32 table)
{
	return MANY_AREA + table * TABLE_SPAN;
}

static void use_tables(void)
{
	static bool mapped;

	directory_switch(spaces[0]);
	for (u32 i = 0; i < MANY_TABLES && !mapped; i++)
		page_map_quietly(spaces[0], in_table(i), area_pages[0],
				 PTE_USER | PTE_WRITE | PTE_ACCESSED | PTE_DIRTY);
	mapped = true;
	for (u32 i = 0; i < MANY_TABLES; i++)
		(void)*(volatile u32 *)in_table(i);
}

/* A change that no access can notice: a bit that the CPU ignores. */
static void write_table(u32 table)
{
	*page_entry(spaces[0], in_table(table)) ^= 0x200;
}

static void use_and_write_tables(void)
{
	use_tables();
	for (u32 i = 0; i < MANY_TABLES; i++)
		write_table(i);
}

static void flush(void)
{
	hcall_flush_tlb_user();
}

/* The hypervisor protects page tables that two flushes in a row have found unchanged; up to 15 for those
 * that have been written to since. */
static void use_and_flush_tables(void)
{
	use_tables();
	for (u32 i = 0; i < 16; i++)
		flush();
}

static void write_first_table(void)
{
	write_table(0);
}

/* Drops the shadow page table; the guest's own entries keep A and D. An address space that the
 * cache has evicted is in the same state. */
static void drop_and_refill(void)
{
	u32 page;

	hcall_set_pgd(gpa_of(spaces[0]), AREA >> TOP_SPAN_SHIFT);
	for (page = 0; page < AREA_PAGES; page++)
		touch_page(page);
}

/* The handler has only the steps that every handler needs: it drops the error code, steps over the
 * two bytes of `movl (%eax), %eax`, and returns. */
void fault_entry(void);
__asm__("fault_entry:\n\t"
	"addl $4, %esp\n\t"
	"addl $2, (%esp)\n\t"
	"iret");

static void use_fault_entry(void)
{
	gate_set(VECTOR_PF, GATE_INTERRUPT, 0, (u32)fault_entry);
}

#define ACCESS_TO_SKIP(address) __asm__ volatile(".byte 0x8b, 0x00" : : address : "memory")

static void fault(void)
{
	ACCESS_TO_SKIP("a"(AREA + AREA_PAGES * PAGE_SIZE));
}

static void choose_space(void)
{
	space = !space;
}

static void switch_space(void)
{
	hcall_new_pgtable(gpa_of(spaces[space]));
}

/* Of two processes. */
static struct descriptor tls[GUEST_TLS_ENTRIES];
static u8 stacks[2][TRAP_STACK_SIZE] ALIGNED(PAGE_SIZE);

/* Linux's calls for a switch from one process to the next, in its order: all in the ring, so one exit. */
static void switch_task(void)
{
	hypercall_async(HCALL_NEW_PGTABLE, gpa_of(spaces[space]), 0, 0, 0);
	hypercall_async(HCALL_SET_STACK, GUEST_DS, (u32)(stacks[space] + TRAP_STACK_SIZE),
			TRAP_STACK_SIZE / PAGE_SIZE, 0);
	hypercall_async(HCALL_LOAD_TLS, gpa_of(tls), 0, 0, 0);
	hcall_flush_async();
}

/* The shortest possible handler of a virtual interrupt: its gate has cleared irq_enabled, and the
 * handler leaves it cleared. */
void interrupt_entry(void);
__asm__("interrupt_entry:\n\t"
	"iret");

static void wait_for_interrupt(void)
{
	gate_set(GUEST_IRQ_VECTOR_BASE, GATE_INTERRUPT, 0, (u32)interrupt_entry);
	lguest_data.blocked_interrupts = ~(1u << GUEST_IRQ_TIMER);
	hcall_set_clockevent(PENDING_NS);
	while (!lguest_data.irq_pending)
		compiler_barrier();
}

static void deliver_interrupt(void)
{
	lguest_data.irq_enabled = GUEST_IF;
	hcall_send_interrupts();
}

/* System call 0, with which the kit's functions in ring 3 end, is passed to the kit. */
void syscall_entry(void);
__asm__("syscall_entry:\n\t"
	"testl %eax, %eax\n\t"
	"jz 1f\n\t"
	"iret\n"
	"1: jmp *syscall_stub");
u32 syscall_stub;

/* Measures in ring 3, as `cheapest` does in ring 1; with no argument, the cost of the measurement
 * itself. A macro, since ring 3 has no functions but its own. */
#define CHEAPEST_IN_RING3(name, operation)                                                         \
	static USER_CODE u32 name(u32 argument)                                                    \
	{                                                                                          \
		u32 cost, least = ~0u, run;                                                        \
		u64 start;                                                                         \
                                                                                                   \
		for (run = 0; run < RUNS; run++) {                                                 \
			start = rdtsc();                                                           \
			if (argument)                                                              \
				operation;                                                         \
			cost = (u32)(rdtsc() - start);                                             \
			if (cost < least)                                                          \
				least = cost;                                                      \
		}                                                                                  \
		return least;                                                                      \
	}

CHEAPEST_IN_RING3(system_calls, syscall(argument, 0, 0, 0))
CHEAPEST_IN_RING3(user_faults, ACCESS_TO_SKIP("a"(argument)))

static u32 measure_in_ring3(u32 (*operation)(u32), u32 argument)
{
	u32 empty = ring3_call(operation, 0).value;

	return ring3_call(operation, argument).value - empty;
}

static u32 measure_system_call(void)
{
	user_map(spaces[0]);
	syscall_stub = trap_stub(SYSCALL_VECTOR);
	gate_set(SYSCALL_VECTOR, GATE_TRAP, 3, (u32)syscall_entry);
	return measure_in_ring3(system_calls, 1);
}

static u32 measure_user_fault(void)
{
	use_fault_entry();
	return measure_in_ring3(user_faults, AREA + AREA_PAGES * PAGE_SIZE);
}

static u32 cheapest(void (*prepare)(void), void (*operate)(void))
{
	u32 cost, least = ~0u, run;
	u64 start;

	for (run = 0; run < RUNS; run++) {
		prepare();
		start = rdtsc();
		operate();
		cost = (u32)(rdtsc() - start);
		least = min_u32(least, cost);
	}
	return least;
}

static const struct {
	const char *name;
	void (*prepare)(void);
	void (*operate)(void);
} operations[] = {
    {"null hypercall", nothing, null_hypercall},
    {"exit and back", nothing, exit_and_back},
    {"set_pte", nothing, set_pte},
    {"set_pte of no page, again", nothing, set_pte_of_nothing},
    {"kernel set_pte, 16 directories", nothing, kernel_set_pte},
    {"48 set_ptes by the ring", queue_set_ptes, null_hypercall},
    {"the same for two spaces in turn", queue_set_ptes_of_two, null_hypercall},
    {"set_pgd of an empty slot", nothing, set_pgd},
    {"fill", forget_page, touch},
    {"fill by a first write", forget_accesses, first_write},
    {"flush and refill of 64 pages", nothing, refill},
    {"drop and refill of 64 pages", nothing, drop_and_refill},
    {"cached switch", choose_space, switch_space},
    {"task switch by the ring", choose_space, switch_task},
    {"interrupt delivered", wait_for_interrupt, deliver_interrupt},
    {"flush of 32 page tables", use_tables, flush},
    {"the same, all of them written", use_and_write_tables, flush},
    {"first write to a page table", use_and_flush_tables, write_first_table},
    {"reflected fault in ring 1", use_fault_entry, fault}, /* last: leaves its handler behind */
};

static void map_area(struct page_table *directory)
{
	u32 page;

	for (page = 0; page < AREA_PAGES; page++)
		page_map_quietly(directory, AREA + page * PAGE_SIZE, area_pages[page],
				 PTE_USER | PTE_WRITE | PTE_ACCESSED | PTE_DIRTY);
}

/* Every space is switched to and used, so that each has its shadow. */
static void make_spaces(void)
{
	u32 i;

	for (i = 0; i < AREA_PAGES; i++)
		area_pages[i] = gpa_of(page_alloc());
	kernel_entry = area_pages[0] | PTE_PRESENT | PTE_WRITE | PTE_ACCESSED | PTE_DIRTY;
	user_entry = kernel_entry | PTE_USER;
	for (i = SPACES; i-- > 0;) {
		spaces[i] = directory_new();
		map_area(spaces[i]);
		directory_switch(spaces[i]);
		touch_page(0);
	}
}

const char *guest_main(void)
{
	u32 i, empty;

	if (!cpu_has_tsc())
		return "bench: this CPU has no time-stamp counter";
	make_spaces();
	printf("bench: direct system call %u\n", measure_system_call());
	empty = cheapest(nothing, nothing);
	for (i = 0; i < ARRAY_SIZE(operations); i++)
		printf("bench: %s %u\n", operations[i].name,
		       cheapest(operations[i].prepare, operations[i].operate) - empty);
	printf("bench: reflected fault %u\n", measure_user_fault());
	return "bench: done";
}
