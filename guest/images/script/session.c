// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The prompt's side of the worker.
 *
 *	1. Questions
 *	2. Workers
 *	3. Lines
 */
#include "guest/images/script/session.h"
#include "guest/images/script/link.h"
#include "guest/images/script/text.h"
#include "guest/images/script/worker.h"
#include "guest/include/clock.h"
#include "guest/include/console.h"
#include "guest/include/hypercall.h"
#include "lib/string.h"

#define ANSWER_MS 1000u  /* an answer comes within this time, and that of a `wait` */
#define WAIT_MS 4000u    /* the longest `wait` */
#define SETTLE_MS 5u     /* then the hypervisor has printed its lines about the end of a worker */
#define CLONE_TRIES 100u /* the worker before may still be there */
#define CLONE_PAUSE_MS 10u

static u32 line_count;
static char killer[LINE_SIZE];
static u32 worker;                  /* its number */
static struct link_message message; /* that was sent, or has come, as the last one */

/*
 * 1. Questions.
 */
static void send(enum link_kind kind, u32 line, const char *text)
{
	memset(&message, 0, sizeof(message));
	message.kind = kind;
	message.worker = worker;
	message.line = line;
	strlcpy(message.text, text, sizeof(message.text));
	link_send(&message);
}

static bool begins_with(const char *text, const char *start)
{
	return !strncmp(text, start, strlen(start));
}

/* Lets the worker execute a line. False if it does not answer: then it has been killed. The worker
 * runs while this sleeps, so turns are counted, not time. */
static bool ask(u32 line, const char *text)
{
	u32 turns = ANSWER_MS + (begins_with(text, "wait") ? WAIT_MS : 0);

	send(LINK_EXECUTE, line, text);
	for (; turns; turns--) {
		if (link_receive(&message, worker))
			return true;
		clock_sleep_ms(1);
	}
	return false;
}

/*
 * 2. Workers.
 */
static bool begin_worker(void)
{
	u32 i, made = 0;

	worker++;
	for (i = 0; i < CLONE_TRIES && !made; i++) {
		if (hcall_clone(1, &made))
			worker_main(worker);
		if (!made)
			clock_sleep_ms(CLONE_PAUSE_MS);
	}
	return made;
}

static void repeat_lines(void)
{
	u32 i;

	for (i = 0; i < line_count; i++) {
		if (ask(i, typed_line(i)->text) && message.outcome == LINE_DONE)
			continue;
		printf(
		    "Line %u has another effect than before: it is taken back, with all behind it.\n",
		    i + 1);
		line_count = i;
	}
}

/* A new worker, in the state behind the lines that are left. */
static bool renew_worker(void)
{
	bool begun = begin_worker();

	if (begun)
		repeat_lines();
	else
		printf("No clone can be made, so no line can be executed.\n");
	clock_sleep_ms(SETTLE_MS);
	return begun;
}

bool session_start(void)
{
	if (!link_start() || !can_clone())
		return false;
	typed_init();
	return renew_worker();
}

void session_end(void)
{
	send(LINK_END, 0, "");
}

/*
 * 3. Lines.
 */
u32 session_lines(void)
{
	return line_count;
}

const char *session_killer(void)
{
	return killer;
}

static void take_line(const char *text)
{
	struct typed *typed = typed_line(line_count++);

	strlcpy(typed->text, text, sizeof(typed->text));
	memcpy(typed->expected, message.expected, sizeof(typed->expected));
}

static void lose_line(const char *text)
{
	strlcpy(killer, text, sizeof(killer));
	printf(
	    "This line has killed the guest, and is taken back. `save killed` prints a script with it.\n");
	renew_worker();
}

void session_execute(const char *text)
{
	if (line_count == TYPED_MAX) {
		printf("%u lines are the most that there can be.\n", TYPED_MAX);
		return;
	}
	if (!ask(line_count, text)) {
		lose_line(text);
		return;
	}
	printf("%s", message.text);
	if (message.outcome == LINE_DONE && !message.is_question) {
		*killer = '\0';
		take_line(text);
	} else if (message.outcome == LINE_LOST) {
		renew_worker();
	}
}

void session_undo(void)
{
	session_end();
	*killer = '\0';
	line_count--;
	printf("taken back: %s\n", typed_line(line_count)->text);
	renew_worker();
}
