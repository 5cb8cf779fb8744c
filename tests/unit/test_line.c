// SPDX-License-Identifier: GPL-2.0-or-later
/* The frames of the second serial line: what is sent, against a UART and a receiver of the test's own; what is received,
 * from every damage of a frame. */
#include "tests/unit/native.h"

#include <string.h>

#include "arch/x86/io.h"
#include "arch/x86/serial.h"
#include "arch/x86/timer.h"
#include "hv/domain/line.h"

#define COM2 0x2F8
#define SESSION 0x12345678u
#define FRAME_MAX 1024u
#define WHOLE(size) (8u + (size) + 4u)

/* The bytes that have been written to the UART, and those that can be read from it. */
static u8 sent[8192], waiting[8192];
static u32 sent_count, waiting_count, taken_count;
static bool has_uart, has_fifo = true, is_console;
static u64 now;

u64 timer_now(void)
{
	return now;
}

bool serial_is_at(u32 port)
{
	return is_console && port == COM2;
}

void outb(u16 port, u8 value)
{
	if (port == COM2 && sent_count < sizeof(sent))
		sent[sent_count++] = value;
}

u8 inb(u16 port)
{
	if (!has_uart)
		return 0xFF;
	if (port == COM2)
		return waiting[taken_count++];
	if (port == COM2 + 2)
		return has_fifo ? 0xC1 : 0x01;
	return 0x60 | (taken_count < waiting_count);
}

/* CRC-32 bit by bit. */
static u32 crc_of(const u8 *bytes, u32 size)
{
	u32 crc = 0xFFFFFFFF;

	for (u32 i = 0; i < size; i++) {
		crc ^= bytes[i];
		for (u32 bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320 : 0);
	}
	return ~crc;
}

static void comes(const u8 *bytes, u32 size)
{
	memcpy(waiting + waiting_count, bytes, size);
	waiting_count += size;
}

static void word(u8 *to, u32 value)
{
	memcpy(to, &value, sizeof(value));
}

static u32 make_frame(u8 *frame, u32 number, u32 size, u32 session)
{
	frame[0] = 'U';
	frame[1] = 'M';
	frame[2] = (u8)size;
	frame[3] = (u8)(size >> 8);
	word(frame + 4, number);
	for (u32 i = 0; i < size; i++)
		frame[8 + i] = (u8)(i * 7 + number);
	word(frame + 8 + size, crc_of(frame, 8 + size) ^ (number ? session : 0));
	return WHOLE(size);
}

static void answer_comes(char letter, u32 number, u32 session)
{
	u8 answer[9] = {(u8)letter};

	word(answer + 1, number);
	word(answer + 5, crc_of(answer, 5) ^ session);
	comes(answer, sizeof(answer));
}

static void open(void)
{
	line_close();
	has_uart = true;
	is_console = false;
	assert_null(line_open("test"));
	sent_count = waiting_count = taken_count = 0;
	now = 1;
}

static enum line_state send_all(void)
{
	enum line_state state = LINE_BUSY;

	for (u32 i = 0; i < 100; i++)
		state = line_send();
	return state;
}

static void it_has_one_user(void **state)
{
	(void)state;
	open();
	assert_string_equal(line_open("other"), "com2 is in use");
	assert_true(!line_is_open_for("other"));
	line_linger();
	assert_null(line_open("other"));
	line_close();
	has_uart = false;
	assert_string_equal(line_open("test"), "there is no com2");
	has_uart = true;
	has_fifo = false;
	assert_string_equal(line_open("test"), "com2 has no FIFO, and would lose bytes");
	assert_true(!line_is_open_for("test"));
	has_fifo = is_console = true;
	assert_string_equal(line_open("test"), "the console is on com2");
}

static void a_frame_is_sent_until_it_is_answered(void **state)
{
	u8 body[FRAME_MAX], frame[WHOLE(FRAME_MAX)];
	u32 size = make_frame(frame, 0, FRAME_MAX, 0);

	(void)state;
	open();
	memcpy(body, frame + 8, sizeof(body));
	assert_int_equal(line_fill(body, 1000), 1000);
	assert_int_equal(line_send(), LINE_FREE);
	assert_int_equal(line_fill(body + 1000, 1000), 24);
	assert_int_equal(send_all(), LINE_BUSY);
	assert_int_equal(sent_count, size);
	assert_memory_equal(sent, frame, size);
	now += NS_PER_SECOND;
	send_all();
	assert_int_equal(sent_count, 2 * size);
	assert_memory_equal(sent + size, frame, size);
	answer_comes('A', 1, 0); /* of another frame */
	answer_comes('A', 0, 1); /* of another session */
	assert_int_equal(line_send(), LINE_BUSY);
	answer_comes('A', 0, 0);
	assert_int_equal(line_send(), LINE_FREE);
}

static void the_session_is_in_each_sum_but_the_first(void **state)
{
	u8 frame[WHOLE(10)];

	(void)state;
	open();
	line_set_session(SESSION);
	for (u32 number = 0; number < 3; number++) {
		u32 size = make_frame(frame, number, 10, SESSION);

		sent_count = 0;
		line_fill(frame + 8, 10);
		line_seal();
		send_all();
		assert_int_equal(sent_count, size);
		assert_memory_equal(sent, frame, size);
		answer_comes('A', number, 0);
		assert_int_equal(send_all(), LINE_BUSY);
		answer_comes('A', number, SESSION);
		assert_int_equal(send_all(), LINE_FREE);
	}
}

static void a_silent_receiver_is_given_up_after_30_seconds(void **state)
{
	u32 seconds = 0, frames;

	(void)state;
	open();
	line_seal();
	for (; send_all() == LINE_BUSY; seconds++)
		now += NS_PER_SECOND;
	assert_int_equal(seconds, 30);
	frames = sent_count / WHOLE(0);
	assert_int_equal(sent_count, frames * WHOLE(0)); /* whole ones */
	assert_int_equal(frames, 30);
}

/* The number of frames that are sent in ten seconds. */
static u32 repetitions(void)
{
	sent_count = 0;
	for (u32 i = 0; i < 10; i++, now += NS_PER_SECOND)
		send_all();
	return sent_count / WHOLE(0);
}

static void a_slow_line_is_not_filled_with_repetitions(void **state)
{
	(void)state;
	open();
	line_seal();
	assert_int_equal(repetitions(), 10);
	answer_comes('A', 0, 0);
	assert_int_equal(send_all(), LINE_FREE);
	line_seal();
	for (u32 i = 0; i < 5; i++)
		answer_comes('A', 0, 0);
	assert_int_equal(repetitions(), 3); /* the last one eight seconds after the second */
}

static void a_refusal_stays(void **state)
{
	(void)state;
	open();
	line_seal();
	answer_comes('N', 0, 0);
	assert_int_equal(line_send(), LINE_REFUSED);
	answer_comes('A', 0, 0);
	assert_int_equal(line_send(), LINE_REFUSED);
}

/* Receives all that waits. Returns the number of frames. */
static u32 receive(struct line_frame *last)
{
	u32 count = 0;

	while (taken_count < waiting_count)
		count += line_receive(last);
	return count;
}

static void each_damage_of_a_frame_is_noticed(void **state)
{
	u8 frame[WHOLE(40)];
	struct line_frame got;
	u32 size = make_frame(frame, 7, 40, SESSION);

	(void)state;
	for (u32 bit = 0; bit < size * 8; bit++) {
		open();
		line_set_session(SESSION);
		frame[bit / 8] ^= 1u << bit % 8;
		comes(frame, size);
		assert_int_equal(receive(&got), 0);
		frame[bit / 8] ^= 1u << bit % 8;
		now += NS_PER_SECOND; /* it is repeated then */
		comes(frame, size);
		assert_int_equal(receive(&got), 1);
		assert_int_equal(got.number, 7);
		assert_int_equal(got.size, 40);
		assert_memory_equal(got.bytes, frame + 8, 40);
	}
}

static void each_lost_byte_is_noticed(void **state)
{
	u8 frame[WHOLE(40)];
	struct line_frame got;
	u32 size = make_frame(frame, 7, 40, 0);

	(void)state;
	for (u32 at = 0; at < size; at++) {
		open();
		comes(frame, at);
		comes(frame + at + 1, size - at - 1);
		assert_int_equal(receive(&got), 0);
		now += NS_PER_SECOND;
		comes(frame, size);
		assert_int_equal(receive(&got), 1);
	}
}

static void another_session_is_not_heard(void **state)
{
	u8 frame[WHOLE(40)];
	struct line_frame got;

	(void)state;
	open();
	comes(frame, make_frame(frame, 1, 40, SESSION));
	assert_int_equal(receive(&got), 0);
	comes(frame, make_frame(frame, 0, 40, SESSION));
	assert_int_equal(receive(&got), 1);
	line_set_session(SESSION);
	comes(frame, make_frame(frame, 1, 40, SESSION + 1));
	assert_int_equal(receive(&got), 0);
	comes(frame, make_frame(frame, 1, 40, SESSION));
	assert_int_equal(receive(&got), 1);
}

static void noise_and_long_frames_are_left_out(void **state)
{
	static const u8 noise[] = "UUMUU\xFF\xFFUMUM\x01\x04\0\0\0\0";
	u8 frame[WHOLE(FRAME_MAX)];
	struct line_frame got;

	(void)state;
	open();
	comes(noise, sizeof(noise) - 1);
	assert_int_equal(receive(&got), 0);
	now += NS_PER_SECOND;
	comes(frame, make_frame(frame, 0, FRAME_MAX, 0));
	assert_int_equal(receive(&got), 1);
	assert_int_equal(got.size, FRAME_MAX);
	line_answer(0, LINE_TAKEN);
	assert_int_equal(sent_count, 9);
	assert_int_equal(sent[0], 'A');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(it_has_one_user),
	    cmocka_unit_test(a_frame_is_sent_until_it_is_answered),
	    cmocka_unit_test(the_session_is_in_each_sum_but_the_first),
	    cmocka_unit_test(a_silent_receiver_is_given_up_after_30_seconds),
	    cmocka_unit_test(a_slow_line_is_not_filled_with_repetitions),
	    cmocka_unit_test(a_refusal_stays),
	    cmocka_unit_test(each_damage_of_a_frame_is_noticed),
	    cmocka_unit_test(each_lost_byte_is_noticed),
	    cmocka_unit_test(another_session_is_not_heard),
	    cmocka_unit_test(noise_and_long_frames_are_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
