// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every step: its syntax, and its action.
 *
 *	1. Names
 *	2. The guest's own page tables, written without an announcement
 *	3. Announcements to the hypervisor
 *	4. Time and text
 *	5. The table of steps
 */
#include "guest/images/script/access.h"
#include "guest/images/script/cursor.h"
#include "guest/images/script/reader.h"
#include "guest/images/script/say.h"
#include "guest/images/script/worker.h"
#include "guest/include/boot.h"
#include "guest/include/clock.h"
#include "guest/include/hypercall.h"
#include "lib/format.h"

#define WAIT_MAX_MS 4000u
#define CODE_WORD 0xC3C3C3C3u /* each byte is a RET */

bool has_switched;

void step_stop(const struct step *step, const char *text, ...)
{
	va_list arguments;

	if (!lines_are_typed)
		say("Bail out! %s:%u: ", script_file, step->line);
	va_start(arguments, text);
	vsay(text, arguments);
	va_end(arguments);
	say("\n");
	if (lines_are_typed)
		worker_lose();
	shutdown("script: stopped at %s:%u", script_file, step->line);
}

/*
 * 1. Names. They exist from their line on, before anything is played.
 */
static struct thing *take_new_thing(struct cursor *cursor, enum thing_kind kind)
{
	const struct word *word = take(cursor, "a new name");
	struct thing *thing = word ? thing_find(word) : NULL;

	if (!word)
		return NULL;
	if (thing)
		complain(cursor, word, "is a %s already (line %u)", thing_kind_name(thing->kind),
			 thing->line);
	else if (!thing_good_name(word) || word_is(word, "code"))
		complain(cursor, word,
			 "is no name: up to %u letters, digits, _ and -, a letter first",
			 THING_NAME_SIZE - 1);
	if (cursor->failed)
		return NULL;
	thing = thing_make(word, kind, cursor->line);
	if (!thing)
		complain(cursor, word, "finds no room: that is too many pages for this guest");
	return thing;
}

/* The contents of a page: `code`, a number, or nothing. */
static u32 take_filling(struct cursor *cursor)
{
	const struct word *word = peek(cursor);
	u32 number;

	if (take_if(cursor, "code"))
		return CODE_WORD;
	if (!word || !word_number(word, &number))
		return 0;
	return take_number(cursor, "a value", ~0u);
}

static void parse_page(struct cursor *cursor, struct step *step)
{
	struct thing *thing;
	u32 i, filling;

	(void)step;
	do {
		thing = take_new_thing(cursor, THING_PAGE);
		filling = take_filling(cursor);
		for (i = 0; thing && i < PAGE_SIZE / sizeof(u32); i++)
			((u32 *)thing->memory)[i] = filling;
	} while (!at_end(cursor));
}

static void parse_table(struct cursor *cursor, struct step *step)
{
	(void)step;
	do
		take_new_thing(cursor, THING_TABLE);
	while (!at_end(cursor));
}

static void parse_directory(struct cursor *cursor, struct step *step)
{
	(void)step;
	do
		take_new_thing(cursor, THING_DIRECTORY);
	while (!at_end(cursor));
}

/*
 * 2. The guest's own tables.
 */
static void parse_entry(struct cursor *cursor, struct step *step)
{
	step->directory = take_directory(cursor);
	step->address = take_own_address(cursor);
}

static void parse_map(struct cursor *cursor, struct step *step)
{
	parse_entry(cursor, step);
	step->number = take_page_address(cursor, "a page or a table");
	take_entry_bits(cursor, &step->set, &step->clear);
	step->set |= PTE_PRESENT & ~step->clear;
}

pte_t step_entry(const struct step *step, const struct page_table *directory)
{
	pte_t pde = directory->entry[directory_index(step->address)];

	if ((pde & PTE_PRESENT) && pte_address(pde) >= boot_memory())
		step_stop(step, "the directory's entry %#x for %#x leads to no memory", pde,
			  step->address);
	return page_lookup(directory, step->address);
}

static void perform_map(const struct step *step)
{
	step_entry(step, step->directory);
	page_set_quietly(step->directory, step->address, step->number | step->set);
}

static void perform_unmap(const struct step *step)
{
	step_entry(step, step->directory);
	page_unmap_quietly(step->directory, step->address);
}

static void perform_link(const struct step *step)
{
	directory_set_quietly(step->directory, step->address, step->number | step->set);
}

static void perform_unlink(const struct step *step)
{
	directory_set_quietly(step->directory, step->address, 0);
}

/*
 * 3. Announcements.
 */
static void parse_announcement(struct cursor *cursor, struct step *step)
{
	step->directory = take_directory(cursor);
	step->address = take_page_address(cursor, "an address");
}

static void perform_set_pte(const struct step *step)
{
	hcall_set_pte(gpa_of(step->directory), step->address, step_entry(step, step->directory));
}

static void perform_set_pgd(const struct step *step)
{
	hcall_set_pgd(gpa_of(step->directory), directory_index(step->address));
}

static void parse_switch(struct cursor *cursor, struct step *step)
{
	for (;;) {
		step->directory = take_directory(cursor);
		has_switched = true;
		if (at_end(cursor))
			return;
		step_add(step);
	}
}

static void perform_switch(const struct step *step)
{
	directory_switch(step->directory);
}

static void parse_flush(struct cursor *cursor, struct step *step)
{
	const struct word *word = take(cursor, "user or all");

	step->number = word && word_is(word, "all");
	if (word && !step->number && !word_is(word, "user"))
		complain(cursor, word, "is neither user nor all");
}

static void perform_flush(const struct step *step)
{
	if (step->number)
		hcall_flush_tlb_all();
	else
		hcall_flush_tlb_user();
}

static void parse_hypercall(struct cursor *cursor, struct step *step)
{
	u32 i;

	step->number = take_number(cursor, "the number of a hypercall", ~0u);
	for (i = 0; i < HYPERCALL_ARGUMENTS && !at_end(cursor); i++)
		step->arguments[i] = take_value(cursor, "an argument");
}

static void perform_hypercall(const struct step *step)
{
	const u32 *argument = step->arguments;

	hypercall(step->number, argument[0], argument[1], argument[2], argument[3]);
}

/*
 * 4. Time and text.
 */
static void parse_wait(struct cursor *cursor, struct step *step)
{
	const struct word *unit;

	step->number = take_number(cursor, "a time", WAIT_MAX_MS);
	unit = take(cursor, "ms");
	if (unit && !word_is(unit, "ms"))
		complain(cursor, unit, "is not ms");
}

static void perform_wait(const struct step *step)
{
	clock_sleep_ms(step->number);
}

/* The words stay as they are: script.c keeps the text of each step. */
static void parse_print(struct cursor *cursor, struct step *step)
{
	(void)step;
	cursor->next = cursor->count;
}

static void perform_print(const struct step *step)
{
	struct word said = {step->text.at + sizeof("print"), step->text.length};
	char text[STEP_TEXT_SIZE];

	said.length -= step->text.length < sizeof("print") ? step->text.length : sizeof("print");
	text_copy(said, text, sizeof(text));
	say("# %s\n", text);
}

/*
 * 5. The table.
 */
static const struct verb verbs[] = {
    {"page", "page A 0x1111", STEP_PLAIN, parse_page, NULL},
    {"table", "table T", STEP_PLAIN, parse_table, NULL},
    {"directory", "directory D", STEP_PLAIN, parse_directory, NULL},
    {"map", "map D 0x800000 A rw user", STEP_PLAIN, parse_map, perform_map},
    {"unmap", "unmap D 0x800000", STEP_PLAIN, parse_entry, perform_unmap},
    {"link", "link D 0x800000 T rw user", STEP_PLAIN, parse_map, perform_link},
    {"unlink", "unlink D 0x800000", STEP_PLAIN, parse_entry, perform_unlink},
    {"set_pte", "set_pte D 0x800000", STEP_PLAIN, parse_announcement, perform_set_pte},
    {"set_pgd", "set_pgd D 0x800000", STEP_PLAIN, parse_announcement, perform_set_pgd},
    {"switch", "switch D", STEP_PLAIN, parse_switch, perform_switch},
    {"flush", "flush user", STEP_PLAIN, parse_flush, perform_flush},
    {"hypercall", "hypercall 4 D", STEP_PLAIN, parse_hypercall, perform_hypercall},
    {"read", "read 0x800000 ring 3", STEP_ACCESS, parse_read, perform_read},
    {"write", "write 0x800000 0x55 ring 3", STEP_ACCESS, parse_write, perform_write},
    {"execute", "execute 0x800000 ring 3", STEP_ACCESS, parse_read, perform_execute},
    {"int", "int 3 ring 3", STEP_ACCESS, parse_int, perform_int},
    {"wait", "wait 20 ms", STEP_PLAIN, parse_wait, perform_wait},
    {"print", "print the first write", STEP_PLAIN, parse_print, perform_print},
    {"expect", "expect ok", STEP_EXPECT, parse_expect, perform_expect},
    {"ends", "ends killed \"bad page table entry\"", STEP_END, parse_ends, NULL},
};

const struct verb *verb_find(const struct word *word)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(verbs); i++) {
		if (word_is(word, verbs[i].word))
			return &verbs[i];
	}
	return NULL;
}

const struct verb *verb_at(u32 index)
{
	return index < ARRAY_SIZE(verbs) ? &verbs[index] : NULL;
}

void verb_list(char *list, size_t size)
{
	u32 i, used = 0;

	for (i = 0; i < ARRAY_SIZE(verbs) && used < size; i++)
		used += snprintf(list + used, size - used, " %s", verbs[i].word);
}
