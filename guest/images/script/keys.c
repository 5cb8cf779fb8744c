// SPDX-License-Identifier: GPL-2.0-or-later
/* The input queue of the console device. */
#include "guest/images/script/keys.h"
#include "guest/include/interrupt.h"
#include "guest/include/virtio.h"
#include "lib/string.h"

#define BUFFERS 4
#define BUFFER_SIZE 32
#define TYPED_SIZE 128u
#define CONTROL_C 3

static struct virtio_device console;
static struct virtio_queue *const input = &console.queue[CONSOLE_QUEUE_INPUT];
static char buffers[BUFFERS][BUFFER_SIZE];
static char typed[TYPED_SIZE]; /* the keys that have come; those behind them wait in the device */
static u32 count;

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
static void collect(void)
{
	u32 written;
	u16 head;

	while (count + BUFFER_SIZE <= TYPED_SIZE && queue_take(input, &head, &written)) {
		memcpy(typed + count, buffers[head], written);
		count += written;
		offer(head);
		queue_kick(input);
	}
}

static void drop(u32 keys)
{
	count -= keys;
	memmove(typed, typed + keys, count);
}

char keys_next(void)
{
	char key;

	for (collect(); !count; collect()) {
		cpu_halt();
		irq_disable();
	}
	key = *typed;
	drop(1);
	return key;
}

bool keys_take_stop(void)
{
	u32 i;

	collect();
	for (i = 0; i < count; i++) {
		if (typed[i] != CONTROL_C)
			continue;
		drop(i + 1);
		return true;
	}
	return false;
}
