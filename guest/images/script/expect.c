// SPDX-License-Identifier: GPL-2.0-or-later
/* Every expectation: its syntax, and the check of the result. */
#include "guest/images/script/access.h"
#include "guest/images/script/cursor.h"
#include "guest/images/script/reader.h"
#include "guest/images/script/say.h"
#include "guest/include/tap.h"
#include "guest/include/trap.h"
#include "lib/format.h"
#include "lib/string.h"

#define VECTOR_LAST (VECTOR_COUNT - 1)
#define PF_KNOWN (PF_PRESENT | PF_WRITE | PF_USER | PF_RESERVED | PF_FETCH)
#define PIECE_SIZE 80

/*
 * 1. The outcome of the last access.
 */

/* A page fault's error code in words: "present, write, ring 3". */
void fault_words_of(u32 error, char *to, size_t size)
{
	snprintf(to, size, "%s, %s, ring %u", error & PF_PRESENT ? "present" : "absent",
		 error & PF_WRITE   ? "write"
		 : error & PF_FETCH ? "execute"
				    : "read",
		 error & PF_USER ? 3 : 1);
}

static void describe_outcome(char *got, size_t size)
{
	const struct outcome *outcome = access_outcome();
	char words[PIECE_SIZE];

	if (!outcome->trapped) {
		snprintf(got, size, "ok, value %#x", outcome->value);
	} else if (outcome->vector == VECTOR_PF) {
		fault_words_of(outcome->error, words, sizeof(words));
		snprintf(got, size, "fault %u (%s) at %#x", outcome->error, words, outcome->cr2);
	} else {
		snprintf(got, size, "trap %u error %#x at eip %#x", outcome->vector, outcome->error,
			 outcome->frame.eip);
	}
}

static void parse_ok(struct cursor *cursor, struct step *step)
{
	(void)cursor, (void)step;
}

static bool judge_ok(const struct step *step, char *got, size_t size)
{
	(void)step;
	describe_outcome(got, size);
	return !access_outcome()->trapped;
}

static void parse_fault(struct cursor *cursor, struct step *step)
{
	step->number = take_number(cursor, "an error code", PF_KNOWN);
}

/* The address must be right too: one of the bytes that were accessed. */
static bool judge_fault(const struct step *step, char *got, size_t size)
{
	const struct outcome *outcome = access_outcome();

	describe_outcome(got, size);
	return outcome->trapped && outcome->vector == VECTOR_PF && outcome->error == step->number &&
	       outcome->cr2 - step->access->address < ACCESS_BYTES;
}

static void parse_trap(struct cursor *cursor, struct step *step)
{
	step->number = take_number(cursor, "a vector", VECTOR_LAST);
	step->has_error = take_if(cursor, "error");
	if (step->has_error)
		step->error = take_number(cursor, "an error code", ~0u);
}

static bool judge_trap(const struct step *step, char *got, size_t size)
{
	const struct outcome *outcome = access_outcome();

	describe_outcome(got, size);
	return outcome->trapped && outcome->vector == step->number &&
	       (!step->has_error || outcome->error == step->error);
}

static void parse_value(struct cursor *cursor, struct step *step)
{
	if (!cursor->failed && strcmp(step->access->verb->word, "read"))
		complain(cursor, &cursor->words[cursor->next - 1], "is for a read, not for `%s`",
			 step->access->verb->word);
	step->number = take_value(cursor, "a value");
}

static bool judge_value(const struct step *step, char *got, size_t size)
{
	describe_outcome(got, size);
	return !access_outcome()->trapped && access_outcome()->value == step->number;
}

/*
 * 2. The contents of memory.
 */
void take_optional_directory(struct cursor *cursor, struct step *step)
{
	const struct word *word = peek(cursor);
	const struct thing *thing = word ? thing_find(word) : NULL;

	if (thing && thing->kind == THING_DIRECTORY)
		step->directory = take_directory(cursor);
	else if (!has_switched)
		complain(cursor, word,
			 "must be the name of a directory, since there was no `switch`");
}

static void parse_entry(struct cursor *cursor, struct step *step)
{
	take_optional_directory(cursor, step);
	step->address = take_page_address(cursor, "an address");
	if (at_end(cursor))
		complain(cursor, NULL, "what the entry should be is missing");
	take_entry_bits(cursor, &step->set, &step->clear);
}

static const struct page_table *directory_of(const struct step *step)
{
	return step->directory ? step->directory : directory_current();
}

static bool judge_entry(const struct step *step, pte_t entry, char *got, size_t size)
{
	snprintf(got, size, "%s %s %s %s %s, %#x", entry & PTE_PRESENT ? "present" : "absent",
		 entry & PTE_WRITE ? "rw" : "ro", entry & PTE_USER ? "user" : "kernel",
		 entry & PTE_ACCESSED ? "accessed" : "not accessed",
		 entry & PTE_DIRTY ? "dirty" : "not dirty", entry);
	return (entry & step->set) == step->set && !(entry & step->clear);
}

static bool judge_pte(const struct step *step, char *got, size_t size)
{
	return judge_entry(step, step_entry(step, directory_of(step)), got, size);
}

static bool judge_pde(const struct step *step, char *got, size_t size)
{
	return judge_entry(step, directory_of(step)->entry[directory_index(step->address)], got,
			   size);
}

static void parse_page(struct cursor *cursor, struct step *step)
{
	step->address = take_place(cursor);
	step->number = take_value(cursor, "the value that is there");
}

static bool judge_page(const struct step *step, char *got, size_t size)
{
	u32 found = *(volatile u32 *)gpa_pointer(step->address);

	snprintf(got, size, "%#x", found);
	return found == step->number;
}

/*
 * 3. The table, and one expectation.
 */
static const struct expectation expectations[] = {
    {"ok", "expect ok", true, parse_ok, judge_ok},
    {"fault", "expect fault 6", true, parse_fault, judge_fault},
    {"trap", "expect trap 13 error 0x1a", true, parse_trap, judge_trap},
    {"value", "expect value 0x1111", true, parse_value, judge_value},
    {"pte", "expect pte 0x800000 accessed not dirty", false, parse_entry, judge_pte},
    {"pde", "expect pde 0x800000 accessed", false, parse_entry, judge_pde},
    {"page", "expect page A 0x55", false, parse_page, judge_page},
};

const struct expectation *expectation_find(const struct word *word)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(expectations); i++) {
		if (word_is(word, expectations[i].word))
			return &expectations[i];
	}
	return NULL;
}

const struct expectation *expectation_at(u32 index)
{
	return index < ARRAY_SIZE(expectations) ? &expectations[index] : NULL;
}

void parse_expect(struct cursor *cursor, struct step *step)
{
	const struct word *word = take(cursor, "ok, fault, trap, value, pte, pde or page");

	if (!word)
		return;
	step->expectation = expectation_find(word);
	if (!step->expectation) {
		complain(cursor, word,
			 "cannot be expected; ok, fault, trap, value, pte, pde and page can");
		return;
	}
	cursor->example = step->expectation->example;
	if (step->expectation->of_access && !step->access)
		complain(cursor, word, "must come behind a read, write, execute or int");
	step->expectation->parse(cursor, step);
}

/* Writes the step as the script has it, and for a page fault the meaning of the error code. */
static void describe(const struct step *step, char *to, size_t size)
{
	char access[STEP_TEXT_SIZE] = "", expected[STEP_TEXT_SIZE], fault[PIECE_SIZE] = "";
	bool of_access = step->expectation->of_access;

	if (of_access)
		text_copy(step->access->text, access, sizeof(access));
	text_copy(step->text, expected, sizeof(expected));
	if (step->expectation->judge == judge_fault)
		fault_words_of(step->number, fault, sizeof(fault));
	snprintf(to, size, "%s%s%s%s%s%s", access, of_access ? ": " : "", expected,
		 *fault ? " (" : "", fault, *fault ? ")" : "");
}

static bool held;

bool expect_held(void)
{
	return held;
}

/* The answer to a typed access has said what it did. */
static void say_judgement(const struct step *step, bool passed, const char *got)
{
	if (passed && step->expectation->of_access)
		say("as expected\n");
	else
		say("%s: %s\n", passed ? "as expected" : "not as expected", got);
}

void perform_expect(const struct step *step)
{
	char text[2 * STEP_TEXT_SIZE + PIECE_SIZE], got[STEP_TEXT_SIZE];
	bool passed = step->expectation->judge(step, got, sizeof(got));

	held = passed;
	if (lines_are_typed) {
		say_judgement(step, passed, got);
		return;
	}
	describe(step, text, sizeof(text));
	if (!ok(passed, "%s", text))
		note("%s:%u: got %s", script_file, step->line, got);
}
