// SPDX-License-Identifier: GPL-2.0-or-later
/* Names, and the memory behind them. */
#include "guest/images/script/things.h"
#include "guest/include/paging.h"
#include "guest/include/user.h"

#define THINGS_MAX 128u
#define PAGES_FOR_ONE 8u /* the most that one takes: a directory, with tables and a stack */

static struct thing things[THINGS_MAX];
static u32 count;

const char *thing_kind_name(enum thing_kind kind)
{
	static const char *const names[] = {
	    [THING_PAGE] = "page", [THING_TABLE] = "table", [THING_DIRECTORY] = "directory"};

	return names[kind];
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool thing_good_name(const struct word *name)
{
	u32 i;

	for (i = 0; i < name->length; i++) {
		char c = name->at[i];

		if (!is_letter(c) && (!i || !((c >= '0' && c <= '9') || c == '_' || c == '-')))
			return false;
	}
	return name->length && name->length < THING_NAME_SIZE;
}

struct thing *thing_at(u32 index)
{
	return index < count ? &things[index] : NULL;
}

u32 things_count(void)
{
	return count;
}

struct thing *thing_find(const struct word *name)
{
	struct thing *thing;

	for (thing = things; thing < &things[count]; thing++) {
		if (word_is(name, thing->name))
			return thing;
	}
	return NULL;
}

static void *new_directory(void)
{
	struct page_table *directory = directory_new();

	user_map(directory);
	return directory;
}

struct thing *thing_make(const struct word *name, enum thing_kind kind, u32 line)
{
	struct thing *thing = &things[count];

	if (count == THINGS_MAX || pages_free() < PAGES_FOR_ONE)
		return NULL;
	count++;
	text_copy(*name, thing->name, sizeof(thing->name));
	thing->kind = kind;
	thing->line = line;
	thing->memory = kind == THING_DIRECTORY ? new_directory() : page_alloc();
	return thing;
}
