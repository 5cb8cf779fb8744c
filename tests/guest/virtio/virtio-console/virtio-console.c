/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: Bytes in the console's output queue appear in order, and in order with the lines of
 * NOTIFY. Each chain is returned, with one interrupt for a kick or none.
 *
 * Reason: A kernel changes from NOTIFY to its console driver while it boots, and must neither lose
 * nor reorder a line.
 *
 * Method: All tests but the first are printed by the device, so the runner counts them: a line in
 * one buffer, in several, in none; more than the queue holds at once; and more than the console
 * keeps.
 *
 * Expect: shut down "tap: 15 passed"
 */
#include "guest/include/kit.h"

#define LINES 400 /* about 20 KB */

static struct virtio_device console;
static struct virtio_queue *output;
static u32 interrupts;

static void on_output(struct trap_frame *frame)
{
	(void)frame;
	interrupts++;
}

static char text[QUEUE_SIZE_MAX][80];

static void send(const char *line)
{
	queue_send(output, line, strlen(line));
}

static void send_result(const char *what)
{
	snprintf(text[0], sizeof(text[0]), "ok %u - %s\n", tap_number(), what);
	send(text[0]);
}

/* Each letter in a buffer of its own, and one of no size at all. */
static void send_letters(const char *what)
{
	struct virtio_part parts[QUEUE_SIZE_MAX];
	u32 i, length;

	length = snprintf(text[0], sizeof(text[0]), "ok %u - %s\n", tap_number(), what);
	for (i = 0; i < length; i++)
		parts[i] = (struct virtio_part){&text[0][i], 1};
	parts[i] = (struct virtio_part){text[0], 0};
	queue_do(output, parts, length + 1, 0);
}

static void test_batch(void)
{
	u32 i, written, given_back = 0, all_zero = 0;
	u16 head;

	queue_interrupts(output, false);
	for (i = 0; i < output->size; i++) {
		struct virtio_part part = {text[i], 0};

		part.size = snprintf(text[i], sizeof(text[i]), "# line %u of a full queue\n", i);
		queue_put(output, &part, 1, 0);
	}
	interrupts = 0;
	queue_kick(output);
	while (given_back < output->size) {
		if (queue_take(output, &head, &written)) {
			all_zero += !written;
			given_back++;
		}
	}
	is_equal(all_zero, output->size, "a full queue comes back from one kick");
	is_equal(interrupts, 0, "there is no interrupt if the driver suppresses interrupts");
	queue_interrupts(output, true);
	interrupts = 0;
	send("# and one more\n");
	is_equal(interrupts, 1, "there is an interrupt if the driver enables interrupts");
}

static void test_flood(void)
{
	u32 i;

	for (i = 0; i < LINES; i++) {
		snprintf(text[0], sizeof(text[0]), "# %u: forty characters and some more of them\n",
			 i);
		send(text[0]);
	}
	ok(true, "%u lines, one after another", LINES);
}

static void test_restart(void)
{
	virtio_reset(&console);
	ok(!output->available->index && !output->used->index, "a reset clears the ring");
	virtio_start(&console, 0);
	send_result("the device works again afterwards");
}

const char *guest_main(void)
{
	plan(15);
	ok(virtio_find(&console, VIRTIO_CONSOLE), "a console is found");
	is_equal(console.queues, 2, "the console has two queues");
	is_equal(virtio_features(&console), 0, "the console has no features");
	output = &console.queue[CONSOLE_QUEUE_OUTPUT];
	ok(output->irq && output->irq != console.queue[CONSOLE_QUEUE_INPUT].irq,
	   "each queue has an interrupt of its own");
	virtio_start(&console, 0);
	irq_handle(output->irq, on_output);
	irq_enable();
	send_result("a line from the device");
	ok(true, "a line by NOTIFY behind it");
	send_letters("a line in many buffers");
	is_equal(interrupts, 2, "two interrupts for two kicks");
	test_batch();
	test_flood();
	test_restart();
	is_equal(virtio_status(&console), 7, "the driver's status is as it was written");
	done();
}
