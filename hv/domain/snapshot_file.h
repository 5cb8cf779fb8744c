/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads a snapshot, which is hostile input, and makes its fixed part. */
#ifndef HV_SNAPSHOT_FILE_H
#define HV_SNAPSHOT_FILE_H

#include "abi/snapshot.h"
#include "hv/loader.h"

struct snapshot_sums {
	u32 sum, sums;
};

/* Adds `bytes`, a multiple of 4, to the sums. */
void snapshot_add(struct snapshot_sums *sums, const void *from, u32 bytes);

/* Writes the header's first fields and all sections' types and sizes. */
void snapshot_begin(struct snapshot_state *state);

/* How far a file has been read. */
struct snapshot_reader {
	struct bytes file;
	u32 at;        /* the next section */
	u32 next_gfn;  /* the least one that may come */
	u32 disk_left; /* bytes of the disk that are still to be read */
	struct snapshot_sums sums;
};

/* The fixed part of the file. NULL: it is none of this version, or its header breaks a rule, or the CPU
 * lacks a feature; `problem` (of `size` bytes) then says what, in one line. The contents of the sections are
 * not checked. */
const struct snapshot_state *snapshot_open(struct bytes file, char *problem, size_t size);

/* The contents of the disk in a file that snapshot_open has found good; none: size 0. */
struct bytes snapshot_disk(struct bytes file);

/* Begins to read behind the fixed part. */
void snapshot_rewind(struct snapshot_reader *reader, struct bytes file);

enum snapshot_step {
	SNAPSHOT_HAS_PAGE, /* *page: the next one; its gfn is below the header's `frames` */
	SNAPSHOT_GOES_ON,  /* a part of the disk has been read */
	SNAPSHOT_AT_END,   /* the sums are right */
	SNAPSHOT_BAD,      /* problem: why */
};
enum snapshot_step snapshot_next(struct snapshot_reader *reader, const struct snapshot_page **page,
				 char *problem, size_t size);

#endif
