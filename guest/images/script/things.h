/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The objects that a script names: pages of memory, page tables, directories. */
#ifndef SCRIPT_THINGS_H
#define SCRIPT_THINGS_H

#include "guest/images/script/text.h"

#define THING_NAME_SIZE 16

enum thing_kind { THING_PAGE, THING_TABLE, THING_DIRECTORY };

struct thing {
	char name[THING_NAME_SIZE];
	enum thing_kind kind;
	void *memory; /* one page, at its guest-physical address */
	u32 line;     /* where it was named */
};

/* "page", "table", "directory" */
const char *thing_kind_name(enum thing_kind kind);

/* A name starts with a letter; letters, digits, _ and - follow. */
bool thing_good_name(const struct word *name);

/* Number `index`, in the order in which they were named; NULL behind the last one. */
struct thing *thing_at(u32 index);
u32 things_count(void);

/* NULL if nothing has that name. */
struct thing *thing_find(const struct word *name);

/* Makes one: a page or table of zeroes, or a directory with the kernel and its ring-3 part. NULL
 * if there is no room for another one. The name must be valid and new. */
struct thing *thing_make(const struct word *name, enum thing_kind kind, u32 line);

#endif
