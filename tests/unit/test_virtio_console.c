// SPDX-License-Identifier: GPL-2.0-or-later
/* The console device: output that waits for room, keys that wait for buffers. */
#include "tests/unit/device_driver.h"

static void output_waits_for_room(void **state)
{
	struct found f = started(VIRTIO_CONSOLE);
	char text[2000];

	(void)state;
	for (u32 i = 0; i < sizeof(text); i++)
		text[i] = 'a' + i % 26;
	assert_true(guest_write(&guest.space.memory, to_gpa(DATA), text, sizeof(text)));
	buffer(&f, CONSOLE_QUEUE_OUTPUT, 0, DATA, sizeof(text), 0);
	offer(&f, CONSOLE_QUEUE_OUTPUT, 0);
	terminal.room = 700;
	kick(&f, CONSOLE_QUEUE_OUTPUT);
	assert_false(guest.device_state.pending); /* to serve it again would have no effect */
	assert_int_equal(terminal.length, 700);
	assert_int_equal(given_back(&f, CONSOLE_QUEUE_OUTPUT), 0);
	for (u32 i = 0; i < 13; i++) {
		assert_int_equal(given_back(&f, CONSOLE_QUEUE_OUTPUT), 0);
		terminal.room = 100;
		terminal.has_room(terminal.owner);
		serve_all();
	}
	assert_int_equal(given_back(&f, CONSOLE_QUEUE_OUTPUT), 1);
	assert_int_equal(terminal.length, sizeof(text));
	assert_memory_equal(terminal.text, text, sizeof(text));
	assert_int_equal(raised, 1u << f.queue[CONSOLE_QUEUE_OUTPUT].irq);
}

/* The console may find room while it is being written to. */
static void output_resumes_within_one_call(void **state)
{
	struct found f = started(VIRTIO_CONSOLE);

	(void)state;
	buffer(&f, CONSOLE_QUEUE_OUTPUT, 0, DATA, 100, 0);
	offer(&f, CONSOLE_QUEUE_OUTPUT, 0);
	terminal.room = 50;
	terminal.more_room = 100;
	kick(&f, CONSOLE_QUEUE_OUTPUT);
	assert_int_equal(terminal.length, 100);
	assert_int_equal(given_back(&f, CONSOLE_QUEUE_OUTPUT), 1);
}

/* Half of the output is printed when the driver makes the buffer shorter. */
static void output_may_shrink_while_it_waits(void **state)
{
	struct found f = started(VIRTIO_CONSOLE);

	(void)state;
	buffer(&f, CONSOLE_QUEUE_OUTPUT, 0, DATA, 1000, 0);
	offer(&f, CONSOLE_QUEUE_OUTPUT, 0);
	terminal.room = 500;
	kick(&f, CONSOLE_QUEUE_OUTPUT);
	buffer(&f, CONSOLE_QUEUE_OUTPUT, 0, DATA, 10, 0);
	terminal.room = 500;
	terminal.has_room(terminal.owner);
	serve_all();
	assert_int_equal(terminal.length, 500);
	assert_int_equal(given_back(&f, CONSOLE_QUEUE_OUTPUT), 1);
}

static void keys_wait_for_buffers(void **state)
{
	struct found f = started(VIRTIO_CONSOLE);

	(void)state;
	for (u32 i = 0; i < CONSOLE_TYPED_MAX; i++)
		assert_true(terminal.input(terminal.owner, 'a' + i % 26));
	assert_false(terminal.input(terminal.owner, '!'));
	serve_all();
	assert_int_equal(terminal.retries, 0);
	buffer(&f, CONSOLE_QUEUE_INPUT, 0, DATA, 3, RING_WRITE);
	offer(&f, CONSOLE_QUEUE_INPUT, 0);
	buffer(&f, CONSOLE_QUEUE_INPUT, 1, DATA + 3, 4096, RING_WRITE);
	offer(&f, CONSOLE_QUEUE_INPUT, 1);
	kick(&f, CONSOLE_QUEUE_INPUT);
	assert_int_equal(given_back(&f, CONSOLE_QUEUE_INPUT), 2);
	assert_int_equal(written(&f, CONSOLE_QUEUE_INPUT, 0), 3);
	assert_int_equal(written(&f, CONSOLE_QUEUE_INPUT, 1), CONSOLE_TYPED_MAX - 3);
	assert_int_equal(terminal.retries, 2);
	for (u32 i = 0; i < CONSOLE_TYPED_MAX; i++)
		assert_int_equal(get(DATA + i, 1), 'a' + i % 26);
	buffer(&f, CONSOLE_QUEUE_INPUT, 2, DATA, 1, RING_WRITE);
	offer(&f, CONSOLE_QUEUE_INPUT, 2);
	raised = 0;
	kick(&f, CONSOLE_QUEUE_INPUT);
	assert_int_equal(raised, 0);
	terminal.input(terminal.owner, 'z');
	serve_all();
	assert_int_equal(raised, 1u << f.queue[CONSOLE_QUEUE_INPUT].irq);
	assert_int_equal(get(DATA, 1), 'z');
}

static void input_needs_a_buffer_to_write(void **state)
{
	struct found f = started(VIRTIO_CONSOLE);

	(void)state;
	buffer(&f, CONSOLE_QUEUE_INPUT, 0, DATA, 1, 0);
	offer(&f, CONSOLE_QUEUE_INPUT, 0);
	terminal.input(terminal.owner, 'z');
	serve_all();
	fails_with_one_line(&f, "guest one: its console has failed: a buffer for input that cannot "
				"be written");
}

/* The console calls back while it is written to. */
static void keys_come_during_output(void **state)
{
	struct found f = started(VIRTIO_CONSOLE);

	(void)state;
	terminal.key_at_write = true;
	for (u32 i = 0; i < 4; i++) {
		buffer(&f, CONSOLE_QUEUE_INPUT, i, DATA + i, 1, RING_WRITE);
		offer(&f, CONSOLE_QUEUE_INPUT, i);
		buffer(&f, CONSOLE_QUEUE_OUTPUT, i, DATA + 0x100, 10, 0);
		offer(&f, CONSOLE_QUEUE_OUTPUT, i);
	}
	kick(&f, CONSOLE_QUEUE_OUTPUT);
	assert_int_equal(given_back(&f, CONSOLE_QUEUE_OUTPUT), 4);
	assert_int_equal(given_back(&f, CONSOLE_QUEUE_INPUT), 4);
	assert_int_equal(terminal.length, 40);
	/* An input queue that breaks then takes the whole device with it. */
	offer(&f, CONSOLE_QUEUE_INPUT, 0xFFFF);
	offer(&f, CONSOLE_QUEUE_OUTPUT, 0);
	offer(&f, CONSOLE_QUEUE_OUTPUT, 1);
	kick(&f, CONSOLE_QUEUE_OUTPUT);
	assert_int_equal(status(&f), VIRTIO_STATUS_FAILED);
	assert_int_equal(terminal.length, 60);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    DEVICE_TEST(output_waits_for_room),
	    DEVICE_TEST(output_resumes_within_one_call),
	    DEVICE_TEST(output_may_shrink_while_it_waits),
	    DEVICE_TEST(keys_wait_for_buffers),
	    DEVICE_TEST(input_needs_a_buffer_to_write),
	    DEVICE_TEST(keys_come_during_output),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
