/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: An event arrives once, with its own frame, although the stack page for the frame has
 * no shadow entry or a read-only one. With TF set, each instruction makes one debug trap, whichever
 * page faults are filled in between.
 *
 * Reason: The CPU pushes the frame of a direct event, and that push may have a page fault, which
 * the hypervisor fills. A fault, INT3, INTO and `int n` then happen again, because eip still points
 * to the instruction (Intel SDM 3, 6.6 and 6.14). A debug trap behind an instruction does not
 * happen again: the hypervisor must deliver it.
 *
 * Method: Single steps, INT3, INTO, `int n` and faults, from ring 1 and ring 3, through gates of
 * both types. The stack is a page of its own, not pinned; before each event its entry is announced
 * without ACCESSED (not mapped) or without DIRTY (mapped read-only). A lost event shows in the
 * frame of the next one, which has another eip.
 *
 * Expect: shut down "tap: "
 */
#include "guest/include/kit.h"

#define STACK 0x20000000u
#define STACK_END (STACK + PAGE_SIZE)
#define DATA 0x20001000u
#define OTHER_DATA 0x20002000u
#define STEPS 8

/* NOP and UD2 behind it: if the event is lost, the next one is elsewhere. */
#define IN_BOTH_RINGS(name, code)                                                                  \
	CODE_AT(".text", kernel_##name, code "\nnop; ud2");                                        \
	CODE_AT(".user.text", user_##name, code "\nnop; ud2");

IN_BOTH_RINGS(step, "nop");
IN_BOTH_RINGS(step_off, "popfl"); /* clears TF: the step behind it is the last one */
IN_BOTH_RINGS(breakpoint, "int3");
IN_BOTH_RINGS(overflow, "into");
IN_BOTH_RINGS(syscall, "int $0x80");
IN_BOTH_RINGS(invalid, "ud2");
IN_BOTH_RINGS(divide, "xorl %ecx, %ecx; divl %ecx");

struct event {
	const char *text;
	u32 vector, kernel, user, offset; /* of the frame's eip */
	u32 eflags;
	u32 pops; /* words that the instruction takes from its stack */
};

static u32 *stack_page; /* the pages of STACK, at the kernel's addresses */

static void drop(u32 page, u32 marks)
{
	pte_t entry = page_lookup(kernel_directory, page);

	page_set(kernel_directory, page, (entry & ~(pte_t)PTE_MARKS) | marks);
}

/* Ring 1 on that stack, by an IRET that finds its three words there; they are only read, so the
 * page may be mapped read-only. TF counts from the first instruction behind it. */
u32 enter_on_stack(u32 esp);
__asm__(".pushsection .text\n"
	"enter_on_stack:\n"
	"movl %eax, %esp\n"
	"iret\n"
	".popsection");

#define IRET_WORDS 3

static u32 enter_kernel(u32 argument)
{
	const struct iret_frame *start = (const void *)argument;
	u32 *top = stack_page + (start->esp - STACK) / sizeof(u32);

	top[-3] = start->eip;
	top[-2] = GUEST_CS;
	top[-1] = start->eflags;
	if (start->esp < STACK_END)
		top[0] = EFLAGS_ALWAYS; /* for the instruction that pops */
	drop(STACK, 0);
	return enter_on_stack(start->esp - IRET_WORDS * sizeof(u32));
}

static void try_event(const struct event *e, bool user, u32 gate, u32 marks)
{
	u32 esp = (user ? USER_STACK_TOP : STACK_END) - e->pops * sizeof(u32);
	u32 eip = user ? e->user : e->kernel, words = user ? 5 : 3;
	struct iret_frame start = {eip, USER_CS, e->eflags, esp, USER_DS};
	const u32 *frame = stack_page + PAGE_SIZE / sizeof(u32) - words;
	bool caught;

	gate_set(VECTOR_UD, gate, 3, (u32)frame_catch); /* behind a lost one */
	gate_set(e->vector, gate, 3, (u32)frame_catch);
	memset(stack_page, 0, PAGE_SIZE);
	drop(STACK, marks);
	caught = try_frame(user ? enter_ring3 : enter_kernel, (u32)&start, words);
	trap_gate(e->vector, GATE_TRAP, 3);
	trap_gate(VECTOR_UD, GATE_TRAP, 3);
	if (!ok(caught && frame[0] == eip + e->offset && caught_frame.esp == STACK_END - words * 4,
		"%s, ring %u, gate type %X, the page %s", e->text, user ? 3 : 1, gate,
		marks ? "read-only" : "not mapped"))
		note("caught %u, eip %#x instead of %#x, esp %#x", caught, frame[0],
		     eip + e->offset, caught_frame.esp);
}

#define EVENT(text, vector, name, offset, eflags, pops)                                            \
	{                                                                                          \
		text, vector, (u32)kernel_##name, (u32)user_##name, offset,                        \
		    EFLAGS_ALWAYS | (eflags), pops                                                 \
	}

static void try_events(void)
{
	static const struct event events[] = {
	    EVENT("a single step", VECTOR_DB, step, 1, EFLAGS_TF, 0),
	    EVENT("the last single step", VECTOR_DB, step_off, 1, EFLAGS_TF, 1),
	    EVENT("INT3", VECTOR_BP, breakpoint, 1, 0, 0),
	    EVENT("INTO", VECTOR_OF, overflow, 1, EFLAGS_OF, 0),
	    EVENT("INT 0x80", SYSCALL_VECTOR, syscall, 2, 0, 0),
	    EVENT("#UD", VECTOR_UD, invalid, 0, 0, 0),
	    EVENT("#DE", VECTOR_DE, divide, 2, 0, 0),
	};
	u32 i, gate;

	for (i = 0; i < ARRAY_SIZE(events); i++)
		for (gate = GATE_INTERRUPT; gate <= GATE_TRAP; gate++) {
			try_event(&events[i], false, gate, 0);
			try_event(&events[i], true, gate, 0);
			try_event(&events[i], true, gate, PTE_ACCESSED);
		}
}

/* Ring 3, with page faults of its own under TF. */
CODE_AT(".user.text", user_steps,
	"nop\n"
	"user_step_1: movl 0x20001000, %eax\n"
	"user_step_2: movl %eax, 0x20001000\n"
	"user_step_3: pushl 0x20001000\n"
	"user_step_4: popl 0x20001004\n"
	"user_step_5: jmp user_step_6\n"
	"ud2\n"
	"user_step_6: cld\n"
	"user_step_7: std\n"
	"user_step_8: ud2");
extern char user_step_1[], user_step_2[], user_step_3[], user_step_4[], user_step_5[],
    user_step_6[], user_step_7[], user_step_8[];

static void try_steps(u32 gate)
{
	static char *const places[STEPS] = {user_step_1, user_step_2, user_step_3, user_step_4,
					    user_step_5, user_step_6, user_step_7, user_step_8};
	struct user_context context;
	u32 i, bad = 0;

	trap_gate(VECTOR_DB, gate, 0);
	user_prepare(&context, NULL, 0, USER_STACK_TOP);
	context.frame.eip = (u32)user_steps;
	context.frame.eflags |= EFLAGS_TF;
	for (i = 0; i < STEPS; i++) {
		drop(STACK, i % 2 ? PTE_ACCESSED : 0);
		drop(DATA, 0);
		user_enter(&context);
		bad += context.frame.vector != VECTOR_DB || context.frame.eip != (u32)places[i];
	}
	if (!is_equal(bad, 0, "%u instructions of ring 3, gate type %X: a step for each", STEPS,
		      gate))
		note("at last vector %u, eip %#x", context.frame.vector, context.frame.eip);
}

/*
 * BS stays set in DR6 behind a step, and a page fault that is filled later is no step: the handler,
 * which makes no exit, reads a page without a shadow entry, and so does ring 3 behind it.
 */
extern char on_step[], user_behind_step[], user_behind_step_end[];
u32 steps_seen;
__asm__(".pushsection .text\n"
	"on_step:\n"
	"incl %ss:steps_seen\n"
	"cmpl $0, %ss:0x20001000\n"
	"andl $~0x100, 8(%esp)\n" /* TF */
	"iret\n"
	".popsection\n"
	".pushsection .user.text, \"ax\"\n"
	"user_behind_step:\n"
	"nop; cmpl $0, 0x20002000; movl %eax, 0x20002000; int3\n"
	"user_behind_step_end: ud2\n"
	".popsection");

static void try_behind_step(u32 marks)
{
	struct iret_frame start = {(u32)user_behind_step, USER_CS, EFLAGS_ALWAYS | EFLAGS_TF,
				   USER_STACK_TOP, USER_DS};
	bool caught;

	gate_set(VECTOR_DB, GATE_TRAP, 0, (u32)on_step);
	gate_set(VECTOR_BP, GATE_TRAP, 3, (u32)frame_catch);
	drop(STACK, marks);
	drop(DATA, 0);
	drop(OTHER_DATA, 0);
	steps_seen = 0;
	caught = try_frame(enter_ring3, (u32)&start, 1);
	ok(caught && caught_frame.words[0] == (u32)user_behind_step_end,
	   "filled page faults behind a step, the stack %s", marks ? "mapped" : "not mapped");
	is_equal(steps_seen, 1, "make no other step");
	trap_gate(VECTOR_DB, GATE_TRAP, 0);
	trap_gate(VECTOR_BP, GATE_TRAP, 3);
}

const char *guest_main(void)
{
	paging_start();
	user_map(kernel_directory);
	stack_page = page_alloc();
	page_map(kernel_directory, STACK, gpa_of(stack_page), PTE_WRITE);
	page_map(kernel_directory, DATA, gpa_of(page_alloc()), PTE_USER | PTE_WRITE);
	page_map(kernel_directory, OTHER_DATA, gpa_of(page_alloc()), PTE_USER | PTE_WRITE);
	hcall_set_stack(GUEST_DS, STACK_END, 0);
	try_events();
	try_steps(GATE_INTERRUPT);
	try_steps(GATE_TRAP);
	try_behind_step(PTE_MARKS);
	try_behind_step(0);
	done();
}
