// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Answers.
 *
 *	1. Entries
 *	2. Accesses
 *	3. Steps and names
 */
#include "guest/images/script/answer.h"
#include "guest/images/script/access.h"
#include "guest/images/script/cursor.h"
#include "guest/images/script/say.h"
#include "guest/include/boot.h"
#include "lib/format.h"
#include "lib/string.h"

#define ENTRY_WORDS_SIZE 100
#define FAULT_WORDS_SIZE 40

/*
 * 1. Entries.
 */
static void say_entry(const char *level, gva_t address, pte_t entry)
{
	char words[ENTRY_WORDS_SIZE];

	entry_words_of(entry, words, sizeof(words));
	say("%s %#x: 0x%08x %s\n", level, address, entry, words);
}

static const struct page_table *directory_of(const struct step *step)
{
	return step->directory ? step->directory : directory_current();
}

static pte_t pde_of(const struct page_table *directory, gva_t address)
{
	return directory->entry[directory_index(address)];
}

/* True if the kernel can read the page that this entry leads to. Page 0 is not mapped. */
static bool leads_to_memory(pte_t entry)
{
	return pte_address(entry) >= PAGE_SIZE && pte_address(entry) < boot_memory();
}

static void say_pte(const struct step *step)
{
	const struct page_table *directory = directory_of(step);
	pte_t pde = pde_of(directory, step->address);

	if (!(pde & PTE_PRESENT))
		say("pte %#x: there is no page table\n", step->address);
	else if (!leads_to_memory(pde))
		say("pte %#x: the directory's entry leads to no memory\n", step->address);
	else
		say_entry("pte", step->address, page_lookup(directory, step->address));
}

static void say_pde(const struct step *step)
{
	say_entry("pde", step->address, pde_of(directory_of(step), step->address));
}

void answer_entries(const struct step *step)
{
	say_pde(step);
	say_pte(step);
}

/*
 * 2. Accesses.
 */

/* The rights that an entry must give for an access with this error code, in the order of the words
 * below; 0 if it gives them all. */
static const struct {
	u32 error;
	pte_t right;
	const char *words;
} rights[] = {
    {0, PTE_PRESENT, "is absent"},
    {PF_USER, PTE_USER, "forbids user"},
    {PF_WRITE, PTE_WRITE, "forbids writing"},
};

static const char *forbids(pte_t entry, u32 error)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(rights); i++) {
		if ((error & rights[i].error) == rights[i].error && !(entry & rights[i].right))
			return rights[i].words;
	}
	return NULL;
}

/* The reason in words why the guest's entries forbid an access with this error code; *level is the level of that
 * entry. NULL: they allow it. */
static const char *what_forbids(u32 error, gva_t address, const char **level)
{
	pte_t pde = pde_of(directory_current(), address), pte;
	const char *words = forbids(pde, error);

	*level = "PDE";
	if (words)
		return words;
	if (!leads_to_memory(pde))
		return "leads to no memory";
	*level = "PTE";
	pte = page_lookup(directory_current(), address);
	words = forbids(pte, error);
	return words || leads_to_memory(pte) ? words : "leads to no memory";
}

static void say_reason(u32 error, gva_t address)
{
	const char *level, *words = what_forbids(error, address, &level);

	if (words)
		say("the guest's %s %s", level, words);
	else
		say("the guest's entries allow it");
}

static void say_fault(const struct outcome *outcome, const struct step *step)
{
	char words[FAULT_WORDS_SIZE];

	fault_words_of(outcome->error, words, sizeof(words));
	say("fault %u: %s; ", outcome->error, words);
	if (outcome->cr2 - step->address >= ACCESS_BYTES)
		say("at %#x; ", outcome->cr2);
	if (has_switched)
		say_reason(outcome->error, outcome->cr2);
	say("\n");
}

static bool is_read(const struct step *step)
{
	return !strcmp(step->verb->word, "read");
}

/* The bits that a page fault's error code would have, if the access were forbidden. */
static u32 rights_needed(const struct step *step)
{
	return (step->ring == 3 ? PF_USER : 0) | (strcmp(step->verb->word, "write") ? 0 : PF_WRITE);
}

/* The four bytes that the guest's own PTE leads to. */
static u32 word_by_pte(gva_t address)
{
	gpa_t page = pte_address(page_lookup(directory_current(), address));

	return *(volatile u32 *)gpa_pointer(page + (address & PAGE_OFFSET_MASK));
}

static bool is_in_page(gva_t address)
{
	return (address & PAGE_OFFSET_MASK) <= PAGE_SIZE - ACCESS_BYTES;
}

/* An access that the guest's entries forbid, or a value from another page than the one that they
 * lead to: the shadow has an entry that is older than the guest's. */
static void say_stale(const struct step *step)
{
	const char *level, *words = what_forbids(rights_needed(step), step->address, &level);

	if (words)
		say("the shadow holds an older entry: the guest's %s %s\n", level, words);
	else if (is_read(step) && is_in_page(step->address) &&
		 word_by_pte(step->address) != access_outcome()->value)
		say("the shadow holds an older entry: the guest's PTE leads to %#x\n",
		    word_by_pte(step->address));
}

static bool has_address(const struct step *step)
{
	return strcmp(step->verb->word, "int");
}

static void say_access(const struct step *step)
{
	const struct outcome *outcome = access_outcome();

	if (outcome->trapped && outcome->vector == VECTOR_PF)
		say_fault(outcome, step);
	else if (outcome->trapped)
		say("trap %u, error %#x\n", outcome->vector, outcome->error);
	else if (is_read(step))
		say("value %#x\n", outcome->value);
	else
		say("ok\n");
	if (!has_switched || !has_address(step) || address_is_ours(step->address))
		return;
	if (!outcome->trapped)
		say_stale(step);
	say_pte(step);
}

/* A value in a page that has a name is a guest-physical address, which is another one when the
 * script is played from a file. */
static void expected_value(u32 value, char *to, size_t size)
{
	const struct thing *thing;
	u32 i;

	for (i = 0; (thing = thing_at(i)); i++) {
		if (gpa_of(thing->memory) != (value & ~PAGE_OFFSET_MASK))
			continue;
		snprintf(to, size, "value %s+%#x", thing->name, value & PAGE_OFFSET_MASK);
		return;
	}
	snprintf(to, size, "value %#x", value);
}

void answer_expected(const struct step *step, char *to, size_t size)
{
	const struct outcome *outcome = access_outcome();

	if (!outcome->trapped && is_read(step))
		expected_value(outcome->value, to, size);
	else if (!outcome->trapped)
		snprintf(to, size, "ok");
	else if (outcome->vector == VECTOR_PF && outcome->cr2 - step->address < ACCESS_BYTES)
		snprintf(to, size, "fault %u", outcome->error);
	else
		snprintf(to, size, "trap %u error %#x", outcome->vector, outcome->error);
}

/*
 * 3. Steps and names.
 */
static void say_ok(const struct step *step)
{
	(void)step;
	say("ok\n");
}

static void say_switch(const struct step *step)
{
	say("the page directory is now the one at %#x\n", gpa_of(step->directory));
}

static const struct {
	const char *verb;
	void (*answer)(const struct step *step);
} answers[] = {
    {"map", say_pte},      {"unmap", say_pte},   {"set_pte", say_pte},   {"link", say_pde},
    {"unlink", say_pde},   {"set_pgd", say_pde}, {"switch", say_switch}, {"flush", say_ok},
    {"hypercall", say_ok}, {"read", say_access}, {"write", say_access},  {"execute", say_access},
    {"int", say_access},   {"wait", say_ok},
};

void answer_step(const struct step *step)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(answers); i++) {
		if (!strcmp(answers[i].verb, step->verb->word))
			answers[i].answer(step);
	}
}

void answer_things(u32 first)
{
	const struct thing *thing;

	for (; (thing = thing_at(first)); first++)
		say("%s %s: 0x%08x\n", thing_kind_name(thing->kind), thing->name,
		    gpa_of(thing->memory));
}
