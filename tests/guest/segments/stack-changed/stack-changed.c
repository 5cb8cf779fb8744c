/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: When the descriptor of a ring-1 stack changes while it is the stack of ring 1, or of
 * SET_STACK, frames go to its new base, with its new size and limit.
 *
 * Reason: The CPU reads the descriptor at each entry and at each change of stack (Intel SDM 3,
 * 3.4.3 and 6.12.1). The hypervisor must not push by the old one.
 *
 * Method: ss is entry 20, flat. LOAD_GDT_ENTRY gives it a base, makes it expand-down or 16-bit; the
 * hypercall's own exit loads it. Then INT3 through both types of gate. The same for the stack of
 * SET_STACK, with INT3 in ring 3. Where a reflected frame does not fit, the hypervisor kills the
 * guest.
 *
 * Case: lives shut down "tap: "
 * Case: limit killed "stack 0xa1:"
 * Case: limit-ring3 killed "stack 0xa1:"
 * Case: read-only-ring3 killed
 * Case: absent-ring3 killed "stack 0xa1:"
 * Case: absent-direct killed "double fault"
 */
#include "guest/include/kit.h"

#define ENTRY 20
#define SELECTOR (ENTRY * 8 + 1)
#define RING1 1
#define FLAT 0xFFFFFFFFu
#define STACK 0x20000000u /* four pages; esp is in the first one at first */
#define PAGES 4
#define ESP (STACK + PAGE_SIZE / 2)
#define DISTANCE (2 * PAGE_SIZE) /* of the frame, with another base */

static char *pages[PAGES]; /* the pages of STACK, at the kernel's addresses */

struct change {
	struct descriptor descriptor;
};

/* Ring 1: ss and esp, the hypercall that changes the descriptor, INT3. */
void change_in_ring1(const struct change *change) NORETURN;
__asm__(".pushsection .text\n"
	"change_in_ring1:\n"
	"movl 0(%eax), %ecx; movl 4(%eax), %edx\n"
	"movl $(20 * 8 + 1), %eax; movl %eax, %ss; movl $0x20000800, %esp\n"
	"movl $20, %ebx; movl $18, %eax; int $0x1f\n"
	"int3\n"
	"ud2\n"
	".popsection");
_Static_assert(HCALL_LOAD_GDT_ENTRY == 18 && ENTRY == 20 && ESP == 0x20000800, "asm");

CODE_AT(".user.text", user_breakpoint, "int3");

static u32 enter_kernel(u32 change)
{
	change_in_ring1((const struct change *)change);
}

static u32 enter_user(u32 argument)
{
	const struct change *change = (const void *)argument;
	struct iret_frame start = {(u32)user_breakpoint, USER_CS, EFLAGS_ALWAYS, USER_STACK_TOP,
				   USER_DS};

	hcall_set_stack(SELECTOR, ESP, 1);
	descriptor_load(ENTRY, change->descriptor);
	enter_ring3((u32)&start);
}

static bool breakpoint(struct descriptor changed, bool user, u32 gate)
{
	struct change change = {changed};

	gate_set(VECTOR_BP, gate, 3, (u32)frame_catch);
	descriptor_load(ENTRY, descriptor_make(0, FLAT, RING1, SEGMENT_WRITABLE));
	/* The catcher copies by esp, which may be outside the segment: it copies no word. */
	return try_frame(user ? enter_user : enter_kernel, (u32)&change, 0);
}

/* The frame ends at `at`, an address of STACK's pages; sp alone counts on a 16-bit stack. */
static void arrives(struct descriptor changed, u32 at, const char *text)
{
	u32 gate, user, words, *frame;
	bool caught;

	for (gate = GATE_INTERRUPT; gate <= GATE_TRAP; gate++)
		for (user = 0; user < 2; user++) {
			words = user ? 5 : 3;
			frame = (u32 *)(pages[(at - STACK) / PAGE_SIZE] + at % PAGE_SIZE) - words;
			memset(frame, 0, words * sizeof(u32));
			caught = breakpoint(changed, user, gate);
			ok(caught && frame[1] == (user ? USER_CS : GUEST_CS) &&
			       (caught_frame.esp & 0xFFFF) == (ESP & 0xFFFF) - words * 4,
			   "%s, from ring %u, gate type %X", text, user ? 3 : 1, gate);
		}
}

static struct descriptor stack(u32 base, u32 limit, u32 access)
{
	return descriptor_make(base, limit, RING1, access);
}

static struct descriptor without(struct descriptor d, u32 bit)
{
	d.high &= ~bit;
	return d;
}

static void lives(void)
{
	const u32 down = SEGMENT_WRITABLE | SEGMENT_EXPAND_DOWN;

	arrives(stack(0, FLAT, SEGMENT_WRITABLE), ESP, "unchanged");
	arrives(stack(DISTANCE, FLAT, SEGMENT_WRITABLE), ESP + DISTANCE, "another base");
	arrives(stack(0, ESP - 1, SEGMENT_WRITABLE), ESP, "a limit behind the frame");
	arrives(stack(0, STACK - 1, down), ESP, "expand-down");
	arrives(without(stack(STACK, 0xFFFF, SEGMENT_WRITABLE), SEGMENT_32BIT), ESP, "16-bit");
	done();
}

static void limit(void)
{
	breakpoint(stack(0, PAGE_SIZE, SEGMENT_WRITABLE), false, GATE_INTERRUPT);
}

static void limit_ring3(void)
{
	breakpoint(stack(0, PAGE_SIZE, SEGMENT_WRITABLE), true, GATE_INTERRUPT);
}

static void read_only_ring3(void)
{
	breakpoint(stack(0, FLAT, 0), true, GATE_INTERRUPT);
}

static void absent_ring3(void)
{
	breakpoint(without(stack(0, FLAT, SEGMENT_WRITABLE), SEGMENT_PRESENT), true,
		   GATE_INTERRUPT);
}

static void absent_direct(void)
{
	breakpoint(without(stack(0, FLAT, SEGMENT_WRITABLE), SEGMENT_PRESENT), true, GATE_TRAP);
}

const char *guest_main(void)
{
	static const struct boot_case cases[] = {
	    {"lives", lives},
	    {"limit", limit},
	    {"limit-ring3", limit_ring3},
	    {"read-only-ring3", read_only_ring3},
	    {"absent-ring3", absent_ring3},
	    {"absent-direct", absent_direct},
	};
	u32 i;

	paging_start();
	user_map(kernel_directory);
	for (i = 0; i < PAGES; i++) {
		pages[i] = page_alloc();
		page_map(kernel_directory, STACK + i * PAGE_SIZE, gpa_of(pages[i]), PTE_WRITE);
	}
	return boot_run_case(cases, ARRAY_SIZE(cases));
}
