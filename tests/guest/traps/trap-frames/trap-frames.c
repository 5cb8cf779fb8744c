/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: The frame of a trap is exactly the CPU's, both for a direct trap (a 0xF gate) and for
 * a reflected one (a 0xE gate, and always for #GP and #PF). NT is clear in the handler, and a 0xE
 * gate clears irq_enabled.
 *
 * Reason: A kernel reads and changes these words, and returns with them.
 *
 * Method: Each exception that an instruction can raise is raised in ring 1 and in ring 3, through
 * both types of gate, with irq_enabled on and off and with NT, AC, DF and OF set. The words on the
 * stack, the words around them and the handler's registers are compared with the Intel SDM 3,
 * figure 6-4. Direct and reflected frames differ in one bit: the CPU pushes the real IF, always 1,
 * and the hypervisor pushes irq_enabled. RF is left out, because emulators differ.
 *
 * Expect: shut down "tap: "
 */
#include "guest/include/kit.h"

#define NOTHING_THERE 0x20000000
#define ABSENT_ENTRY_RING1 20 /* GDT entries: data segments, not present */
#define ABSENT_ENTRY_RING3 21
#define BAD_SELECTOR 0xFFF8 /* beyond every table */
#define POISON 0xABABABABu
#define STACK_WORDS 64

#define TEXT(value) #value
#define TEXT_OF(value) TEXT(value)

/* The same code for both rings: where it starts, where it traps, and what is behind that. */
#define IN_BOTH_RINGS(name, setup, instruction)                                                    \
	CODE_AT(".text", kernel_##name,                                                            \
		setup "\nkernel_" #name "_at: " instruction "\nkernel_" #name "_after: ud2");      \
	CODE_AT(".user.text", user_##name,                                                         \
		setup "\nuser_" #name "_at: " instruction "\nuser_" #name "_after: ud2");          \
	extern char kernel_##name##_at[], kernel_##name##_after[], user_##name##_at[],             \
	    user_##name##_after[]

/* MOV leaves the flags alone. */
IN_BOTH_RINGS(divide, "movl $0, %ecx", "divl %ecx");
IN_BOTH_RINGS(breakpoint, "", "int3");
IN_BOTH_RINGS(overflow, "", "into");
IN_BOTH_RINGS(invalid, "", "ud2");
IN_BOTH_RINGS(halt, "", "hlt");
IN_BOTH_RINGS(syscall, "", "int $0x80");
IN_BOTH_RINGS(task_return, "", "iret"); /* NT: to the task before this one; there is none */
IN_BOTH_RINGS(page, "", "movl " TEXT_OF(NOTHING_THERE) ", %eax");
IN_BOTH_RINGS(selector, "movl $" TEXT_OF(BAD_SELECTOR) ", %ecx", "movl %ecx, %gs");
IN_BOTH_RINGS(absent, "movl $(" TEXT_OF(ABSENT_ENTRY_RING3) " * 8 + 3), %ecx", "movl %ecx, %gs");
CODE_AT(".text", kernel_stack_segment,
	"movl $(" TEXT_OF(ABSENT_ENTRY_RING1) " * 8 + 1), %ecx\n"
					      "kernel_stack_segment_at: movl %ecx, %ss");
CODE_AT(".user.text", user_stack_segment,
	"movl $(" TEXT_OF(ABSENT_ENTRY_RING3) " * 8 + 3), %ecx\n"
					      "user_stack_segment_at: movl %ecx, %ss");
/* Assemblers do not agree on how BOUND is written. */
#define BOUND_ECX ".byte 0x62, 0x0D; .long"
CODE_AT(".text", kernel_bound,
	"movl $-1, %ecx\nkernel_bound_at: " BOUND_ECX " kernel_no_range\n"
	"kernel_no_range: .long 0, 0");
CODE_AT(".user.text", user_bound,
	"movl $-1, %ecx\nuser_bound_at: " BOUND_ECX " user_no_range\n"
	"user_no_range: .long 0, 0");
extern char kernel_bound_at[], user_bound_at[], kernel_stack_segment_at[], user_stack_segment_at[];

struct site {
	const char *name;
	u32 vector;
	char *start[2], *eip[2]; /* ring 1, ring 3 */
	u32 error[2];
};

#define SITE(code, exception, at)                                                                  \
	.name = #code, .vector = exception, .start = {kernel_##code, user_##code},                 \
	.eip = {kernel_##code##_##at, user_##code##_##at}
#define ABSENT_ERROR (ABSENT_ENTRY_RING3 * 8)

static const struct site sites[] = {
    {SITE(divide, VECTOR_DE, at)},
    {SITE(breakpoint, VECTOR_BP, after)},
    {SITE(overflow, VECTOR_OF, after)},
    {SITE(bound, VECTOR_BR, at)},
    {SITE(invalid, VECTOR_UD, at)},
    {SITE(task_return, VECTOR_TS, at), .error = {0, 0}},
    {SITE(absent, VECTOR_NP, at), .error = {ABSENT_ERROR, ABSENT_ERROR}},
    {SITE(stack_segment, VECTOR_SS, at), .error = {ABSENT_ENTRY_RING1 * 8, ABSENT_ENTRY_RING3 * 8}},
    {SITE(halt, VECTOR_GP, at), .error = {0, 0}},
    {SITE(selector, VECTOR_GP, at), .error = {BAD_SELECTOR, BAD_SELECTOR}},
    {SITE(page, VECTOR_PF, at), .error = {0, PF_USER}},
    {SITE(syscall, SYSCALL_VECTOR, after)},
};

static bool has_error(const struct site *site)
{
	return site->vector < 32 && (VECTORS_WITH_ERROR_CODE >> site->vector) & 1;
}

/* The conditions of a trap, and the expected frame. */
struct experiment {
	const struct site *site;
	bool user, direct;
	u32 gate, irq_enabled;
	struct iret_frame start;
};

static u32 stack[STACK_WORDS];
#define STACK_END ((u32)(stack + STACK_WORDS / 2)) /* poison on both sides */
#define FLAGS (EFLAGS_ALWAYS | EFLAGS_NT | EFLAGS_AC | EFLAGS_DF | EFLAGS_OF)

/* The words as the CPU pushes them; returns their number. */
static u32 expected_words(const struct experiment *e, u32 *words)
{
	const struct site *site = e->site;
	u32 count = 0;

	if (has_error(site))
		words[count++] = site->error[e->user];
	words[count++] = (u32)site->eip[e->user];
	words[count++] = e->user ? USER_CS : GUEST_CS;
	words[count++] = FLAGS | (e->direct ? EFLAGS_IF : e->irq_enabled);
	if (e->user) {
		words[count++] = e->start.esp;
		words[count++] = e->start.ss;
	}
	return count;
}

static bool same(u32 got, u32 expected, const char *what)
{
	if (got != expected)
		note("%s: got %#x, expected %#x", what, got, expected);
	return got == expected;
}

static bool same_words(const u32 *expected, u32 count, bool error)
{
	const u32 eflags = error ? 3 : 2;
	bool good = true;
	u32 i;

	for (i = 0; i < count; i++)
		good &= same(caught_frame.words[i] & ~(i == eflags ? EFLAGS_RF : 0), expected[i],
			     "a word of the frame");
	return good;
}

static bool same_handler(const struct experiment *e, u32 esp)
{
	bool off = e->gate == GATE_INTERRUPT;
	bool good = same(caught_frame.esp, esp, "esp");

	good &= same(caught_frame.ss, GUEST_DS, "ss");
	good &= same(caught_frame.cs, GUEST_CS, "cs");
	good &= same(caught_frame.eflags, (FLAGS & ~EFLAGS_NT) | EFLAGS_IF, "eflags");
	good &= same(caught_frame.irq_enabled, off ? 0 : e->irq_enabled, "irq_enabled");
	return good;
}

static bool check(const struct experiment *e)
{
	u32 words[FRAME_WORDS], i, count = expected_words(e, words);
	u32 *lowest = (u32 *)STACK_END - count;
	bool good;

	for (i = 0; i < STACK_WORDS; i++)
		stack[i] = POISON;
	lguest_data.irq_enabled = e->irq_enabled;
	good = try_frame(e->user ? enter_ring3 : enter_ring1, (u32)&e->start, count);
	irq_disable();
	if (!good) {
		note("its handler was not reached");
		return false;
	}
	if (e->site->vector == VECTOR_PF)
		good = same(lguest_data.cr2, NOTHING_THERE, "cr2");
	good &= same_words(words, count, has_error(e->site));
	good &= same_handler(e, (u32)lowest);
	good &= same(lowest[-1], POISON, "the word below");
	good &= same(*(u32 *)STACK_END, POISON, "the word above");
	return good;
}

static void try_site(const struct site *site, bool user, u32 gate)
{
	bool never_direct = site->vector == VECTOR_GP || site->vector == VECTOR_PF;
	struct experiment e = {
	    .site = site,
	    .user = user,
	    .gate = gate,
	    .direct = gate == GATE_TRAP && !never_direct,
	    .start = {(u32)site->start[user], USER_CS, FLAGS, user ? USER_STACK_TOP : STACK_END,
		      user ? USER_DS : GUEST_DS},
	};
	bool good;

	gate_set(site->vector, gate, 3, (u32)frame_catch);
	e.irq_enabled = GUEST_IF;
	good = check(&e);
	e.irq_enabled = 0;
	good &= check(&e);
	trap_gate(site->vector, GATE_TRAP, 0);
	ok(good, "%s (vector %u) in ring %u, gate type %X, %s", site->name, site->vector,
	   user ? 3 : 1, gate, e.direct ? "direct" : "reflected");
}

static void absent_segment(u32 entry, u32 ring)
{
	struct descriptor made = descriptor_make(0, 0xFFFFFFFF, ring, SEGMENT_WRITABLE);

	made.high &= ~SEGMENT_PRESENT;
	descriptor_load(entry, made);
}

const char *guest_main(void)
{
	u32 i;

	paging_start();
	user_map(kernel_directory);
	absent_segment(ABSENT_ENTRY_RING1, 1);
	absent_segment(ABSENT_ENTRY_RING3, 3);
	hcall_set_stack(GUEST_DS, STACK_END, 1);
	for (i = 0; i < ARRAY_SIZE(sites); i++) {
		try_site(&sites[i], false, GATE_TRAP);
		try_site(&sites[i], false, GATE_INTERRUPT);
		try_site(&sites[i], true, GATE_TRAP);
		try_site(&sites[i], true, GATE_INTERRUPT);
	}
	done();
}
