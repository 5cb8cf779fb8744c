// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The prompt's side of the worker.
 *
 *	1. Workers
 *	2. Questions
 *	3. Lines
 */
#include "guest/images/script/session.h"
#include "guest/images/script/keys.h"
#include "guest/images/script/link.h"
#include "guest/images/script/text.h"
#include "guest/images/script/worker.h"
#include "guest/include/clock.h"
#include "guest/include/console.h"
#include "guest/include/interrupt.h"
#include "lib/string.h"

#define PAUSE_MS 50u     /* between two looks at whether the worker is alive */
#define PAUSES_LONG 100u /* so many: say that there is no answer yet */
#define SETTLE_MS 5u     /* then the hypervisor has printed its lines about the end of a worker */

static u32 line_count;
static char killer[LINE_SIZE];
static u32 worker;                  /* its number */
static bool is_fresh;               /* the worker has executed no line */
static struct link_message message; /* that was sent, or has come, as the last one */

/*
 * 1. Workers. The word clones=1 allows one at a time: if a clone can be made, there is none.
 */
static bool try_worker(void)
{
	u32 made;

	hcall_set_clockevent(0); /* not for the clone */
	if (hcall_clone(1, &made))
		worker_main(worker + 1);
	worker += made;
	is_fresh |= made;
	return made;
}

static void on_clock(struct trap_frame *frame)
{
	(void)frame;
}

/* Sleeps until a frame or a key has come, but not for longer than PAUSE_MS. */
static void pause(void)
{
	irq_handle(GUEST_IRQ_TIMER, on_clock);
	hcall_set_clockevent(PAUSE_MS * NS_PER_MS);
	link_sleep();
}

static void await_worker(void)
{
	u32 pauses;

	for (pauses = 1; !is_fresh && !try_worker(); pauses++) {
		if (pauses == PAUSES_LONG) {
			printf("The clone before has not ended yet.\n");
			console_flush();
		}
		pause();
	}
}

/*
 * 2. Questions.
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

void session_end(void)
{
	send(LINK_END, 0, "");
}

/* A line may take long, and a user may have paused the worker, or run it step by step. */
static void wait_longer(u32 pauses)
{
	if (pauses == PAUSES_LONG) {
		printf("No answer yet. Ctrl-C stops the line.\n");
		console_flush();
	}
	if (pauses >= PAUSES_LONG && keys_take_stop())
		session_end();
	pause();
}

/* Lets the worker execute a line. False if it has been killed: then there is a new one. */
static bool ask(u32 line, const char *text)
{
	u32 asked = worker, pauses;

	is_fresh = false;
	send(LINK_EXECUTE, line, text);
	for (pauses = 1; !link_receive(&message, asked); pauses++) {
		wait_longer(pauses);
		if (link_receive(&message, asked))
			break;
		if (try_worker())
			return link_receive(&message, asked);
	}
	return true;
}

/* Executes all lines again. False if one of them did not do what it did before: then it and those
 * behind it are left out, and the worker is not to be used. */
static bool repeat_lines(void)
{
	u32 i;

	for (i = 0; i < line_count; i++) {
		if (ask(i, typed_line(i)->text) && message.outcome == LINE_DONE)
			continue;
		printf("Line %u had another effect now: it and all behind it are taken back.\n",
		       i + 1);
		line_count = i;
		session_end();
		return false;
	}
	return true;
}

/* A new worker, in the state behind the lines that are left. */
static void renew_worker(void)
{
	do
		await_worker();
	while (!repeat_lines());
	clock_sleep_ms(SETTLE_MS);
}

bool session_start(void)
{
	if (!link_start() || !can_clone())
		return false;
	typed_init();
	if (!try_worker())
		return false;
	clock_sleep_ms(SETTLE_MS);
	return true;
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
	printf("This line has killed the guest, and is taken back; see also: help save\n");
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
