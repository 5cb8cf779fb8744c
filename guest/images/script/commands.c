// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The prompt's own commands.
 *
 *	1. undo, list, exit
 *	2. save
 *	3. The table
 */
#include "guest/images/script/commands.h"
#include "guest/images/script/cursor.h"
#include "guest/images/script/help.h"
#include "guest/images/script/session.h"
#include "guest/include/console.h"
#include "lib/string.h"

/*
 * 1. undo, list, exit
 */
static bool over;

bool command_over(void)
{
	return over;
}

static bool stands_alone(const struct line *line)
{
	if (line->count > 1)
		mistake(0, &line->words[1], "is one word too many");
	return line->count == 1;
}

static void undo(const struct line *line)
{
	if (!stands_alone(line))
		return;
	if (session_lines())
		session_undo();
	else
		printf("There is no line to take back.\n");
}

static void list(const struct line *line)
{
	u32 i;

	for (i = 0; stands_alone(line) && i < session_lines(); i++)
		printf("%3u  %s\n", i + 1, typed_line(i)->text);
}

static void leave(const struct line *line)
{
	over = stands_alone(line);
}

/*
 * 2. save: the lines as a script. Each access is followed by what it has done.
 */
static bool is_expect(const struct line *line, u32 i)
{
	return i < line->count && word_is(&line->words[i], "expect");
}

static void split(const char *text, struct line *line)
{
	struct text whole = {text, text + strlen(text)};

	line->count = 0;
	text_next_line(&whole, line);
}

static bool is_access(const struct line *line)
{
	const struct verb *verb = line->count ? verb_find(&line->words[0]) : NULL;

	return verb && verb->class == STEP_ACCESS;
}

/* The words of an access in front of `expect` and a comment. */
static struct word access_part(const struct line *line)
{
	u32 i = 0;

	while (i < line->count && !is_expect(line, i))
		i++;
	return (struct word){line->words[0].at,
			     line->words[i - 1].at + line->words[i - 1].length - line->words[0].at};
}

static void save_access(const struct line *line, const char *expected)
{
	char text[LINE_SIZE];

	text_copy(access_part(line), text, sizeof(text));
	printf("%-27s expect %s\n", text, expected);
}

static void save_line(const struct typed *typed)
{
	struct line line = {0};

	split(typed->text, &line);
	if (!*typed->expected)
		printf("%s\n", typed->text);
	else if (is_access(&line))
		save_access(&line, typed->expected);
	else
		printf("# %s: not as expected\n", typed->text);
}

/* True if there is an expectation in the script that save prints. */
static bool has_expectation(void)
{
	struct line line = {0};
	u32 i;

	for (i = 0; i < session_lines(); i++) {
		split(typed_line(i)->text, &line);
		if (is_access(&line) || (is_expect(&line, 0) && !*typed_line(i)->expected))
			return true;
	}
	return false;
}

static void save_killer(void)
{
	struct line line = {0};
	char text[LINE_SIZE];

	split(session_killer(), &line);
	text_copy(access_part(&line), text, sizeof(text));
	printf("%s\nends killed\n", text);
}

static void save(const struct line *line)
{
	bool killed = line->count > 1 && word_is(&line->words[1], "killed");
	u32 i;

	if (line->count > 1 && !killed) {
		mistake(0, &line->words[1], "cannot be saved; type: save, or: save killed");
	} else if (killed && !*session_killer()) {
		printf("The last line has not killed the guest.\n");
	} else if (!killed && !has_expectation()) {
		printf("A script needs an expectation: read, write or execute something first.\n");
	} else {
		printf("# Typed at the prompt.\n");
		for (i = 0; i < session_lines(); i++)
			save_line(typed_line(i));
		if (killed)
			save_killer();
		else
			printf("ends shut down\n");
	}
}

/*
 * 3. The table.
 */
static const struct command commands[] = {
    {"show", NULL}, {"list", list}, {"undo", undo}, {"save", save}, {"help", help}, {"exit", leave},
};

const struct command *command_at(u32 index)
{
	return index < ARRAY_SIZE(commands) ? &commands[index] : NULL;
}

const struct command *command_find(const struct line *line)
{
	u32 i;

	for (i = 0; line->count && i < ARRAY_SIZE(commands); i++) {
		if (word_is(&line->words[0], commands[i].word))
			return &commands[i];
	}
	return NULL;
}
