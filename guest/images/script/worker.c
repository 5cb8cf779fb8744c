// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Executes typed lines, one at a time, and answers each.
 *
 *	1. Answers
 *	2. Steps
 *	3. `show`
 *	4. Lines
 */
#include "guest/images/script/worker.h"
#include "guest/images/script/access.h"
#include "guest/images/script/answer.h"
#include "guest/images/script/cursor.h"
#include "guest/images/script/link.h"
#include "guest/images/script/reader.h"
#include "guest/images/script/say.h"
#include "guest/include/boot.h"
#include "guest/include/interrupt.h"
#include "lib/string.h"

static u32 own_number;

/*
 * 1. Answers.
 */
static struct link_message answer;

static void send_answer(enum link_outcome outcome)
{
	answer.kind = LINK_ANSWER;
	answer.outcome = outcome;
	answer.worker = own_number;
	link_send(&answer);
}

void worker_lose(void)
{
	send_answer(LINE_LOST);
	shutdown("script: a line could not be executed");
}

/*
 * 2. Steps.
 */
static struct link_message order;
static bool is_accessing;

/* The line may be a loop that never ends: the prompt can stop it. */
static void on_frame(struct trap_frame *frame)
{
	(void)frame;
	if (!is_accessing || !link_receive(&order, own_number))
		return;
	say("the line was stopped\n");
	worker_lose();
}

static void perform_access(const struct step *step)
{
	is_accessing = true;
	irq_enable();
	step->verb->perform(step);
	irq_disable();
	is_accessing = false;
}

static void perform(const struct step *step)
{
	if (step->verb->class == STEP_ACCESS)
		perform_access(step);
	else
		step->verb->perform(step);
	answer_step(step);
}

/* The steps of a line have been performed: fills answer.expected. */
static void note_expected(const struct step *first, const struct step *last)
{
	if (last->verb->class == STEP_EXPECT && expect_held())
		return;
	if (first->verb->class == STEP_ACCESS)
		answer_expected(first, answer.expected, sizeof(answer.expected));
	else if (last->verb->class == STEP_EXPECT)
		strlcpy(answer.expected, "other", sizeof(answer.expected));
}

/*
 * 3. `show`: the entries for an address; without an address, all names.
 */
static void parse_show(struct cursor *cursor, struct step *step)
{
	take_optional_directory(cursor, step);
	step->address = take_value(cursor, "an address") & ~PAGE_OFFSET_MASK;
	take_end(cursor);
}

static void show(const struct line *line)
{
	struct step step = {.line = line->number};
	struct cursor cursor = {.line = line->number,
				.words = line->words,
				.count = line->count,
				.next = 1,
				.example = "show 0x800000"};

	if (line->count == 1) {
		answer_things(0);
		return;
	}
	parse_show(&cursor, &step);
	if (!cursor.failed)
		answer_entries(&step);
}

/*
 * 4. Lines.
 */
static void perform_from(u32 first)
{
	const struct step *steps;
	u32 i, count;

	steps = reader_steps(&count);
	for (i = first; i < count; i++)
		perform(&steps[i]);
	if (first < count)
		note_expected(&steps[first], &steps[count - 1]);
}

/* Reads the line, and executes it if it is right. */
static enum link_outcome execute(const struct line *line)
{
	struct reader_mark mark = reader_mark();
	u32 before = mistakes(), things = things_count();

	if (line->count && word_is(&line->words[0], "ends"))
		mistake(line->number, &line->words[0], "is for files: `save` adds the last line");
	else
		reader_line(line);
	if (mistakes() == before) {
		answer_things(things);
		perform_from(mark.steps);
		return LINE_DONE;
	}
	reader_return(&mark);
	return things == things_count() ? LINE_WRONG : LINE_LOST;
}

static void obey(void)
{
	struct typed *typed = typed_line(order.line);
	struct line line = {.number = order.line};
	struct text text = {typed->text, typed->text};
	enum link_outcome outcome = LINE_DONE;

	strlcpy(typed->text, order.text, sizeof(typed->text));
	text.end += strlen(typed->text);
	memset(&answer, 0, sizeof(answer));
	say_into(answer.text, sizeof(answer.text));
	text_next_line(&text, &line);
	answer.is_question = line.count && word_is(&line.words[0], "show");
	if (answer.is_question)
		show(&line);
	else
		outcome = execute(&line);
	if (outcome == LINE_LOST)
		worker_lose();
	send_answer(outcome);
}

void worker_main(u32 number)
{
	own_number = number;
	link_start_clone(on_frame);
	for (;;) {
		if (!link_receive(&order, number))
			link_sleep();
		else if (order.kind == LINK_END)
			shutdown("script: ended by the prompt");
		else
			obey();
	}
}
