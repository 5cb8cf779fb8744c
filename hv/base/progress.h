/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Types of work that is done in parts (hv/base/stretch.h). */
#ifndef HV_PROGRESS_H
#define HV_PROGRESS_H

#include "lib/types.h"

/* The state of the work after a part. */
enum progress {
	DONE,
	AGAIN, /* the stretch is spent: call again with the same arguments */
};

/* The longest stretch so far, and its cause. */
struct stretch_record {
	u32 ticks;
	const char *cause; /* constant text; NULL: none yet */
};

#endif
