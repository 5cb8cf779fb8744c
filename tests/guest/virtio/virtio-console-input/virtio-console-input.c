/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: Typed bytes arrive at the console's input queue complete and in order. Bytes wait
 * while the driver has no buffer there. They wake a guest that sleeps without a timer.
 *
 * Reason: A shell reads its commands so.
 *
 * Method: The guest says "ready", reads lines and repeats each, until it reads "quit". After
 * "pause" it offers no buffers for a while. The test types.
 *
 * Module: mem=2M timeout=30
 * Expect: shut down "virtio-console-input: "
 * Runner: tests/system/typing.t
 */
#include "guest/include/kit.h"

#define BUFFERS 4
#define BUFFER_SIZE 16
#define LINE_SIZE 1024
#define PAUSE_MS 500

static struct virtio_device console;
static struct virtio_queue *input;
static char buffers[BUFFERS][BUFFER_SIZE], line[LINE_SIZE];
static u32 length, lines;
static bool over;

static void on_console(struct trap_frame *frame)
{
	(void)frame;
}

static void offer(u32 i)
{
	struct virtio_part part = {buffers[i], BUFFER_SIZE};

	queue_put(input, &part, 0, 1);
}

static void say_line(void)
{
	char text[LINE_SIZE + 20];

	line[length] = '\0';
	length = 0;
	lines++;
	snprintf(text, sizeof(text), "read: %s\n", line);
	queue_send(&console.queue[CONSOLE_QUEUE_OUTPUT], text, strlen(text));
	if (!strcmp(line, "pause"))
		clock_sleep_ms(PAUSE_MS);
	over = !strcmp(line, "quit");
}

static void take(const char *bytes, u32 size)
{
	u32 i;

	for (i = 0; i < size; i++) {
		if (bytes[i] == '\n' || bytes[i] == '\r')
			say_line();
		else if (length < LINE_SIZE - 1)
			line[length++] = bytes[i];
	}
}

/* Each buffer is a chain of one: its head says which. */
static void read_on(void)
{
	u32 written;
	u16 head;

	while (!queue_take(input, &head, &written)) {
		cpu_halt();
		irq_disable();
	}
	take(buffers[head], written);
	offer(head);
	queue_kick(input);
}

const char *guest_main(void)
{
	static char reason[40];
	u32 i;

	if (!virtio_find(&console, VIRTIO_CONSOLE))
		return "no console";
	virtio_start(&console, 0);
	input = &console.queue[CONSOLE_QUEUE_INPUT];
	irq_handle(input->irq, on_console);
	irq_handle(console.queue[CONSOLE_QUEUE_OUTPUT].irq, on_console);
	irq_disable();
	for (i = 0; i < BUFFERS; i++)
		offer(i);
	queue_kick(input);
	queue_send(&console.queue[CONSOLE_QUEUE_OUTPUT], "ready\n", 6);
	while (!over)
		read_on();
	snprintf(reason, sizeof(reason), "virtio-console-input: %u lines", lines);
	return reason;
}
