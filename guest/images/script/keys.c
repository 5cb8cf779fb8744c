// SPDX-License-Identifier: GPL-2.0-or-later
/* The input queue of the console device. */
#include "guest/images/script/keys.h"
#include "guest/include/interrupt.h"
#include "guest/include/virtio.h"
#include "lib/string.h"

#define BUFFERS 4
#define BUFFER_SIZE 32

static struct virtio_device console;
static struct virtio_queue *const input = &console.queue[CONSOLE_QUEUE_INPUT];
static char buffers[BUFFERS][BUFFER_SIZE];
static char keys[BUFFER_SIZE]; /* those of the last buffer that came back */
static u32 count, next;

static void on_console(struct trap_frame *frame)
{
	(void)frame; /* everything is in the ring */
}

static void offer(u32 i)
{
	struct virtio_part part = {buffers[i], BUFFER_SIZE};

	queue_put(input, &part, 0, 1);
}

bool keys_start(void)
{
	u32 i;

	if (!virtio_find(&console, VIRTIO_CONSOLE))
		return false;
	virtio_start(&console, 0);
	irq_handle(input->irq, on_console);
	for (i = 0; i < BUFFERS; i++)
		offer(i);
	queue_kick(input);
	return true;
}

/* Each buffer is a chain of one: its head is its number. */
static void read_keys(void)
{
	u32 written;
	u16 head;

	while (!queue_take(input, &head, &written)) {
		cpu_halt();
		irq_disable();
	}
	memcpy(keys, buffers[head], BUFFER_SIZE);
	count = written;
	next = 0;
	offer(head);
	queue_kick(input);
}

char keys_next(void)
{
	while (next == count)
		read_keys();
	return keys[next++];
}
