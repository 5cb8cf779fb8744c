/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: The hypercalls in the ring run in order, 64 at once, before the hypercall that caused
 * the exit. The cursor wraps behind slot 63.
 *
 * Reason: Linux batches updates of page tables so, and the last one for an address must take
 * effect.
 *
 * Method: Each slot is a NOTIFY that prints a TAP line, so the runner checks the order by the
 * numbers. First 40 slots, then 64 from there, so that they wrap. The hypercall behind them prints
 * the next number.
 *
 * Expect: shut down "106 lines"
 */
#include "guest/include/kit.h"

const u32 guest_options = GUEST_NO_TRAPS; /* whose set-up would use the ring */

#define FIRST_BATCH 40
#define LINE_SIZE 32

static char lines[FIRST_BATCH + HCALL_RING_SIZE + 2][LINE_SIZE];
static u32 made, slot;

static gpa_t next_line(const char *what)
{
	char *line = lines[made++];

	snprintf(line, LINE_SIZE, "ok %u - %s\n", made, what);
	return gpa_of(line);
}

static void fill(u32 count)
{
	u32 i;

	for (i = 0; i < count; i++) {
		lguest_data.hcalls[slot].eax = HCALL_NOTIFY;
		lguest_data.hcalls[slot].ebx = next_line("from the ring");
		lguest_data.hcall_status[slot] = HCALL_SLOT_TODO;
		slot = (slot + 1) % HCALL_RING_SIZE;
	}
}

static u32 slots_to_do(void)
{
	u32 i, left = 0;

	for (i = 0; i < HCALL_RING_SIZE; i++)
		left += lguest_data.hcall_status[i] != HCALL_SLOT_DONE;
	return left;
}

const char *guest_main(void)
{
	fill(FIRST_BATCH);
	hcall_notify(next_line("the call behind them"));
	fill(HCALL_RING_SIZE);
	hcall_notify(next_line("the call behind them"));
	if (slots_to_do())
		return "slots are left";
	printf("1..%u\n", made);
	return "106 lines";
}
