/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: After random operations of a guest only this guest may end, and the audits of the
 * debug build find no error.
 *
 * Reason: The other images try attacks that their author thought of.
 *
 * Method: Hypercalls, edits of page tables (announced, announced wrongly, or not announced), and
 * accesses from both rings, at random. Most are allowed, so that a life is long; at its end some
 * may be anything, and one of them usually kills the guest. `seed=` and `operations=` choose the
 * life: the same seed is the same life, but for the clock. With `restarts` most lives end by a
 * restart, with another seed. With `segments` descriptors under the segment registers in use are
 * exchanged before the last operations, which may kill the guest. With `steady` the life has a result, a
 * checksum, that depends on the seed alone: each write to a page table is followed by a flush, and the
 * last part is left out. With `clones` too it makes a clone now and then, and both go on with the same
 * numbers: the result of each must be that of the guest that was not cloned.
 *
 * Runner: tests/system/random.t
 * Module: mem=4M timeout=60 -- seed=1 operations=2000
 * Expect: killed
 */
#include "tests/guest/security/random-operations/random-operations.h"

#define WILD_OPERATIONS 100
#define SEGMENT_TRIALS 320
#define TRIALS_TOLD 4
#define REGISTERS_PAGE (SWITCHER_START + PAGE_SIZE)
#define BEHIND_SWITCHER (SWITCHER_START + 3 * PAGE_SIZE)
#define HLT 0xF4
#define SPARE_GDT_ENTRIES 12 /* from 17: unused */
#define SPARE_GDT_FIRST 17
#define SPARE_VECTORS 0x90
#define OFTEN_USED 6 /* of the spaces */

const u32 guest_options = GUEST_NO_INIT;

u32 user_read(u32 address);
u32 user_write(u32 address);

#define NOTHING_SHARED 0xFFBFF000 /* as kernel_address: no page table lies above it as a whole */
#define CLONE_EVERY 30            /* operations */

static u32 current;
static bool steady, clones;
static u32 result; /* of a steady life */

/* -- Hypercalls that a kernel makes, in or out of the ring ------------------------------------- */

static void call(u32 number, u32 ebx, u32 ecx, u32 edx, u32 esi)
{
	if (chance_one_in(3))
		hypercall_async(number, ebx, ecx, edx, esi);
	else
		hypercall(number, ebx, ecx, edx, esi);
}

static void announce(u32 space, gva_t at, pte_t entry)
{
	call(HCALL_SET_PTE, space_top(space), at, (u32)entry, (u32)((u64)entry >> 32));
}

static u32 any_space(void)
{
	return chance_one_in(2) ? current : chance_below(SPACES);
}

/* As a good kernel does. */
static void set_pte(void)
{
	u32 space = any_space();
	gva_t at = any_address();
	volatile pte_t *entry = space_entry(space, at);

	if (!entry)
		return;
	*entry = chance_one_in(4) ? 0 : entry_for_page();
	announce(space, at, *entry);
}

/* The value is not what the table has. */
static void set_pte_lie(void)
{
	announce(any_space(), any_address(), entry_for_page());
}

static void edit_table(void)
{
	any_table()->entry[any_index()] = entry_for_page();
}

static void edit_directory(void)
{
	struct page_table *directory = any_directory();
	u32 index = any_index();

	directory->entry[index] = chance_one_in(6) ? 0 : entry_for_table();
	if (GUEST_PAE)
		call(HCALL_SET_PMD, gpa_of(directory), index, 0, 0);
	else
		call(HCALL_SET_PGD, gpa_of(directory), index, 0, 0);
}

static void drop_directory_entry(void)
{
	u32 entries = GUEST_PAE ? 4 : 1024;

	call(HCALL_SET_PGD, space_top(any_space()), chance_below(entries), 0, 0);
}

static void switch_space(void)
{
	current = chance_below(chance_one_in(3) ? SPACES : OFTEN_USED);
	call(HCALL_NEW_PGTABLE, space_top(current), 0, 0, 0);
}

static void flush(void)
{
	call(HCALL_FLUSH_TLB, chance_one_in(12) ? chance_edge() : 0, 0, 0, 0);
}

static void set_stack(void)
{
	call(HCALL_SET_STACK, GUEST_DS, (u32)trap_stack + sizeof(trap_stack),
	     chance_below(TRAP_STACK_PAGES + 1), 0);
}

static void load_descriptor(void)
{
	struct descriptor made =
	    descriptor_make(chance_edge(), chance_edge(), chance_one_in(2) ? 1 : 3,
			    chance_one_in(3) ? SEGMENT_CODE | SEGMENT_READABLE : SEGMENT_WRITABLE);
	u32 index = SPARE_GDT_FIRST + chance_below(SPARE_GDT_ENTRIES);

	if (chance_one_in(4))
		made.high &= ~SEGMENT_PRESENT;
	call(HCALL_LOAD_GDT_ENTRY, index, made.low, made.high, 0);
}

static void load_gate(void)
{
	static const u8 vectors[] = {VECTOR_DE, VECTOR_BP, VECTOR_OF,
				     VECTOR_UD, VECTOR_GP, VECTOR_AC};

	if (chance_one_in(2))
		hcall_load_idt_entry(SPARE_VECTORS + chance_below(64), chance(),
				     chance() & ~GATE_PRESENT);
	else
		trap_gate(vectors[chance_below(ARRAY_SIZE(vectors))],
			  chance_one_in(2) ? GATE_TRAP : GATE_INTERRUPT, 0);
}

static void clock(void)
{
	call(HCALL_SET_CLOCKEVENT, 1 + chance_below(NS_PER_MS), 0, 0, 0);
}

static void halt(void)
{
	irq_disable(); /* or the event may come before HALT, which then never ends */
	hcall_set_clockevent(1 + chance_below(NS_PER_MS / 10));
	hcall_halt();
	irq_disable();
}

static void interrupts(void)
{
	if (chance_one_in(2))
		irq_enable();
	else
		irq_disable();
	call(chance_one_in(2) ? HCALL_SEND_INTERRUPTS : HCALL_FLUSH_ASYNC, 0, 0, 0, 0);
}

/* -- The result of a steady life --------------------------------------------------------------- */

/* The CPU and the hypervisor may set ACCESSED and DIRTY sooner or later. */
static void add(u32 word)
{
	result = (result ^ (word & ~(u32)PTE_MARKS)) * 16777619u;
}

static void add_outcome(struct outcome outcome)
{
	add(outcome.trapped);
	add(outcome.trapped ? outcome.vector : outcome.value);
	add(outcome.trapped ? outcome.error : 0);
	add(outcome.cr2);
}

static void add_context(struct user_context context)
{
	add(context.frame.vector);
	add(context.frame.error);
	add(context.frame.ebx);
}

static void add_page(const void *page)
{
	const volatile u32 *word = page;
	u32 i;

	for (i = 0; i < PAGE_SIZE / sizeof(u32); i++)
		add(word[i]);
}

/* -- Accesses and instructions ----------------------------------------------------------------- */

/* Values that are good entries, whatever kind of page they end up in. */
static void write(void)
{
	gva_t at = any_address();

	add_outcome(try_write(at, at % sizeof(pte_t) ? 0 : (u32)entry_for_page()));
}

static void read(void)
{
	add_outcome(try_read(any_address()));
}

/* Puts a HLT there, which traps in ring 3. As an entry it is an absent one. */
static void execute(gva_t at)
{
	volatile pte_t *entry = space_entry(current, at);

	at -= at % sizeof(pte_t);
	if (entry && (*entry & PTE_PRESENT))
		*(pte_t *)gpa_pointer(pte_address(*entry) + at % PAGE_SIZE) = HLT;
	if (steady)
		hcall_flush_tlb_all(); /* the page may be one of those that translate the address */
	step_ring3(at);
}

static void ring3(void)
{
	gva_t at = any_address();

	if (chance_one_in(3))
		add_context(
		    in_ring3(user_write, at, at % sizeof(pte_t) ? 0 : (u32)entry_for_page()));
	else if (chance_one_in(2))
		add_context(in_ring3(user_read, at, 0));
	else
		execute(at);
}

static u32 fpu_add(u32 argument)
{
	__asm__ volatile("fld1; fld1; faddp");
	return argument;
}

static u32 use_segment(u32 selector)
{
	gs_write(selector);
	return selector;
}

static void instruction(void)
{
	switch (chance_below(5)) {
	case 0:
		call(HCALL_TS, chance_below(2), 0, 0, 0);
		try_call(fpu_add, 0);
		break;
	case 1:
		try_call(use_segment, (SPARE_GDT_FIRST + chance_below(SPARE_GDT_ENTRIES)) * 8 + 1);
		break;
	case 2:
		try_in(chance_edge() & 0xFFFF, 1 << chance_below(3));
		break;
	case 3:
		try_execute(BEHIND_SWITCHER + PAGE_SIZE * chance_below(1021));
		break;
	default:
		eflags_write((chance() & (EFLAGS_NT | EFLAGS_AC | EFLAGS_IOPL)) | EFLAGS_ALWAYS);
		hcall_flush_async();
		eflags_write(EFLAGS_ALWAYS);
	}
}

static void scribble(void)
{
	*(volatile u32 *)(REGISTERS_PAGE + chance_below(PAGE_SIZE / 4) * 4) = chance_edge();
}

/* Fields that the hypervisor writes, or reads only once. */
static void shared_page(void)
{
	volatile u32 *const words[] = {
	    &lguest_data.cr2,         &lguest_data.time_seconds,   &lguest_data.irq_pending,
	    &lguest_data.reserve_mem, &lguest_data.noirq_start,    &lguest_data.noirq_end,
	    &lguest_data.syscall_vec, &lguest_data.kernel_address,
	};

	*words[chance_below(ARRAY_SIZE(words))] = chance_edge();
}

/* -- A life ------------------------------------------------------------------------------------ */

/* Twice: twice as often. */
static void (*const operations[])(void) = {
    set_pte,  set_pte,   set_pte_lie,  edit_table, edit_table, edit_directory, drop_directory_entry,
    flush,    write,     write,        read,       read,       ring3,          ring3,
    clock,    halt,      switch_space, set_stack,  interrupts, instruction,    load_descriptor,
    scribble, load_gate, shared_page,
};

static void on_clock(struct trap_frame *frame)
{
	(void)frame;
}

/* An announcement is for one address, and a table may be in use at many. A stale entry would make the
 * result depend on the shadow's state. */
static void settle(void (*operation)(void))
{
	hcall_flush_async();
	if (operation == set_pte || operation == set_pte_lie || operation == edit_table ||
	    operation == edit_directory || operation == write || operation == ring3)
		hcall_flush_tlb_all();
}

static void operate(void)
{
	void (*operation)(void) = operations[chance_below(ARRAY_SIZE(operations))];
	u32 made;

	operation();
	if (!steady)
		return;
	settle(operation);
	if (chance_one_in(CLONE_EVERY) && clones)
		hcall_clone(1, &made);
}

static void NORETURN end_steady(u32 seed)
{
	spaces_each_page(add_page);
	shutdown("random-operations: seed %u: result %08x", seed, result);
}

/* From here up all address spaces should be the same. These differ: only this guest may suffer. */
static void start(void)
{
	static const u32 kernel_addresses[] = {0xC0000000, 0xC0000000, 0x80000000, 0xC0200000,
					       0x40001000, 0x00400000, 0x00000000, 0xFFBFF000};

	lguest_data.kernel_address = kernel_addresses[chance_below(ARRAY_SIZE(kernel_addresses))];
	if (steady)
		lguest_data.kernel_address = NOTHING_SHARED;
	hcall_lguest_init(gpa_of(&lguest_data));
	kit_start_traps();
	irq_handle(GUEST_IRQ_TIMER, on_clock);
	spaces_init();
	hcall_new_pgtable(space_top(0));
}

/* Prints the number in between, because a trial may end the guest. */
static void try_segments(u32 seed)
{
	u32 i;

	for (i = 1; i <= SEGMENT_TRIALS; i++) {
		segments_trial();
		if (i % TRIALS_TOLD == 0)
			printf("random-operations: seed %u has tried %u segments\n", seed, i);
	}
}

const char *guest_main(void)
{
	u32 seed = boot_option_number("seed", 1), count = boot_option_number("operations", 1000), i;
	bool restarts = boot_option("restarts");

	steady = boot_option("steady");
	clones = boot_option("clones");
	spaces_steady(steady);
	chance_seed(seed);
	start();
	if (restarts) {
		seed = (seed ^ lguest_data.time_nanoseconds) * 2654435761u;
		chance_seed(seed);
	}
	printf("random-operations: seed %u begins\n", seed);
	for (i = 0; i < count; i++)
		operate();
	printf("random-operations: seed %u has done %u operations\n", seed, count);
	if (steady)
		end_steady(seed);
	if (restarts && !chance_one_in(4))
		restart("random-operations: again");
	if (boot_option("segments"))
		try_segments(seed);
	for (i = 0; i < WILD_OPERATIONS; i++)
		wild_operation();
	return "random-operations: survived";
}
