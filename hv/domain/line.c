// SPDX-License-Identifier: GPL-2.0-or-later
#include "hv/domain/line.h"

#include "arch/x86/io.h"
#include "arch/x86/serial.h"
#include "arch/x86/timer.h"
#include "lib/min_max.h"
#include "lib/string.h"

/* A PC16550D: registers, and their bits. */
#define COM2 0x2F8
#define UART_DATA (COM2 + 0)       /* with DLAB: the divisor's low byte */
#define UART_INTERRUPTS (COM2 + 1) /* with DLAB: its high byte */
#define UART_FIFO (COM2 + 2)
#define UART_FORMAT (COM2 + 3)
#define UART_MODEM (COM2 + 4)
#define UART_STATUS (COM2 + 5)
#define FORMAT_8N1 0x03
#define FORMAT_DLAB 0x80
#define FIFO_ON_AND_EMPTY 0xC7 /* QEMU fills it as far as to the interrupt's threshold: 14 bytes */
#define MODEM_DTR_RTS 0x03
#define STATUS_RECEIVED 0x01
#define STATUS_EMPTY 0x20
#define FIFO_SIZE 16u
#define REASON_FIFOS 0xC0 /* read from UART_FIFO: both bits if there are FIFOs */
#define NO_UART 0xFF

#define FRAME_HEADER 8u
#define FRAME_MAX 1024u
#define CRC_SIZE 4u
#define FRAME_MOST (FRAME_HEADER + FRAME_MAX + CRC_SIZE)
#define ANSWER_SIZE 9u
#define DEAD_NS (30u * (u64)NS_PER_SECOND)
/* A frame is repeated after a second; after longer on a line that is slower than that. */
#define REPEAT_NS ((u64)NS_PER_SECOND)
#define REPEAT_MOST_NS (8u * REPEAT_NS)
#define RECEIVED_AT_ONCE 64u
#define SENT_AT_ONCE 64u
#define FASTER 12u /* bytes: so many in one look have come faster than by a cable */

/* A byte takes 87 us, and the 16 of a FIFO 1390: every other look finds the sending one empty. */
#define POLL_NS (700u * (NS_PER_MS / 1000))
/* An emulator's line is faster: it is looked at so often for a while after a look that has found FASTER bytes. */
#define FAST_POLL_NS (50u * (NS_PER_MS / 1000))
#define FAST_NS (5u * NS_PER_MS)
/* After so long without a byte, the first frame may be lost. It comes again, before it is quiet again. An answer
 * fits into the FIFO. */
#define QUIET_NS (10u * (u64)NS_PER_SECOND)
#define QUIET_POLL_NS (5u * NS_PER_MS)
/* A frame has no such gap: what follows it is another frame, the repetition of one that has lost a byte. */
#define GAP_NS (250u * NS_PER_MS)

_Static_assert(QUIET_NS > REPEAT_MOST_NS, "a repeated frame is not lost");

static struct {
	const char *user; /* NULL: it is closed */
	bool lingers;     /* another user may have it */
	u32 session;

	u8 out[FRAME_MOST]; /* the frame that is sent or filled, or an answer */
	u32 size, sent;     /* of it; size 0: none is sent */
	u32 filled;         /* bytes of the next frame, without its header */
	u32 number;         /* of this or the next frame */
	u64 repeat_ns;      /* after so long, the frame is repeated, */
	bool refused;       /* LINE_NO has come */
	u64 repeat_at;      /* which is then, as timer_now() */
	u64 dead_at;        /* no answer comes any more */

	u8 in[FRAME_MOST]; /* a frame that comes; of a sender: the last ANSWER_SIZE bytes */
	u32 got;           /* bytes of it */
	u64 fast_until;    /* more bytes may come faster than by a cable */
	u64 heard;         /* when a byte came last */
} line;

/* CRC-32 (IEEE 802.3, 3.2.9), bits reversed, four at a time. */
static u32 crc_of(const u8 *bytes, u32 size)
{
	static const u32 steps[16] = {0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC,
				      0x76DC4190, 0x6B6B51F4, 0x4DB26158, 0x5005713C,
				      0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C,
				      0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C};
	u32 crc = 0xFFFFFFFFu;

	for (u32 i = 0; i < size; i++) {
		crc ^= bytes[i];
		crc = crc >> 4 ^ steps[crc & 15];
		crc = crc >> 4 ^ steps[crc & 15];
	}
	return ~crc;
}

static void put_word(u8 *to, u32 word)
{
	memcpy(to, &word, sizeof(word));
}

static u32 get_word(const u8 *from)
{
	u32 word;

	memcpy(&word, from, sizeof(word));
	return word;
}

/* -- 1. The UART ------------------------------------------------------------------------------- */

const char *line_open(const char *user)
{
	if (serial_is_at(COM2))
		return "the console is on com2";
	if (line.user && !line.lingers)
		return "com2 is in use";
	outb(UART_INTERRUPTS, 0);
	if (inb(UART_STATUS) == NO_UART)
		return "there is no com2";
	outb(UART_FORMAT, FORMAT_DLAB);
	outb(UART_DATA, 1); /* 115200 baud */
	outb(UART_INTERRUPTS, 0);
	outb(UART_FORMAT, FORMAT_8N1);
	outb(UART_FIFO, FIFO_ON_AND_EMPTY);
	if ((inb(UART_FIFO) & REASON_FIFOS) != REASON_FIFOS)
		return "com2 has no FIFO, and would lose bytes";
	outb(UART_MODEM, MODEM_DTR_RTS);
	memset(&line, 0, sizeof(line));
	line.user = user;
	line.repeat_ns = REPEAT_NS;
	return NULL;
}

void line_close(void)
{
	line.user = NULL;
}

void line_linger(void)
{
	line.lingers = true;
}

bool line_is_open_for(const char *user)
{
	return line.user == user;
}

void line_set_session(u32 session)
{
	line.session = session;
}

/* More has been done at once than a cable allows. */
static void note_speed(u32 bytes, u32 cable)
{
	if (bytes >= cable)
		line.fast_until = timer_now() + FAST_NS;
}

static u32 put(const u8 *bytes, u32 size)
{
	u32 sent = 0;

	while (sent < size && sent < SENT_AT_ONCE && (inb(UART_STATUS) & STATUS_EMPTY)) {
		u32 end = min_u32(size, sent + FIFO_SIZE);

		while (sent < end)
			outb(UART_DATA, bytes[sent++]);
	}
	note_speed(sent, FIFO_SIZE + 1);
	return sent;
}

static void transmit(void)
{
	line.sent += put(line.out + line.sent, line.size - line.sent);
}

static bool has_received(void)
{
	return inb(UART_STATUS) & STATUS_RECEIVED;
}

u64 line_deadline(void)
{
	u64 now = timer_now();

	if (now < line.fast_until)
		return now + FAST_POLL_NS;
	if (line.sent >= line.size && now - line.heard > QUIET_NS)
		return now + QUIET_POLL_NS;
	return now + POLL_NS;
}

/* -- 2. To send -------------------------------------------------------------------------------- */

static void repeat(void)
{
	line.sent = 0;
	line.repeat_at = timer_now() + line.repeat_ns;
}

static u32 frame_crc(const u8 *frame, u32 size)
{
	return crc_of(frame, size) ^ (get_word(frame + 4) ? line.session : 0);
}

void line_seal(void)
{
	u32 size = FRAME_HEADER + line.filled;

	put_word(line.out, 'U' | 'M' << 8 | line.filled << 16);
	put_word(line.out + 4, line.number);
	put_word(line.out + size, frame_crc(line.out, size));
	line.filled = 0;
	line.size = size + CRC_SIZE;
	line.dead_at = timer_now() + DEAD_NS;
	repeat();
}

u32 line_fill(const void *bytes, u32 size)
{
	u32 taken = min_u32(size, FRAME_MAX - line.filled);

	memcpy(line.out + FRAME_HEADER + line.filled, bytes, taken);
	line.filled += taken;
	if (line.filled == FRAME_MAX)
		line_seal();
	return taken;
}

u32 line_filled(void)
{
	return line.filled;
}

static void put_answer(u8 *to, u32 number, char letter)
{
	to[0] = (u8)letter;
	put_word(to + 1, number);
	put_word(to + 5, crc_of(to, 5) ^ line.session);
}

static bool is_answer(u32 number, char letter)
{
	u8 wanted[ANSWER_SIZE];

	if (line.in[0] != (u8)letter)
		return false;
	put_answer(wanted, number, letter);
	return !memcmp(line.in, wanted, ANSWER_SIZE);
}

/* The frame before this one is answered again: it was repeated in vain. If that went on, repetitions would fill the
 * line. */
static void note_slowness(void)
{
	if (is_answer(line.number - 1, LINE_TAKEN))
		line.repeat_ns = min_u64(2 * line.repeat_ns, REPEAT_MOST_NS);
}

/* The letter of the answer to this frame; 0: none has come. */
static char take_answer(void)
{
	for (u32 i = 0; i < RECEIVED_AT_ONCE && has_received(); i++) {
		memmove(line.in, line.in + 1, ANSWER_SIZE - 1);
		line.in[ANSWER_SIZE - 1] = inb(UART_DATA);
		line.heard = timer_now();
		if (is_answer(line.number, LINE_TAKEN))
			return LINE_TAKEN;
		if (is_answer(line.number, LINE_NO))
			return LINE_NO;
		note_slowness();
	}
	return 0;
}

enum line_state line_send(void)
{
	if (!line.size)
		return LINE_FREE;
	if (line.refused)
		return LINE_REFUSED;
	if (timer_now() >= line.dead_at)
		return LINE_DEAD;
	transmit();
	switch (take_answer()) {
	case LINE_TAKEN:
		line.number++;
		line.size = 0;
		return LINE_FREE;
	case LINE_NO:
		line.refused = true;
		return LINE_REFUSED;
	default:
		if (timer_now() >= line.repeat_at)
			repeat();
		return LINE_BUSY;
	}
}

const char *line_problem(enum line_state state)
{
	return state == LINE_DEAD ? "nothing answers on com2" : "the receiver on com2 refuses it";
}

/* -- 3. To receive ----------------------------------------------------------------------------- */

/* The bytes of the frame that comes; 0: its header is not complete yet. */
static u32 whole_size(void)
{
	return line.got < FRAME_HEADER
		   ? 0
		   : FRAME_HEADER + (line.in[2] | (u32)line.in[3] << 8) + CRC_SIZE;
}

/* One more byte. True: with it, a frame is complete and right. A wrong one is dropped: it comes again. */
static bool take_byte(u8 byte)
{
	static const u8 magic[] = {'U', 'M'};
	u32 at = line.got++, whole, size;

	line.in[at] = byte;
	if (at < sizeof(magic) && byte != magic[at]) {
		line.got = byte == magic[0]; /* the first byte is the same then */
		return false;
	}
	whole = whole_size();
	if (whole > FRAME_MOST) {
		line.got = 0;
		return false;
	}
	if (line.got != whole)
		return false;
	line.got = 0;
	size = whole - CRC_SIZE;
	return get_word(line.in + size) == frame_crc(line.in, size);
}

bool line_receive(struct line_frame *frame)
{
	u64 now = timer_now();

	transmit();
	if (now - line.heard > GAP_NS)
		line.got = 0;
	for (u32 i = 1; i <= RECEIVED_AT_ONCE && has_received(); i++) {
		line.heard = now;
		note_speed(i, FASTER);
		if (!take_byte(inb(UART_DATA)))
			continue;
		*frame = (struct line_frame){.number = get_word(line.in + 4),
					     .size = line.in[2] | (u32)line.in[3] << 8,
					     .bytes = line.in + FRAME_HEADER};
		return true;
	}
	return false;
}

void line_answer(u32 number, char letter)
{
	put_answer(line.out, number, letter);
	line.size = ANSWER_SIZE;
	line.sent = 0;
	transmit();
}

/* -- 4. Text ----------------------------------------------------------------------------------- */

u32 line_put(const char *text, u32 size)
{
	return put((const u8 *)text, size);
}

bool line_get(char *byte)
{
	if (!has_received())
		return false;
	*byte = (char)inb(UART_DATA);
	line.heard = timer_now();
	line.fast_until = line.heard + FAST_NS; /* an answer, and more commands, follow */
	return true;
}
