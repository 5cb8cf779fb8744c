// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The prompt. It stays on the hypervisor's linear map and executes no line: a clone, the worker, does
 * (worker.c). A clone is a fresh guest, since the prompt has changed nothing. So `undo` ends the worker
 * and repeats all lines but the last one in a new clone, and the prompt survives a line that
 * kills the guest. A clone before each line would not do: CLONE drops the shadow page tables, and with
 * them the shadow entries that are older than the guest's, which a script is about.
 *
 *	1. Keys
 *	2. The worker
 *	3. The commands
 *	4. Lines
 */
#include "guest/images/script/prompt.h"
#include "guest/images/script/access.h"
#include "guest/images/script/cursor.h"
#include "guest/images/script/link.h"
#include "guest/images/script/reader.h"
#include "guest/images/script/worker.h"
#include "guest/include/clock.h"
#include "guest/include/console.h"
#include "guest/include/interrupt.h"
#include "guest/include/net.h"
#include "lib/string.h"

/*
 * 1. Keys.
 */
#define KEY_BUFFERS 4
#define KEY_BUFFER_SIZE 32

static struct virtio_device console;
static char buffers[KEY_BUFFERS][KEY_BUFFER_SIZE];
static char keys[KEY_BUFFER_SIZE];
static u32 key_count, key_next;

static struct virtio_queue *input(void)
{
	return &console.queue[CONSOLE_QUEUE_INPUT];
}

static void on_console(struct trap_frame *frame)
{
	(void)frame; /* everything is in the ring */
}

static void offer(u32 i)
{
	struct virtio_part part = {buffers[i], KEY_BUFFER_SIZE};

	queue_put(input(), &part, 0, 1);
}

static bool start_keys(void)
{
	u32 i;

	if (!virtio_find(&console, VIRTIO_CONSOLE))
		return false;
	virtio_start(&console, 0);
	irq_handle(input()->irq, on_console);
	for (i = 0; i < KEY_BUFFERS; i++)
		offer(i);
	queue_kick(input());
	return true;
}

/* Each buffer is a chain of one: its head is its number. */
static void read_keys(void)
{
	u32 written;
	u16 head;

	while (!queue_take(input(), &head, &written)) {
		cpu_halt();
		irq_disable();
	}
	memcpy(keys, buffers[head], KEY_BUFFER_SIZE);
	key_count = written;
	key_next = 0;
	offer(head);
	queue_kick(input());
}

static char next_key(void)
{
	while (key_next == key_count)
		read_keys();
	return keys[key_next++];
}

/*
 * 2. The worker.
 */
#define ANSWER_MS 1000u  /* an answer comes within this time, and that of a `wait` */
#define WAIT_MS 4000u    /* the longest `wait` */
#define SETTLE_MS 5u     /* then the hypervisor has printed its lines about the end of a worker */
#define CLONE_TRIES 100u /* the worker before may still be there */
#define CLONE_PAUSE_MS 10u

static u32 typed_count;
static u32 worker;                  /* its number */
static struct link_message message; /* the last one that was sent, or has come */

static void send(enum link_kind kind, u32 line, const char *text)
{
	memset(&message, 0, sizeof(message));
	message.kind = kind;
	message.worker = worker;
	message.line = line;
	strlcpy(message.text, text, sizeof(message.text));
	link_send(&message);
}

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

static u32 patience_ms(const char *text)
{
	return strncmp(text, "wait", strlen("wait")) ? ANSWER_MS : ANSWER_MS + WAIT_MS;
}

/* Lets the worker execute a line. False if it does not answer: then it has been killed. */
static bool ask(u32 line, const char *text)
{
	u32 i, most = patience_ms(text);

	send(LINK_EXECUTE, line, text);
	for (i = 0; i < most; i++) {
		if (link_receive(&message, worker))
			return true;
		clock_sleep_ms(1);
	}
	return false;
}

/* A new worker, in the state behind the lines that have been taken. */
static void renew_worker(void)
{
	u32 i;

	if (!begin_worker()) {
		printf(
		    "There is no new clone, so no line can be executed. Has the module the word clones=4?\n");
		return;
	}
	for (i = 0; i < typed_count; i++) {
		if (ask(i, typed_line(i)->text) && message.outcome == LINE_DONE)
			continue;
		printf(
		    "Line %u has another effect than before. It and all behind it are taken back.\n",
		    i + 1);
		typed_count = i;
	}
	clock_sleep_ms(SETTLE_MS);
}

/*
 * 3. The commands.
 */
static bool over;

static void undo(void)
{
	if (!typed_count) {
		printf("There is no line to take back.\n");
		return;
	}
	typed_count--;
	send(LINK_END, 0, "");
	printf("taken back: %s\n", typed_line(typed_count)->text);
	renew_worker();
}

static void leave(void)
{
	over = true;
}

static const struct command {
	const char *word;
	void (*act)(void);
} commands[] = {
    {"undo", undo},
    {"exit", leave},
};

static const struct command *find_command(const char *line)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		if (!strcmp(line, commands[i].word))
			return &commands[i];
	}
	return NULL;
}

/*
 * 4. Lines.
 */
static struct line_editor editor;

static void print(const char *text)
{
	printf("%s", text);
}

static const char *no_candidate(const char *line, u32 word, u32 n)
{
	(void)line, (void)word, (void)n;
	return NULL;
}

static const struct line_editor_output output = {"lab> ", print, no_candidate};

static void keep_line(const char *text)
{
	struct typed *typed = typed_line(typed_count++);

	strlcpy(typed->text, text, sizeof(typed->text));
	memcpy(typed->expected, message.expected, sizeof(typed->expected));
}

static void execute(const char *text)
{
	if (!ask(typed_count, text)) {
		printf("This line has killed the guest. It is taken back.\n");
		renew_worker();
		return;
	}
	printf("%s", message.text);
	if (message.outcome == LINE_DONE)
		keep_line(text);
	else if (message.outcome == LINE_LOST)
		renew_worker();
}

static void read_line(void)
{
	line_editor_start(&editor);
	do
		console_flush();
	while (!line_editor_input(&editor, next_key()));
}

static void obey_line(void)
{
	const struct command *command = find_command(editor.line);

	if (command)
		command->act();
	else if (*editor.line)
		execute(editor.line);
}

const char *prompt_main(void)
{
	paging_prepare();
	access_init();
	if (!start_keys() || !link_start() || !can_clone()) {
		printf("There is no script. Type: make run-script SCRIPT=FILE\n");
		return "script: none was given";
	}
	typed_init();
	lines_are_typed = true;
	*script_file = '\0';
	renew_worker();
	line_editor_init(&editor, &output);
	while (!over) {
		read_line();
		obey_line();
	}
	send(LINK_END, 0, "");
	return "script: the prompt was left";
}
