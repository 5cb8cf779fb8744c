// SPDX-License-Identifier: GPL-2.0-or-later
#include "hv/domain/snapshot_port.h"

#include "arch/x86/io.h"
#include "arch/x86/serial.h"
#include "arch/x86/timer.h"
#include "lib/min_max.h"
#include "lib/string.h"

/* -- 1. The debug console ---------------------------------------------------------------------- */

#define DEBUGCON_PORT 0xE9 /* of QEMU and Bochs, which take each byte at once */

static const char *open_debugcon(void)
{
	return NULL;
}

static u32 send_to_debugcon(const u8 *bytes, u32 size)
{
	for (u32 i = 0; i < size; i++)
		outb(DEBUGCON_PORT, bytes[i]);
	return size;
}

static bool close_debugcon(bool *dead)
{
	(void)dead;
	return true;
}

/* -- 2. The second serial line ----------------------------------------------------------------- */

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
#define FIFO_ON_AND_EMPTY 0x07
#define MODEM_DTR_RTS 0x03
#define STATUS_RECEIVED 0x01
#define STATUS_EMPTY 0x20
#define FIFO_SIZE 16u
#define REASON_FIFOS 0xC0 /* read from UART_FIFO: both bits if there are FIFOs */
#define NO_UART 0xFF

#define FRAME_HEADER 8u
#define FRAME_MAX 1024u
#define CRC_SIZE 4u
#define ANSWER_SIZE 9u
#define TRIES 30u /* a second each */
#define RECEIVED_AT_ONCE 64u

static struct {
	u8 frame[FRAME_HEADER + FRAME_MAX + CRC_SIZE];
	u32 filled;             /* bytes of the next frame, without its header */
	u32 size, sent;         /* of the frame that is sent; 0: none is */
	u32 fifo;               /* bytes that the UART takes at once */
	u32 number;             /* of this or the next frame */
	u32 tries;              /* that are left */
	u64 repeat_at;          /* as timer_now() */
	bool ends;              /* the last frame is sent */
	u8 answer[ANSWER_SIZE]; /* the last bytes that have come */
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

static const char *open_com2(void)
{
	if (serial_is_at(COM2))
		return "the console is on com2";
	outb(UART_INTERRUPTS, 0);
	if (inb(UART_STATUS) == NO_UART)
		return "there is no com2";
	outb(UART_FORMAT, FORMAT_DLAB);
	outb(UART_DATA, 1); /* 115200 baud */
	outb(UART_INTERRUPTS, 0);
	outb(UART_FORMAT, FORMAT_8N1);
	outb(UART_FIFO, FIFO_ON_AND_EMPTY);
	outb(UART_MODEM, MODEM_DTR_RTS);
	memset(&line, 0, sizeof(line));
	line.tries = TRIES;
	line.fifo = (inb(UART_FIFO) & REASON_FIFOS) == REASON_FIFOS ? FIFO_SIZE : 1;
	return NULL;
}

static void repeat(void)
{
	line.sent = 0;
	line.repeat_at = timer_now() + NS_PER_SECOND;
}

static void put_word(u8 *to, u32 word)
{
	memcpy(to, &word, sizeof(word));
}

/* Begins to send the frame that has been filled. */
static void seal(void)
{
	u32 size = FRAME_HEADER + line.filled;

	put_word(line.frame, 'U' | 'M' << 8 | line.filled << 16);
	put_word(line.frame + 4, line.number);
	put_word(line.frame + size, crc_of(line.frame, size));
	line.ends = !line.filled;
	line.filled = 0;
	line.size = size + CRC_SIZE;
	repeat();
}

static void transmit(void)
{
	u32 end = min_u32(line.size, line.sent + line.fifo);

	if (inb(UART_STATUS) & STATUS_EMPTY)
		while (line.sent < end)
			outb(UART_DATA, line.frame[line.sent++]);
}

static bool is_answer(void)
{
	u8 wanted[ANSWER_SIZE] = {'A'};

	put_word(wanted + 1, line.number);
	put_word(wanted + 5, crc_of(wanted, 5));
	return !memcmp(line.answer, wanted, ANSWER_SIZE);
}

/* True if the answer to this frame has come. */
static bool is_answered(void)
{
	for (u32 i = 0; i < RECEIVED_AT_ONCE && (inb(UART_STATUS) & STATUS_RECEIVED); i++) {
		memmove(line.answer, line.answer + 1, ANSWER_SIZE - 1);
		line.answer[ANSWER_SIZE - 1] = inb(UART_DATA);
		if (is_answer())
			return true;
	}
	return false;
}

/* True if the line can take the next frame. */
static bool is_free(void)
{
	if (!line.size || !line.tries)
		return !line.size;
	transmit();
	if (is_answered()) {
		line.number++;
		line.size = 0;
		line.tries = TRIES;
	} else if (timer_now() >= line.repeat_at) {
		line.tries--;
		repeat();
	}
	return !line.size;
}

static u32 send_to_com2(const u8 *bytes, u32 size)
{
	u32 taken;

	if (!is_free())
		return line.tries ? 0 : SNAPSHOT_LINE_DEAD;
	taken = min_u32(size, FRAME_MAX - line.filled);
	memcpy(line.frame + FRAME_HEADER + line.filled, bytes, taken);
	line.filled += taken;
	if (line.filled == FRAME_MAX)
		seal();
	return taken;
}

static bool close_com2(bool *dead)
{
	bool free = is_free();

	*dead = !line.tries;
	if (!free || *dead)
		return *dead;
	if (line.ends)
		return true;
	seal(); /* what is left; then an empty one */
	return false;
}

static const struct snapshot_port ports[] = {
    {"debugcon", open_debugcon, send_to_debugcon, close_debugcon},
    {"com2", open_com2, send_to_com2, close_com2},
};

const struct snapshot_port *snapshot_port_find(const char *name)
{
	for (u32 i = 0; i < ARRAY_SIZE(ports); i++)
		if (!strcmp(ports[i].name, name))
			return &ports[i];
	return NULL;
}
