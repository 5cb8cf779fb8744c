/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: No virtual interrupt is delivered between MOV SS or POP SS and the end of the next
 * instruction, also where that instruction has a page fault that only the shadow page tables cause.
 * The interrupt comes behind that instruction.
 *
 * Reason: Both instructions hold interrupts back until the next one is complete, so that ss and esp
 * change together (Intel SDM 2, MOV and POP; SDM 3, 6.8.3). A fault that the hypervisor fills does
 * not complete the instruction.
 *
 * Method: An interrupt is pending. A plain store sets irq_enabled; then come MOV SS or POP SS, an
 * instruction that reads, writes or is on a page whose shadow entry was just dropped, and a loop.
 * The interrupt's frame shows where it was delivered. If the machine's timer made an exit before
 * MOV SS, the interrupt comes there, and the try does not count.
 *
 * Expect: shut down "tap: "
 */
#include "guest/include/kit.h"

#define ROUNDS 20
#define TRIES (10 * ROUNDS)
#define DATA 0x20000000u
#define CODE 0x20001000u /* two pages: the instruction begins the second one */
#define SECOND (CODE + PAGE_SIZE)
#define WAIT_TICKS 100000000u
#define FRAME_EIP 0

/* In both rings. `behind`: the instruction behind MOV SS or POP SS; `over`: the one after that. */
#define SEQUENCE(section, name, load_ss, instruction)                                              \
	CODE_AT(section, name,                                                                     \
		"movl %ss, %eax\n" load_ss "\n" #name "_behind: " instruction "\n" #name           \
		"_over: jmp " #name "_over");                                                      \
	extern char name##_behind[], name##_over[]
#define SEQUENCES(section, ring)                                                                   \
	SEQUENCE(section, ring##_mov_read, "movl %eax, %ss", "movl 0x20000000, %ecx");             \
	SEQUENCE(section, ring##_mov_write, "movl %eax, %ss", "movl %ecx, 0x20000000");            \
	SEQUENCE(section, ring##_pop_read, "pushl %eax; popl %ss", "movl 0x20000000, %ecx");       \
	SEQUENCE(section, ring##_pop_write, "pushl %eax; popl %ss", "movl %ecx, 0x20000000")
SEQUENCES(".text", kernel);
SEQUENCES(".user.text", user);

/* MOV EAX, SS; MOV SS, EAX; on the next page NOP, and JMP to itself. */
static const u8 first_page[] = {0x8C, 0xD0, 0x8E, 0xD0};
static const u8 second_page[] = {0x90, 0xEB, 0xFE};

static u32 stack[256];
#define STACK_END ((u32)(stack + ARRAY_SIZE(stack)))

struct sequence {
	const char *text;
	u32 start, behind, over;
	u32 page, marks; /* the page to drop, and the A and D bits that its entry gets */
};

/* Sets the entry anew: without A its shadow entry is dropped, without D it is read-only. */
static void drop(u32 page, u32 marks)
{
	pte_t entry = page_lookup(kernel_directory, page);

	page_set(kernel_directory, page, (entry & ~(pte_t)PTE_MARKS) | marks);
}

static bool wait_until_pending(void)
{
	u32 waited;

	for (waited = 0; !lguest_data.irq_pending && waited < WAIT_TICKS; waited++)
		;
	return lguest_data.irq_pending;
}

static u32 enter_when_on(u32 start)
{
	const struct iret_frame *frame = (const void *)start;

	lguest_data.irq_enabled = GUEST_IF;
	if ((frame->ss & 3) == 3)
		enter_ring3(start);
	enter_ring1(start);
}

/* The address where the interrupt was delivered; 0 if it did not come. */
static u32 delivered_at(const struct sequence *s, bool user)
{
	struct iret_frame start = {s->start, USER_CS, EFLAGS_ALWAYS | EFLAGS_IF,
				   user ? USER_STACK_TOP : STACK_END, user ? USER_DS : GUEST_DS};

	irq_disable();
	hcall_set_clockevent(1);
	drop(s->page, s->marks);
	if (!wait_until_pending() || !try_frame(enter_when_on, (u32)&start, FRAME_EIP + 1))
		return 0;
	return caught_frame.words[FRAME_EIP];
}

static void try_sequence(const struct sequence *s, bool user)
{
	u32 behind = 0, over = 0, lost = 0, tries, at;

	for (tries = 0; tries < TRIES && behind + over < ROUNDS; tries++) {
		at = delivered_at(s, user);
		behind += at == s->behind;
		over += at == s->over;
		lost += at == 0;
	}
	irq_disable();
	if (!ok(over == ROUNDS && !lost, "ring %u: %s", user ? 3 : 1, s->text))
		note("in front of the instruction %u times, behind it %u times, of %u tries",
		     behind, over, tries);
}

#define ROW(ring, name, text, page, marks)                                                         \
	{                                                                                          \
		text, (u32)ring##_##name, (u32)ring##_##name##_behind, (u32)ring##_##name##_over,  \
		    page, marks                                                                    \
	}
#define ROWS(ring)                                                                                 \
	ROW(ring, mov_read, "MOV SS, then a read", DATA, 0),                                       \
	    ROW(ring, mov_write, "MOV SS, then the first write", DATA, PTE_ACCESSED),              \
	    ROW(ring, mov_read, "MOV SS, then a read without a fault", DATA, PTE_MARKS),           \
	    ROW(ring, pop_read, "POP SS, then a read", DATA, 0),                                   \
	    ROW(ring, pop_write, "POP SS, then the first write", DATA, PTE_ACCESSED),              \
	{                                                                                          \
		"MOV SS, the next instruction on another page", SECOND - sizeof(first_page),       \
		    SECOND, SECOND + 1, SECOND, 0                                                  \
	}

static void make_code(void)
{
	u8 *first = page_alloc(), *second = page_alloc();

	memcpy(first + PAGE_SIZE - sizeof(first_page), first_page, sizeof(first_page));
	memcpy(second, second_page, sizeof(second_page));
	page_map(kernel_directory, CODE, gpa_of(first), PTE_USER);
	page_map(kernel_directory, SECOND, gpa_of(second), PTE_USER);
}

const char *guest_main(void)
{
	static const struct sequence kernel[] = {ROWS(kernel)}, user[] = {ROWS(user)};
	u32 i;

	paging_start();
	user_map(kernel_directory);
	page_map(kernel_directory, DATA, gpa_of(page_alloc()), PTE_USER | PTE_WRITE);
	make_code();
	irq_unblock(GUEST_IRQ_TIMER);
	gate_set(GUEST_IRQ_VECTOR_BASE, GATE_INTERRUPT, 0, (u32)frame_catch);
	for (i = 0; i < ARRAY_SIZE(kernel); i++)
		try_sequence(&kernel[i], false);
	for (i = 0; i < ARRAY_SIZE(user); i++)
		try_sequence(&user[i], true);
	done();
}
