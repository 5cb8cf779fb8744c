/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A step: one line of a script, parsed.
 *
 *	text.c      lines and words
 *	things.c    names of pages, tables and directories
 *	cursor.c    the operands of a line, and the messages about wrong ones
 *	steps.c     every step: its syntax, and its action
 *	expect.c    every expectation: its syntax, and the check of the result
 *	access.c    reading, writing, executing and `int`, in ring 1 and ring 3
 *	reader.c    lines, read into steps
 *	script.c    reads a whole script, then plays it
 *	prompt.c    the prompt: lines are typed, and answered
 *	keys.c      the keys
 *	complete.c  completion of words
 *	commands.c  undo, save and others
 *	help.c      the command help
 *	session.c   the lines so far, and the worker that has executed them
 *	worker.c    executes the lines, in a clone
 *	answer.c    what a line has done, in words
 *	link.c      messages between the prompt and the worker
 *	typed.c     memory for the lines
 *	say.c       messages about lines, to the console or into an answer
 */
#ifndef SCRIPT_STEP_H
#define SCRIPT_STEP_H

#include "guest/images/script/text.h"
#include "guest/include/paging.h"

#define HYPERCALL_ARGUMENTS 4
#define STEP_TEXT_SIZE 128

struct step;
struct cursor;

/* The kind of a step. */
enum step_class {
	STEP_PLAIN,
	STEP_ACCESS, /* may trap, and must have an expectation */
	STEP_EXPECT,
	STEP_END,
};

/* One way for a line to begin. */
struct verb {
	const char *word;
	const char *example; /* a right line, for the message about a wrong one */
	enum step_class class;
	void (*parse)(struct cursor *cursor, struct step *step);
	void (*perform)(const struct step *step); /* NULL: there is nothing to do later */
};

/* One way for an expectation to begin. */
struct expectation {
	const char *word;
	const char *example;
	bool of_access; /* judges the last access, not memory */
	void (*parse)(struct cursor *cursor, struct step *step);
	/* Describes in `got`, of `size` bytes, the actual result. */
	bool (*judge)(const struct step *step, char *got, size_t size);
};

struct step {
	const struct verb *verb;
	const struct expectation *expectation; /* of STEP_EXPECT */
	const struct step *access; /* the access to which an expectation of_access belongs */
	u32 line;
	struct word text; /* as it was written */

	struct page_table *directory; /* NULL: the current one */
	u32 address;
	u32 number; /* value, vector, error code, milliseconds, hypercall: the verb's number */
	u32 arguments[HYPERCALL_ARGUMENTS];
	u32 ring;       /* 1 or 3 */
	bool has_error; /* `error`, of a trap, was given */
	u32 error;
	pte_t set, clear; /* bits of an entry that are to be set, and to be clear */
};

/* steps.c: NULL if there is no such step. */
const struct verb *verb_find(const struct word *word);
void verb_list(char *list, size_t size);

/* Row `index` of the table; NULL behind the last one. */
const struct verb *verb_at(u32 index);

/* Stops the script at this step. */
void step_stop(const struct step *step, const char *text, ...) NORETURN PRINTF_LIKE(2, 3);

/* The entry for the step's address in `directory`, as the guest's tables have it. Stops the script
 * if the address in the PDE cannot be that of a page table. */
pte_t step_entry(const struct step *step, const struct page_table *directory);

/* expect.c */
void parse_expect(struct cursor *cursor, struct step *step);
void perform_expect(const struct step *step);

/* Takes the name of a directory, if there is one; before the first `switch` there must be. */
void take_optional_directory(struct cursor *cursor, struct step *step);

/* NULL if nothing of the kind can be expected. */
const struct expectation *expectation_find(const struct word *word);

/* Row `index` of the table; NULL behind the last one. */
const struct expectation *expectation_at(u32 index);

/* True if the last expectation was. */
bool expect_held(void);

/* A page fault's error code in words: "present, write, ring 3". */
void fault_words_of(u32 error, char *to, size_t size);

/* reader.c. step_add adds a step in front of the one that is being parsed, for a line that makes
 * several steps. parse_ends parses the last line. */
void step_add(const struct step *step);
void parse_ends(struct cursor *cursor, struct step *step);

/* True once a line above has left the linear map. */
extern bool has_switched;

#endif
