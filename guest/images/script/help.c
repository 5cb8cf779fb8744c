// SPDX-License-Identifier: GPL-2.0-or-later
/* A row for each step, command and expectation. docs/scripts.md says more. */
#include "guest/images/script/help.h"
#include "guest/images/script/cursor.h"
#include "guest/include/console.h"

struct row {
	const char *word;
	const char *text;
};

static const struct row steps[] = {
    {"page", "names a page: zeroes, this number, or `code`, which returns"},
    {"table", "names an empty page table"},
    {"directory", "names a page directory: the kernel, and nothing else"},
    {"map", "writes a PTE, and does not announce it"},
    {"unmap", "makes a PTE 0, and does not announce it"},
    {"link", "writes a PDE, and does not announce it"},
    {"unlink", "makes a PDE 0, and does not announce it"},
    {"set_pte", "hypercall SET_PTE: announces the current PTE"},
    {"set_pgd", "hypercall SET_PGD: announces the PDE of this address"},
    {"switch", "hypercall NEW_PGTABLE"},
    {"flush", "hypercall FLUSH_TLB; also: flush all"},
    {"hypercall", "any hypercall: eax, then ebx to esi"},
    {"read", "reads four bytes, in ring 1 where no ring is given"},
    {"write", "writes four bytes"},
    {"execute", "calls this address"},
    {"int", "executes this INT"},
    {"wait", "halts until the clock's interrupt has come"},
    {"print", "a comment in the output"},
    {"expect", "judges at once; `help expect` lists the expectations"},
    {"ends", "the last line of a file; `save` adds it"},
};

static const struct row commands[] = {
    {"show", "all names; show 0x800000, show D 0x800000: the guest's entries"},
    {"list", "the lines that have been taken"},
    {"undo", "takes the last line back"},
    {"save", "prints a script that passes; save killed: with the line that killed"},
    {"help", "this list; help map: about one word"},
    {"exit", "shuts the guest down"},
};

static const struct row expectations[] = {
    {"ok", "the last access did not trap"},
    {"fault", "it was a page fault: 1 present + 2 write + 4 ring 3"},
    {"trap", "it was this exception; the error code may be left out"},
    {"value", "it was a read of this value"},
    {"pte", "the guest's PTE has these words; expect pte D 0x800000 ...: in D"},
    {"pde", "the same for the PDE"},
    {"page", "memory holds this value there, whatever is mapped"},
};

static const struct row *find(const struct row *rows, u32 count, const struct word *word)
{
	u32 i;

	for (i = 0; i < count; i++)
		if (word_is(word, rows[i].word))
			return &rows[i];
	return NULL;
}

static void print_rows(const struct row *rows, u32 count)
{
	u32 i;

	for (i = 0; i < count; i++)
		printf("%-12s%s\n", rows[i].word, rows[i].text);
}

static void print_entry_words(void)
{
	const char *word;
	u32 i;

	printf("words for an entry:");
	for (i = 0; (word = entry_word(i)); i++)
		printf(" %s", word);
	printf(", and `not` before one\n");
}

static void help_step(const struct row *row, const struct word *word)
{
	const struct verb *verb = verb_find(word);

	printf("%s: %s\n", verb->example, row->text);
	if (verb->class == STEP_EXPECT)
		print_rows(expectations, ARRAY_SIZE(expectations));
	if (verb->class == STEP_EXPECT || word_is(word, "map") || word_is(word, "link"))
		print_entry_words();
}

static void help_word(const struct word *word)
{
	const struct row *step = find(steps, ARRAY_SIZE(steps), word);
	const struct row *command = find(commands, ARRAY_SIZE(commands), word);
	const struct row *expectation = find(expectations, ARRAY_SIZE(expectations), word);

	if (step)
		help_step(step, word);
	if (expectation)
		printf("%s: %s\n", expectation_find(word)->example, expectation->text);
	if (command)
		printf("%s: %s\n", command->word, command->text);
	if (!step && !expectation && !command)
		mistake(0, word, "is no step, command or expectation; `help` lists them");
}

void help(const struct line *line)
{
	if (line->count > 1) {
		help_word(&line->words[1]);
		return;
	}
	print_rows(steps, ARRAY_SIZE(steps));
	print_rows(commands, ARRAY_SIZE(commands));
}
