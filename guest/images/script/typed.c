// SPDX-License-Identifier: GPL-2.0-or-later
/* The typed lines, in pages: in the image they would take memory from scripts that are files. */
#include "guest/images/script/typed.h"
#include "guest/include/memory.h"

#define TYPED_IN_PAGE (PAGE_SIZE / sizeof(struct typed))

static struct typed *pages[TYPED_MAX / TYPED_IN_PAGE];

void typed_init(void)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(pages); i++)
		pages[i] = page_alloc();
}

struct typed *typed_line(u32 index)
{
	return &pages[index / TYPED_IN_PAGE][index % TYPED_IN_PAGE];
}
