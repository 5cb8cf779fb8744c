/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The second serial line, 115200 baud, 8N1, polled, in frames, since a real line loses bytes. It has one user at
 * a time, which sends frames or receives them.
 *
 * A frame is the bytes 'U' 'M', the number of its bytes (u16, at most 1024), its own number from 0 on (u32), the bytes,
 * and the CRC-32 (IEEE 802.3) of all this. The receiver answers each frame that is right with a letter, its number
 * and the CRC-32 of these five bytes. A frame is repeated each second until it is answered,
 * more slowly on a slow line. The session's number is
 * exclusive-ored with each CRC-32 but that of frame 0, so that a frame or an answer which comes too
 * late is not taken for one of a later session.
 */
#ifndef HV_LINE_H
#define HV_LINE_H

#include "lib/types.h"

#define LINE_TAKEN 'A' /* letters of answers: the frame has been taken; */
#define LINE_NO 'N'    /* it is refused, and so would be all that follow */

/* Opens the line for a user, whose name is constant text. NULL, or why it cannot be used. */
const char *line_open(const char *user);

/* Another user may open it: it is closed, or its user only repeats its last answer from now on. */
void line_close(void);
void line_linger(void);

/* True while this user has the line, and may call the functions below. */
bool line_is_open_for(const char *user);

/* The session's number, once frame 0 has been filled or received; 0, as at first: none. */
void line_set_session(u32 session);

/* When line_send or line_receive is to be called again, so that the line is busy, and no byte is lost. */
u64 line_deadline(void);

/* -- To send -- */

enum line_state {
	LINE_FREE,    /* the frames so far have been taken: the next one can be filled */
	LINE_BUSY,    /* call again */
	LINE_DEAD,    /* no answer has come for half a minute */
	LINE_REFUSED, /* LINE_NO has come */
};

/* Sends some of the present frame, and looks for its answer, without waiting. */
enum line_state line_send(void);

/* Puts some of `size` bytes into the next frame, and seals it when it is full. Returns their number.
 * The line is free. */
u32 line_fill(const void *bytes, u32 size);

/* The number of bytes in the next frame so far. */
u32 line_filled(void);

/* The next frame is complete. Its number is one more than that of the last. */
void line_seal(void);

/* A sentence without subject for LINE_DEAD and LINE_REFUSED. */
const char *line_problem(enum line_state state);

/* -- To receive -- */

struct line_frame {
	u32 number, size;
	const u8 *bytes; /* valid until the next line_receive */
};

/* Sends the rest of an answer, and takes bytes that have come. True if a frame is complete and right. */
bool line_receive(struct line_frame *frame);

/* Answers a frame. */
void line_answer(u32 number, char letter);

/* -- Text, without frames (hv/domain/watch_port.c) -- */

/* Sends some of `size` bytes, as many as the line takes now; returns their number. */
u32 line_put(const char *text, u32 size);

/* A byte that has come. False: there is none. */
bool line_get(char *byte);

#endif
