// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Segments under registers in use: a trial loads good descriptors into all segment registers, in
 * ring 1 or ring 3, exchanges some of the descriptors by LOAD_GDT_ENTRY, and has a trap, through
 * gates of any type. The trap arrives in frame_catch, which asks nothing of the stack, or the
 * guest is killed: it may be, for its own cs, its own ss, or a stack that cannot take the frame.
 *
 * No descriptor leads to memory of the guest's but `scratch`: what ring 1 writes or executes
 * elsewhere would be anything.
 */
#include "tests/guest/security/random-operations/random-operations.h"

/* Entries of the GDT. */
enum { CODE1 = 17, STACK1, DATA1, GATE_CODE, CODE3, STACK3, DATA3, ENTRIES_END };
#define SELECTOR(entry, ring) ((entry)*8u + (ring))

#define FLAT 0xFFFFFFFFu
#define NOTHING_THERE (SWITCHER_START + 3 * PAGE_SIZE)
#define REGISTERS_MIDDLE (SWITCHER_START + PAGE_SIZE + PAGE_SIZE / 2)
#define DATA_REGISTERS 4
#define CHANGES_MAX 3

/* The target and its registers; EVENTS depends on the layout. */
struct trial {
	u32 data[DATA_REGISTERS]; /* ds, es, fs, gs */
	u32 esp, ss, eip, cs;
	u32 eflags;
};
_Static_assert(offsetof(struct trial, esp) == 16 && offsetof(struct trial, eflags) == 32, "asm");

static u32 scratch[3 * PAGE_SIZE / sizeof(u32)] ALIGNED(PAGE_SIZE);
#define SCRATCH_MIDDLE ((u32)scratch + PAGE_SIZE + PAGE_SIZE / 2)

/*
 * A far jump into ring 1's code segment, or an IRET to ring 3; there the registers are loaded and
 * the ring of hypercalls is run, with the changes in it. The event's bytes mean the same in 16-bit
 * code.
 */
#define EVENT(name, instruction)                                                                   \
	CODE_AT(".text", kernel_##name,                                                            \
		"movw 4(%edi), %es; movw 8(%edi), %fs; movw 12(%edi), %gs\n"                       \
		"movw 20(%edi), %ss; movl 16(%edi), %esp; movw 0(%edi), %ds\n"                     \
		"xorl %eax, %eax; int $0x1f\n" instruction "\n"                                    \
		"ud2");                                                                            \
	CODE_AT(".user.text", user_##name, instruction "\nud2")

EVENT(breakpoint, "int3");
EVENT(syscall, "int $0x80");
EVENT(overflow, "into");
EVENT(invalid, "ud2");
EVENT(privileged, "hlt");
EVENT(input, "inb $0x61, %al");
EVENT(divide, "divl %ecx");
EVENT(hypercall, "int $0x1f");

void segments_enter_ring1(const struct trial *trial) NORETURN;
void segments_enter_ring3(const struct trial *trial) NORETURN;
__asm__(".pushsection .text\n"
	"segments_enter_ring1:\n"
	"movl %eax, %edi; xorl %ecx, %ecx; ljmp *24(%edi)\n"
	"segments_enter_ring3:\n"
	"xorl %ecx, %ecx\n"
	"pushl 20(%eax); pushl 16(%eax); pushl 32(%eax); pushl 28(%eax); pushl 24(%eax)\n"
	"movw 4(%eax), %es; movw 8(%eax), %fs; movw 12(%eax), %gs; movw 0(%eax), %ds\n"
	"iret\n"
	".popsection");

static const struct {
	char *kernel, *user;
} events[] = {
    {kernel_breakpoint, user_breakpoint}, {kernel_syscall, user_syscall},
    {kernel_overflow, user_overflow},     {kernel_invalid, user_invalid},
    {kernel_privileged, user_privileged}, {kernel_input, user_input},
    {kernel_divide, user_divide},         {kernel_hypercall, user_hypercall},
};

static const u8 vectors[] = {
    VECTOR_DE, VECTOR_DB, VECTOR_BP, VECTOR_OF, VECTOR_BR, VECTOR_NM, VECTOR_UD,      VECTOR_DF,
    VECTOR_SS, VECTOR_TS, VECTOR_NP, VECTOR_GP, VECTOR_PF, VECTOR_AC, SYSCALL_VECTOR,
};

static u32 ring_of(u32 entry)
{
	return entry >= CODE3 ? 3 : 1;
}

static bool is_code(u32 entry)
{
	return entry == CODE1 || entry == CODE3 || entry == GATE_CODE;
}

static u32 good_access(u32 entry)
{
	return is_code(entry) ? SEGMENT_CODE | SEGMENT_READABLE : SEGMENT_WRITABLE;
}

static void load(u32 entry, struct descriptor d)
{
	hypercall_async(HCALL_LOAD_GDT_ENTRY, entry, d.low, d.high, 0);
}

/* Offsets where the present esp or eip does no harm. */
static u32 odd_base(u32 entry)
{
	if (entry == GATE_CODE)
		return NOTHING_THERE - (u32)frame_catch;
	if (is_code(entry))
		return NOTHING_THERE - (u32)kernel_breakpoint;
	switch (chance_below(4)) {
	case 0:
		return PAGE_SIZE;
	case 1:
		return -PAGE_SIZE;
	case 2:
		return REGISTERS_MIDDLE - SCRATCH_MIDDLE;
	default:
		return NOTHING_THERE - SCRATCH_MIDDLE;
	}
}

static struct descriptor odd_descriptor(u32 entry)
{
	u32 access = good_access(entry), ring = ring_of(entry);
	struct descriptor d = descriptor_make(0, FLAT, ring, access);

	switch (chance_below(9)) {
	case 0:
		return (struct descriptor){0, 0};
	case 1:
		return descriptor_make(0, FLAT, ring,
				       access | SEGMENT_EXPAND_DOWN * !is_code(entry));
	case 2:
		return descriptor_make(0, SCRATCH_MIDDLE - 4 * chance_below(8), ring,
				       SEGMENT_WRITABLE | SEGMENT_EXPAND_DOWN);
	case 3: /* frame_catch is no 16-bit code */
		d.high &= ~(entry == GATE_CODE ? SEGMENT_PRESENT : SEGMENT_32BIT);
		return d;
	case 4:
		return descriptor_make(0, FLAT, ring, chance_one_in(2) ? 0 : SEGMENT_CODE);
	case 5:
		return descriptor_make(odd_base(entry), FLAT, ring, access);
	case 6:
		return descriptor_make(0, chance_one_in(2) ? PAGE_SIZE : SCRATCH_MIDDLE, ring,
				       access);
	case 7:
		return descriptor_make(0, FLAT, 4 - ring, access);
	default:
		d.high &= ~SEGMENT_PRESENT;
		return d;
	}
}

/* Mostly data: a bad cs or ss of ring 1 ends a life. */
static u32 entry_to_change(void)
{
	if (chance_one_in(40))
		return CODE1;
	if (chance_one_in(20))
		return STACK1;
	if (chance_one_in(8))
		return GATE_CODE;
	return chance_one_in(2) ? DATA1 : CODE3 + chance_below(ENTRIES_END - CODE3);
}

static void load_gates(void)
{
	u32 i, selector, type, eip = (u32)frame_catch;

	for (i = 0; i < ARRAY_SIZE(vectors); i++) {
		selector = chance_one_in(4) ? SELECTOR(GATE_CODE, 1) : GUEST_CS;
		type = chance_one_in(3) ? GATE_INTERRUPT : GATE_TRAP;
		hypercall_async(HCALL_LOAD_IDT_ENTRY, vectors[i], selector << 16 | (eip & 0xFFFF),
				(eip & 0xFFFF0000) | GATE_PRESENT | SEGMENT_DPL(3) | type << 8, 0);
	}
}

static u32 any_data(u32 ring)
{
	switch (chance_below(4)) {
	case 0:
		return 0;
	case 1:
		return ring == 1 ? GUEST_DS : USER_DS;
	case 2:
		return SELECTOR(DATA3, 3);
	default:
		return ring == 1 ? SELECTOR(DATA1, 1) : SELECTOR(DATA3, 3);
	}
}

static u32 run_trial(u32 argument)
{
	const struct trial *trial = (const void *)argument;

	if ((trial->cs & 3) == 3)
		segments_enter_ring3(trial);
	segments_enter_ring1(trial);
}

static void make_trial(struct trial *trial, u32 ring)
{
	u32 event = chance_below(ARRAY_SIZE(events)), i;

	for (i = 0; i < DATA_REGISTERS; i++)
		trial->data[i] = any_data(ring);
	trial->esp = SCRATCH_MIDDLE;
	trial->ss = ring == 1 ? SELECTOR(STACK1, 1) : SELECTOR(STACK3, 3);
	trial->cs = ring == 1 ? SELECTOR(CODE1, 1) : SELECTOR(CODE3, 3);
	trial->eip = ring == 1 ? (u32)events[event].kernel : where_loaded(events[event].user);
	trial->eflags = EFLAGS_ALWAYS | (chance_one_in(4) ? EFLAGS_TF : 0);
}

static void change_some(void)
{
	u32 changes = 1 + chance_below(CHANGES_MAX), entry;

	while (changes--) {
		entry = entry_to_change();
		load(entry, odd_descriptor(entry));
	}
}

/* All descriptors as in the kit. */
static void put_back(void)
{
	__asm__ volatile("ljmp %0, $1f\n1:" : : "i"(GUEST_CS));
	fs_write(0);
	gs_write(0);
	lguest_data.syscall_vec = SYSCALL_VECTOR; /* the kit gives this one a gate */
	kit_start_traps();
}

void segments_trial(void)
{
	static struct trial trial; /* its address does not lie on the stack that is exchanged */
	u32 ring = chance_one_in(3) ? 3 : 1, entry;

	irq_disable();
	make_trial(&trial, ring);
	for (entry = CODE1; entry < ENTRIES_END; entry++)
		load(entry, descriptor_make(0, FLAT, ring_of(entry), good_access(entry)));
	load_gates();
	if (chance_one_in(2))
		hypercall_async(HCALL_SET_STACK, SELECTOR(STACK1, 1), SCRATCH_MIDDLE,
				chance_below(TRAP_STACK_PAGES + 1), 0);
	hcall_flush_async();
	change_some();
	if (ring == 3)
		hcall_flush_async();
	try_frame(run_trial, (u32)&trial, 0);
	put_back();
}
