// SPDX-License-Identifier: GPL-2.0-or-later
/* The last part of a life: any hypercall with any argument, any bits in any entry. */
#include "tests/guest/security/random-operations/random-operations.h"

#define NUMBERS (HCALL_SEND_INTERRUPTS + 2)

/* A good argument half of the time, so that the other arguments are checked too. */
static u32 likely(u32 number)
{
	if (chance_one_in(2))
		return chance_edge();
	switch (number) {
	case HCALL_NEW_PGTABLE:
	case HCALL_SET_PTE:
	case HCALL_SET_PGD:
		return space_top(chance_below(SPACES));
	case HCALL_SET_PMD:
		return gpa_of(any_directory());
	case HCALL_LOAD_IDT_ENTRY:
		return chance_below(VECTOR_COUNT);
	case HCALL_SET_STACK:
		return GUEST_DS;
	case HCALL_LOAD_GDT_ENTRY:
		return chance_below(GUEST_GDT_ENTRIES);
	default:
		return gpa_of(any_page());
	}
}

/* A restart would begin the same life again; NOTIFY would print random memory. */
static bool is_left_out(u32 number)
{
	return number == HCALL_SHUTDOWN || number == HCALL_NOTIFY;
}

/* These always kill, so they are rare. */
static bool is_deadly(u32 number)
{
	return number > HCALL_SEND_INTERRUPTS || number == HCALL_LGUEST_INIT || number == 3 ||
	       number == 11 || number == 12 || number == HCALL_HALT;
}

static void wild_hypercall(void)
{
	u32 number = chance_one_in(40) ? chance_edge() : chance_below(NUMBERS);
	u32 argument = likely(number), second = chance_edge(), third = chance_edge();

	if (is_left_out(number) || (is_deadly(number) && !chance_one_in(20)))
		return;
	if (chance_one_in(4))
		hypercall_async(number, argument, second, third, chance_edge());
	else
		hypercall(number, argument, second, third, chance_edge());
}

static void wild_entry(void)
{
	struct page_table *table = chance_one_in(2) ? any_table() : any_directory();
	pte_t entry = chance_edge();

	if (chance_one_in(2))
		entry ^= (pte_t)1 << chance_below(sizeof(pte_t) * 8);
	table->entry[chance_one_in(20) ? chance_below(FIRST_INDEX) : any_index()] = entry;
}

static void wild_shared_page(void)
{
	volatile u32 *word = (volatile u32 *)&lguest_data;

	word[chance_below(sizeof(lguest_data) / sizeof(u32))] = chance_edge();
}

void wild_operation(void)
{
	switch (chance_below(8)) {
	case 0:
		try_read(chance_edge());
		break;
	case 1:
		wild_shared_page();
		break;
	case 2:
	case 3:
		wild_entry();
		break;
	default:
		wild_hypercall();
	}
}
