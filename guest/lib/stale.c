// SPDX-License-Identifier: GPL-2.0-or-later
#include "guest/include/stale.h"
#include "guest/include/probe.h"
#include "lib/panic.h"

void stale_make(struct page_table *directory, gva_t at, u32 number)
{
	page_map(directory, at, gpa_of(page_alloc()), PTE_WRITE);
	try_write(at, number);
	page_unmap_quietly(directory, at);
	ASSERT(stale_is_seen(at, number));
}

bool stale_is_seen(gva_t at, u32 number)
{
	struct outcome outcome = try_read(at);

	return !outcome.trapped && outcome.value == number;
}
