/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where snapshots are sent to:
 *
 *	debugcon   I/O port 0xE9 of QEMU and Bochs: the bytes of the file
 *	com2       the second serial line, in frames (hv/domain/line.h), of which the last one is empty
 */
#ifndef HV_SNAPSHOT_PORT_H
#define HV_SNAPSHOT_PORT_H

#include "lib/types.h"

#define SNAPSHOT_PORT_FAILED 0xFFFFFFFFu

struct snapshot_port {
	const char *name;
	/* Begins; NULL, or why it cannot be used. */
	const char *(*open)(void);
	/* Sends some of `size` bytes, without waiting. Returns their number; SNAPSHOT_PORT_FAILED: *problem says
	 * why nothing can be sent any more. */
	u32 (*send)(const u8 *bytes, u32 size, const char **problem);
	/* True when everything has arrived, or *problem says why it has not. Else it is to be called again. */
	bool (*finish)(const char **problem);
	/* Ends the use of it, at any time. */
	void (*close)(void);
};

/* The port of this name; NULL: there is none. */
const struct snapshot_port *snapshot_port_find(const char *name);

#endif
