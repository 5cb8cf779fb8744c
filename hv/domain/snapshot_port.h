/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where snapshots are sent to:
 *
 *	debugcon   I/O port 0xE9 of QEMU and Bochs: the bytes of the file
 *	com2       the second serial line, 115200 baud, 8N1: in frames, since a real line loses bytes
 *
 * A frame is the bytes 'U' 'M', the number of its bytes (u16, at most 1024), its own number from 0 on (u32), the bytes,
 * and the CRC-32 (IEEE 802.3) of all this. The receiver answers each frame that is right with 'A', its number
 * and the CRC-32 of these five bytes. A frame is repeated each second until it is answered. An empty one is the last.
 */
#ifndef HV_SNAPSHOT_PORT_H
#define HV_SNAPSHOT_PORT_H

#include "lib/types.h"

#define SNAPSHOT_LINE_DEAD 0xFFFFFFFFu

struct snapshot_port {
	const char *name;
	/* Begins; NULL, or why it cannot be used. */
	const char *(*open)(void);
	/* Sends some of `size` bytes, without waiting. Returns their number; SNAPSHOT_LINE_DEAD: no answer comes any
	 * more. */
	u32 (*send)(const u8 *bytes, u32 size);
	/* True when everything has arrived, or *dead: no answer has come. Else it is to be called again. */
	bool (*close)(bool *dead);
};

/* The port of this name; NULL: there is none. */
const struct snapshot_port *snapshot_port_find(const char *name);

#endif
