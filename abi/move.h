/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest that moves over a line (docs/snapshot.md): frame 0 is a struct move_hello; the frames after it are a stream
 * of sections as in a snapshot's file (abi/snapshot.h), of these types and in this order:
 *
 *	MOVE_STATE                               as it was when the first round began
 *	SNAPSHOT_PAGE, MOVE_ZERO, MOVE_DISK      in rounds, while the guest runs
 *	MOVE_STATE with MOVE_LAST                as it was when it stopped
 *	SNAPSHOT_PAGE, MOVE_ZERO, MOVE_DISK      those that had changed
 *	SNAPSHOT_END                             the last one in its frame, whose answer says that the guest is ready
 *	MOVE_COMMIT                              in a frame of its own, whose answer says that the guest runs
 */
#ifndef ABI_MOVE_H
#define ABI_MOVE_H

#include "abi/snapshot.h"

#define MOVE_MAGIC "UMBRA>\r\n"
#define MOVE_MAGIC_SIZE 8
#define MOVE_VERSION 2

struct move_hello {
	u8 magic[MOVE_MAGIC_SIZE];
	u32 version;
	u32 session; /* random, not 0: in the checksums of all that follows */
} PACKED;
_Static_assert(sizeof(struct move_hello) == 16, "move_hello");

enum move_type { MOVE_STATE = 16, MOVE_ZERO, MOVE_COMMIT, MOVE_DISK };

#define MOVE_LAST 1u   /* flags */
#define MOVE_PAUSED 2u /* a user has paused it */

struct move_state {
	u32 flags;
	struct snapshot_state state;
} PACKED;
_Static_assert(sizeof(struct move_state) == 8192, "move_state");

/* A page that is zero now. */
struct move_zero {
	u32 gfn;
} PACKED;
_Static_assert(sizeof(struct move_zero) == 4, "move_zero");

/* A page of the disk; what has not come is zero. MOVE_DISK has the form of SNAPSHOT_PAGE. */
typedef struct snapshot_page move_disk_t;

#endif
