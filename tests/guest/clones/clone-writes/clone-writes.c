/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: After CLONE, what the parent or a clone writes to its memory no other of them sees,
 * whatever the way of writing: stores of both rings, frames of traps and interrupts, ACCESSED and
 * DIRTY, page tables, lguest_data.
 *
 * Reason: Their frames are the same until one of them writes. Each way has code of its own in the
 * hypervisor or the CPU, which must not write to a shared frame.
 *
 * Method: Three parties (parties.h): each looks, writes, looks, and looks again when all have
 * written. The parent is first, second and last.
 *
 * Module: mem=4M clones=12 timeout=40
 * Expect: shut down "tap: "
 * Expect-clones: 6 shut down "tap: "
 */
#include "tests/guest/clones/parties.h"

#define AREA 0x20000000u /* the user part: pages of the test's own */
#define USER_PAGE AREA
#define ALIAS_A (AREA + 0x1000)
#define ALIAS_B (AREA + 0x2000)
#define FRESH (AREA + 0x3000) /* is mapped anew: SET_PTE */
#define FRESH_QUIETLY (AREA + 0x4000)
#define FRESH_BY_RING (AREA + 0x5000)
#define SPAN_A (AREA + 1 * 0x1000000u) /* spans of page tables, for entries one level up */
#define MARKS (AREA + 2 * 0x1000000u)
#define SPAN_MARKS (AREA + 3 * 0x1000000u)
#define BASE 0x5EED0000u
#define STACK_WORDS (PAGE_SIZE / sizeof(u32))

static u32 kernel_page[STACK_WORDS] ALIGNED(PAGE_SIZE);
static u32 untouched[2 * STACK_WORDS] ALIGNED(PAGE_SIZE);
static u32 gate_stack[STACK_WORDS] ALIGNED(PAGE_SIZE);
static u32 fault_stack[STACK_WORDS] ALIGNED(PAGE_SIZE);
static u32 irq_stack[STACK_WORDS] ALIGNED(PAGE_SIZE);
static u32 breakpoint_stack[STACK_WORDS] ALIGNED(PAGE_SIZE);
static u32 ring1_fault_stack[STACK_WORDS] ALIGNED(PAGE_SIZE);
static u32 halt_stack[STACK_WORDS] ALIGNED(PAGE_SIZE);
static u32 marked_page[STACK_WORDS] ALIGNED(PAGE_SIZE);
static u32 values[PARTIES + 1][STACK_WORDS] ALIGNED(PAGE_SIZE); /* word 0 of page n is BASE + n */
static struct page_table *tables[PARTIES + 1]; /* table n leads to page n everywhere */

static u32 at(gva_t address)
{
	return *(volatile u32 *)address;
}

/* -- Stores ------------------------------------------------------------------------------------ */

static void write_kernel(u32 value)
{
	kernel_page[1] = BASE + value;
}

static u32 read_kernel(void)
{
	return kernel_page[1] - BASE;
}

static void write_user(u32 value)
{
	if (ring3_write(USER_PAGE, BASE + value).trapped)
		panic("ring 3 cannot write");
}

static u32 read_user(void)
{
	return ring3_read(USER_PAGE).value - BASE;
}

static void write_alias(u32 value)
{
	*(volatile u32 *)(value & 1 ? ALIAS_A : ALIAS_B) = BASE + value;
}

static u32 read_alias(void)
{
	return at(ALIAS_A) == at(ALIAS_B) ? at(ALIAS_A) - BASE : ~0u;
}

/* In the first round nothing has been written before CLONE. */
static void write_untouched(u32 value)
{
	static bool written;

	if (value || written)
		untouched[STACK_WORDS] = value;
	written |= value;
}

static u32 read_untouched(void)
{
	return untouched[STACK_WORDS];
}

/* -- Frames on the ring-1 stack ---------------------------------------------------------------- */

#define FRAME_ESP (STACK_WORDS - 2) /* of a trap from ring 3: the word with its esp */
#define MARK_ESP 0x10000u           /* an esp that nothing uses */

/* Ring 3 starts at `eip` with an esp that is the value, and traps. */
static void trap_on(u32 *stack, u32 value, u32 eip, u32 eax)
{
	struct user_context context;

	if (!value) {
		memset(stack, 0, PAGE_SIZE);
		stack[FRAME_ESP] = MARK_ESP;
		return;
	}
	user_prepare(&context, NULL, 0, MARK_ESP + value);
	context.frame.eip = eip;
	context.frame.eax = eax;
	hcall_set_stack(GUEST_DS, (u32)stack + PAGE_SIZE, 0);
	user_enter(&context);
	hcall_set_stack(GUEST_DS, (u32)trap_stack + sizeof(trap_stack), TRAP_STACK_PAGES);
}

static u32 USER_CODE do_system_call(u32 argument)
{
	__asm__ volatile("int %0; ud2" : : "i"(SYSCALL_VECTOR));
	return argument;
}

static u32 USER_CODE spin(u32 argument)
{
	__asm__ volatile("1: jmp 1b");
	return argument;
}

/* By the CPU itself. */
static void write_gate(u32 value)
{
	trap_on(gate_stack, value, (u32)do_system_call, 1);
}

static u32 read_gate(void)
{
	return gate_stack[FRAME_ESP] - MARK_ESP;
}

/* By the hypervisor: a page fault at an address that is not mapped. */
static void write_fault(u32 value)
{
	trap_on(fault_stack, value, AREA - PAGE_SIZE, 0);
}

static u32 read_fault(void)
{
	return fault_stack[FRAME_ESP] - MARK_ESP;
}

static void on_clock(struct trap_frame *frame)
{
	(void)frame;
}

static void set_clock(void)
{
	irq_handle(GUEST_IRQ_TIMER, on_clock);
	hcall_set_clockevent(NS_PER_MS);
}

static void write_irq(u32 value)
{
	if (value)
		set_clock();
	trap_on(irq_stack, value, (u32)spin, 0);
}

static u32 read_irq(void)
{
	return irq_stack[FRAME_ESP] - MARK_ESP;
}

/* A trap in ring 1 leaves a frame without esp and ss; the kit's part of it has edi. */
#define RING1_EDI                                                                                  \
	(STACK_WORDS -                                                                             \
	 (offsetof(struct trap_frame, esp) - offsetof(struct trap_frame, edi)) / sizeof(u32))

/* Executes `trap` in ring 1 with this stack, and the value in edi. */
#define TRAP_IN_RING1(trap, stack, value, in_eax, in_ecx)                                          \
	__asm__ volatile("movl %%esp, %%ebx; movl %0, %%esp; " trap "; movl %%ebx, %%esp"          \
			 :                                                                         \
			 : "r"((u32)(stack) + PAGE_SIZE), "D"(BASE + (value)), "a"(in_eax),        \
			   "c"(in_ecx)                                                             \
			 : "ebx", "edx", "memory", "cc")

static void on_breakpoint(struct trap_frame *frame)
{
	(void)frame;
}

static void write_breakpoint(u32 value)
{
	TRAP_IN_RING1("int3", breakpoint_stack, value, 0, 0);
}

static u32 read_breakpoint(void)
{
	return breakpoint_stack[RING1_EDI] - BASE;
}

#define LOAD_SIZE 2 /* bytes of movl (%ecx), %edx */

static void on_page_fault(struct trap_frame *frame)
{
	frame->eip += LOAD_SIZE;
}

static void write_ring1_fault(u32 value)
{
	TRAP_IN_RING1("movl (%%ecx), %%edx", ring1_fault_stack, value, 0, AREA - PAGE_SIZE);
}

static u32 read_ring1_fault(void)
{
	return ring1_fault_stack[RING1_EDI] - BASE;
}

/* An interrupt that is delivered behind a hypercall. */
static void write_halt(u32 value)
{
	irq_disable();
	set_clock();
	TRAP_IN_RING1("int $0x1f", halt_stack, value, HCALL_HALT, 0);
	irq_disable();
}

static u32 read_halt(void)
{
	return halt_stack[RING1_EDI] - BASE;
}

/* -- Page tables ------------------------------------------------------------------------------- */

static void write_pte(u32 value)
{
	page_map(kernel_directory, FRESH, gpa_of(values[value]), PTE_WRITE);
}

static u32 read_pte(void)
{
	return at(FRESH) - BASE;
}

static void write_pte_quietly(u32 value)
{
	page_map_quietly(kernel_directory, FRESH_QUIETLY, gpa_of(values[value]), PTE_WRITE);
	hcall_flush_tlb_all();
}

static u32 read_pte_quietly(void)
{
	return at(FRESH_QUIETLY) - BASE;
}

static void write_pde(u32 value)
{
	directory_set(kernel_directory, SPAN_A,
		      gpa_of(tables[value]) | PTE_PRESENT | PTE_WRITE | PTE_USER);
}

static u32 read_pde(void)
{
	return at(SPAN_A + PAGE_SIZE) - BASE;
}

/* The only number of 1 to PARTIES with marks; 0: none has. */
static u32 only_marked(pte_t (*entry)(u32 number), pte_t marks)
{
	u32 i, found = 0;

	for (i = 1; i <= PARTIES; i++)
		if (entry(i) & marks)
			found = found || (entry(i) & marks) != marks ? ~0u : i;
	return found;
}

static pte_t marks_entry(u32 number)
{
	return page_lookup(kernel_directory, MARKS + number * PAGE_SIZE);
}

/* ACCESSED and DIRTY of a table's entries: each party writes to the page that has its number. */
static void write_marks(u32 value)
{
	u32 i;

	if (value)
		*(volatile u32 *)(MARKS + value * PAGE_SIZE) = value;
	else
		for (i = 1; i <= PARTIES; i++)
			page_map(kernel_directory, MARKS + i * PAGE_SIZE, gpa_of(marked_page),
				 PTE_WRITE);
}

static u32 read_marks(void)
{
	return only_marked(marks_entry, PTE_MARKS);
}

static gva_t span(u32 number)
{
	return SPAN_MARKS + number * TABLE_SPAN;
}

static pte_t span_entry(u32 number)
{
	return *directory_entry(kernel_directory, span(number));
}

/* ACCESSED of the entries one level up. */
static void write_span_marks(u32 value)
{
	u32 i;

	if (value)
		at(span(value));
	else
		for (i = 1; i <= PARTIES; i++)
			directory_set(kernel_directory, span(i),
				      gpa_of(tables[0]) | PTE_PRESENT | PTE_WRITE | PTE_USER);
}

static u32 read_span_marks(void)
{
	return only_marked(span_entry, PTE_ACCESSED);
}

/* -- lguest_data ------------------------------------------------------------------------------- */

#define BLOCKED_SHIFT 20 /* IRQs that no device has */
#define FAULT_BASE 0x30000000u

static void write_blocked(u32 value)
{
	lguest_data.blocked_interrupts =
	    (lguest_data.blocked_interrupts & ~(7u << BLOCKED_SHIFT)) | value << BLOCKED_SHIFT;
}

static u32 read_blocked(void)
{
	return lguest_data.blocked_interrupts >> BLOCKED_SHIFT & 7;
}

/* By the hypervisor: cr2 of a fault. */
static void write_cr2(u32 value)
{
	try_read(FAULT_BASE + value);
}

static u32 read_cr2(void)
{
	return lguest_data.cr2 - FAULT_BASE;
}

/* The ring: the hypervisor writes the state of its slots. */
static void write_ring(u32 value)
{
	pte_t entry = gpa_of(values[value]) | PTE_PRESENT | PTE_WRITE;

	page_set_quietly(kernel_directory, FRESH_BY_RING, entry);
	hypercall_async(HCALL_SET_PTE, gpa_of(kernel_directory), FRESH_BY_RING, (u32)entry, 0);
	hcall_flush_async();
}

static u32 read_ring(void)
{
	u32 i, todo = 0;

	for (i = 0; i < HCALL_RING_SIZE; i++)
		todo += lguest_data.hcall_status[i] != HCALL_SLOT_DONE;
	return todo ? ~0u : at(FRESH_BY_RING) - BASE;
}

/* -- All --------------------------------------------------------------------------------------- */

static const struct way ways[] = {
    {"ring 1's store", write_kernel, read_kernel},
    {"ring 3's store", write_user, read_user},
    {"a store through one of two addresses", write_alias, read_alias},
    {"the first touch", write_untouched, read_untouched},
    {"the frame of a system call", write_gate, read_gate},
    {"the frame of a page fault", write_fault, read_fault},
    {"the frame of an interrupt in ring 3", write_irq, read_irq},
    {"the frame of a breakpoint in ring 1", write_breakpoint, read_breakpoint},
    {"the frame of a page fault in ring 1", write_ring1_fault, read_ring1_fault},
    {"the frame of an interrupt behind HALT", write_halt, read_halt},
    {"an entry of a page table", write_pte, read_pte},
    {"an entry that is not announced", write_pte_quietly, read_pte_quietly},
    {"an entry for a page table", write_pde, read_pde},
    {"ACCESSED and DIRTY", write_marks, read_marks},
    {"ACCESSED one level up", write_span_marks, read_span_marks},
    {"blocked interrupts", write_blocked, read_blocked},
    {"the ring", write_ring, read_ring},
    {"cr2", write_cr2, read_cr2},
};

static void make_tables(void)
{
	u32 i, n;

	for (n = 0; n <= PARTIES; n++) {
		values[n][0] = BASE + n;
		tables[n] = page_alloc();
		for (i = 0; i < TABLE_ENTRIES; i++)
			tables[n]->entry[i] = gpa_of(values[n]) | PTE_PRESENT | PTE_WRITE;
	}
}

const char *guest_main(void)
{
	paging_start();
	make_tables();
	user_map(kernel_directory);
	page_map(kernel_directory, USER_PAGE, gpa_of(page_alloc()), PTE_WRITE | PTE_USER);
	page_map(kernel_directory, ALIAS_A, gpa_of(page_alloc()), PTE_WRITE);
	page_map(kernel_directory, ALIAS_B, page_lookup(kernel_directory, ALIAS_A) & ~PTE_FLAGS,
		 PTE_WRITE);
	trap_handlers[VECTOR_BP] = on_breakpoint;
	trap_handlers[VECTOR_PF] = on_page_fault;
	play(ways, ARRAY_SIZE(ways));
	done();
}
