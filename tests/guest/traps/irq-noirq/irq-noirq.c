/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: No interrupt is delivered while eip is in [noirq_start, noirq_end): the first address
 * is in the range, the last is not. A pending interrupt is delivered soon afterwards.
 *
 * Reason: A kernel's return path restores irq_enabled and then returns. An interrupt in between
 * would find the stack half unwound.
 *
 * Method: A loop of two blocks, the first of which is the range, and one clock event at a time;
 * each interrupt's eip is recorded. The blocks end in jumps, because an emulator takes interrupts
 * there. The second block takes a random time: otherwise, where instructions are the clock, each
 * interrupt might come at the same place in the loop.
 *
 * Expect: shut down "tap: "
 */
#include "guest/include/kit.h"

const u32 guest_options = GUEST_NO_INIT;

#define INTERRUPTS 200

/* Runs until the word at ecx is not 0; edx is a linear congruential generator. */
CODE_AT(".text", two_blocks,
	"in_range: jmp behind_range\n"
	"behind_range: cmpl $0, (%ecx)\n"
	"jne 1f\n"
	"imull $1103515245, %edx\n"
	"addl $12345, %edx\n"
	"js in_range\n"
	"jmp in_range\n"
	"1: ret");
extern char in_range[], behind_range[];

static volatile u32 stop;
static u32 inside, at_end, elsewhere;
static u32 seed;

static void on_clock(struct trap_frame *frame)
{
	inside += frame->eip >= (u32)in_range && frame->eip < (u32)behind_range;
	at_end += frame->eip == (u32)behind_range;
	elsewhere += frame->eip < (u32)in_range || frame->eip > (u32)behind_range;
	stop = true;
}

static void spin_in_blocks(void)
{
	__asm__ volatile("call two_blocks" : "+d"(seed) : "c"(&stop) : "memory");
}

const char *guest_main(void)
{
	u32 i;

	lguest_data.noirq_start = (u32)in_range;
	lguest_data.noirq_end = (u32)behind_range;
	hcall_lguest_init(gpa_of(&lguest_data));
	kit_start_traps();
	irq_handle(GUEST_IRQ_TIMER, on_clock);
	for (i = 0; i < INTERRUPTS; i++) {
		stop = false;
		hcall_set_clockevent(NS_PER_MS);
		irq_enable();
		spin_in_blocks();
		irq_disable();
	}
	is_equal(inside, 0, "no interrupt in the range");
	is_equal(at_end + elsewhere, INTERRUPTS, "all interrupts arrive");
	ok(at_end, "the range's end is not part of it");
	done();
}
