/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: Expand-down segments, bases that wrap at 4 GB, segments of no byte and segments over
 * the Switcher are good descriptors, and give no more access than a flat one. A reflected trap's
 * frame goes through them like the CPU's.
 *
 * Reason: The hypervisor writes frames by segment and offset: with a wrong limit or sum it would
 * write to an address of the guest's choice.
 *
 * Method: Reads through gs; INT3 through a reflected gate, on a stack of each kind.
 *
 * Case: good shut down "tap: 15 passed"
 * Case: expand-down killed "stack 0xa1:"
 * Case: no-byte killed "stack 0xa1:"
 * Case: wraps killed "stack 0xa1:"
 * Case: switcher killed "stack 0xa1:"
 */
#include "guest/include/kit.h"

#define ENTRY 20
#define SELECTOR (ENTRY * 8 + 1)
#define RING1 1
#define HIGHEST 0xFFFFFFFFu
#define WORD 0x600DF00Du
#define FRAME_OF_RING1 3 /* words: eip, cs, eflags */

static volatile u32 word = WORD;

static u32 read_gs(u32 offset)
{
	u32 value;

	gs_write(SELECTOR);
	__asm__ volatile("movl %%gs:(%1), %0" : "=r"(value) : "r"(offset) : "memory");
	return value;
}

static struct outcome read_through(u32 base, u32 limit, u32 access, u32 offset)
{
	struct outcome outcome;

	descriptor_load(ENTRY, descriptor_make(base, limit, RING1, access));
	outcome = try_call(read_gs, offset);
	gs_write(0);
	return outcome;
}

static void test_reads(void)
{
	u32 at = (u32)&word, switcher = try_read(SWITCHER_START).value;

	is_value(read_through(HIGHEST - 15, HIGHEST, SEGMENT_WRITABLE, at + 16), WORD,
		 "a base that wraps round");
	is_value(read_through(SWITCHER_START, HIGHEST, 0, 0), switcher,
		 "a segment over the Switcher");
	is_page_fault(read_through(SWITCHER_START, HIGHEST, 0, 3 * PAGE_SIZE), 0,
		      SWITCHER_START + 3 * PAGE_SIZE,
		      "a segment over the pages behind the Switcher");
}

struct stack {
	u32 ss, esp;
};

/* INT3 on that stack; where no frame can be pushed, this kills. */
void breakpoint_on(struct stack *stack);
__asm__(".pushsection .text\n"
	"breakpoint_on:\n"
	"movl 0(%eax), %ecx; movw %cx, %ss; movl 4(%eax), %esp\n"
	"int3\n"
	"ud2\n"
	".popsection");

static u32 on_stack(u32 argument)
{
	breakpoint_on((struct stack *)argument);
	return 0;
}

static u32 room[64];

#define STACK_END ((u32)(room + ARRAY_SIZE(room)))

static bool frame_arrives(u32 base, u32 limit, u32 access, u32 end)
{
	struct stack stack = {SELECTOR, end - base};

	memset(room, 0, sizeof(room));
	descriptor_load(ENTRY, descriptor_make(base, limit, RING1, access | SEGMENT_WRITABLE));
	return try_frame(on_stack, (u32)&stack, FRAME_OF_RING1);
}

static void test_stack(u32 base, u32 limit, u32 access, const char *name)
{
	ok(frame_arrives(base, limit, access, STACK_END), "%s: a frame arrives", name);
	is_equal(room[ARRAY_SIZE(room) - 2], GUEST_CS, "at base + esp");
	is_equal(caught_frame.esp, STACK_END - base - FRAME_OF_RING1 * sizeof(u32), "esp");
}

static void test_good(void)
{
	test_reads();
	test_stack(0, HIGHEST, 0, "a flat stack");
	test_stack(0, PAGE_SIZE, SEGMENT_EXPAND_DOWN, "expand-down");
	test_stack(HIGHEST - 15, HIGHEST, 0, "a base that wraps round");
	test_stack(0x80000000u, HIGHEST, 0, "a base in the middle");
	done();
}

const char *guest_main(void)
{
	char name[32] = "";

	paging_start();
	gate_set(VECTOR_BP, GATE_INTERRUPT, 0, (u32)frame_catch);
	boot_option_value("case", name, sizeof(name));
	if (name[0] == 'g')
		test_good();
	if (name[0] == 'e') /* below its limit */
		frame_arrives(0, STACK_END + PAGE_SIZE, SEGMENT_EXPAND_DOWN, STACK_END);
	if (name[0] == 'n')
		frame_arrives(0, HIGHEST, SEGMENT_EXPAND_DOWN, STACK_END);
	if (name[0] == 'w') /* the frame's last byte is at offset 3 */
		frame_arrives(STACK_END, HIGHEST, 0, STACK_END + 4);
	if (name[0] == 's')
		frame_arrives(SWITCHER_START, HIGHEST, 0, SWITCHER_START + PAGE_SIZE);
	return "survived";
}
