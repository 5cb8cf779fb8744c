// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lines, read into steps.
 *
 *	1. The steps
 *	2. The last line
 *	3. Lines
 */
#include "guest/images/script/reader.h"
#include "guest/images/script/cursor.h"

#define STEPS_MAX 1000u
#define LIST_SIZE 200

bool lines_are_typed;

/*
 * 1. The steps.
 */
static struct step steps[STEPS_MAX], beyond;
static u32 step_count, expect_count, steps_beyond;
static const struct step *access; /* the last step, but for expectations, if it was one */
static bool access_judged;

/* Each access needs an expectation. */
static void close_access(void)
{
	if (access && !access_judged && !lines_are_typed)
		mistake(access->line, &access->text,
			"must be followed by what is expected of it, for example: expect ok");
	access = NULL;
	access_judged = false;
}

/* Steps beyond the last element are parsed like all others, so that their expectations are not
 * reported as mistakes. */
void step_add(const struct step *step)
{
	struct step *place = step_count < STEPS_MAX ? &steps[step_count++] : &beyond;

	*place = *step;
	steps_beyond += place == &beyond;
	if (step->verb->class == STEP_ACCESS)
		access = place;
	else if (step->verb->class == STEP_EXPECT)
		expect_count++;
}

/*
 * 2. The last line.
 */
static const struct ending {
	const char *words[2];
} endings[] = {{{"shut", "down"}}, {{"killed", NULL}}, {{"timed", "out"}}};

static bool has_end;                     /* there is a line `ends`, right or wrong */
static const struct ending *ending;      /* NULL: not said, or wrong */
static char ending_text[STEP_TEXT_SIZE]; /* the line */

static bool ends_by_itself(void)
{
	return ending == &endings[0];
}

static const struct ending *take_ending(struct cursor *cursor)
{
	const struct word *word = take(cursor, "shut down, killed or timed out");
	u32 i;

	for (i = 0; word && i < ARRAY_SIZE(endings); i++) {
		if (!word_is(word, endings[i].words[0]))
			continue;
		if (endings[i].words[1] && !take_if(cursor, endings[i].words[1]))
			complain(cursor, word, "must be followed by %s", endings[i].words[1]);
		return &endings[i];
	}
	if (word)
		complain(cursor, word, "is no end; shut down, killed and timed out are");
	return NULL;
}

void parse_ends(struct cursor *cursor, struct step *step)
{
	const struct word *word;

	has_end = true;
	text_copy(step->text, ending_text, sizeof(ending_text));
	ending = take_ending(cursor);
	if (at_end(cursor))
		return;
	word = take(cursor, "a sentence");
	if (word->length < 2 || word->at[0] != '"' || word->at[word->length - 1] != '"')
		complain(cursor, word, "must be a sentence \"in quotation marks\"");
}

/*
 * 3. Lines.
 */
static struct word text_of(const struct word *words, u32 count)
{
	const struct word *last = &words[count - 1];

	return (struct word){words->at, last->at + last->length - words->at};
}

static const struct verb *find_verb(const struct line *line, const struct word *word)
{
	const struct verb *verb = verb_find(word);
	char list[LIST_SIZE];

	if (verb)
		return verb;
	verb_list(list, sizeof(list));
	mistake(line->number, word, "is no step; the steps are:%s", list);
	return NULL;
}

/* A step, or the expectation behind a step in the same line: `count` words of it. */
static void read_step(const struct line *line, const struct word *words, u32 count)
{
	const struct verb *verb = find_verb(line, words);
	struct step step = {.verb = verb, .line = line->number};
	struct cursor cursor = {.line = line->number, .words = words, .count = count, .next = 1};

	if (!verb)
		return;
	if (verb->class == STEP_PLAIN || verb->class == STEP_ACCESS)
		close_access();
	if (has_end && words == line->words) /* once in a line */
		mistake(line->number, words, "comes after `ends`, which must be the last line");
	step.access = access;
	step.text = text_of(words, count);
	if (verb->class == STEP_EXPECT && count > 1)
		step.text = text_of(words + 1, count - 1);
	cursor.example = verb->example;
	verb->parse(&cursor, &step);
	take_end(&cursor);
	if (verb->perform)
		step_add(&step);
	if (step.expectation && step.expectation->of_access)
		access_judged = true;
}

/* Where the expectation in a line begins; its first word is the step. */
static u32 find_expect(const struct line *line)
{
	u32 i;

	if (word_is(&line->words[0], "print"))
		return line->count;
	for (i = 1; i < line->count; i++) {
		if (word_is(&line->words[i], "expect"))
			break;
	}
	return i;
}

void reader_line(const struct line *line)
{
	u32 split;

	if (line->crowded)
		mistake(line->number, &line->words[0], "starts a line of more than %u words",
			WORDS_MAX);
	if (!line->count || line->crowded)
		return;
	split = find_expect(line);
	read_step(line, line->words, split);
	if (split < line->count)
		read_step(line, line->words + split, line->count - split);
}

void reader_end(u32 line)
{
	/* If the script ends with `killed` or `timed out`, its last access needs no expectation. */
	if (access && access == &steps[step_count - 1] && has_end && !ends_by_itself())
		access_judged = true;
	close_access();
	if (!has_end)
		mistake(line, NULL,
			"the last line is missing: ends shut down, or: ends killed \"REASON\"");
	else if (ends_by_itself() && !expect_count)
		mistake(line, NULL, "nothing is expected; a script needs an `expect` to fail");
	if (steps_beyond)
		mistake(line, NULL, "%u steps are too many: at most %u", step_count + steps_beyond,
			STEPS_MAX);
}

const struct step *reader_steps(u32 *count)
{
	*count = step_count;
	return steps;
}

u32 reader_expectations(void)
{
	return expect_count;
}

const char *reader_other_end(void)
{
	return ends_by_itself() ? NULL : ending_text;
}

struct reader_mark reader_mark(void)
{
	return (struct reader_mark){step_count, expect_count, access, access_judged, has_switched};
}

void reader_return(const struct reader_mark *mark)
{
	step_count = mark->steps;
	expect_count = mark->expectations;
	steps_beyond = 0;
	access = mark->access;
	access_judged = mark->access_judged;
	has_switched = mark->has_switched;
}
