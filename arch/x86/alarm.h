/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A device that can interrupt once after a time: timer.c has the list, and chooses. */
#ifndef ARCH_X86_ALARM_H
#define ARCH_X86_ALARM_H

#include "lib/types.h"

struct alarm_device {
	const char *word; /* for timer= */
	const char *name;

	/* Finds and starts the device, with its interrupt unmasked; it does not interrupt until
	 * arm(). False if the machine has none, or if it does not count. The clock runs. */
	bool (*start)(void);

	/* Interrupts as IRQ_TIMER in `ns` nanoseconds (at most longest_ns) or a little later, never
	 * earlier; in place of an earlier alarm. */
	void (*arm)(u32 ns);

	/* Cancels the alarm. The 8254, while it is the clock, may still interrupt once, after 54.9 ms. */
	void (*stop)(void);

	/* Gives the device up, its interrupt masked: another one becomes the alarm. */
	void (*release)(void);

	u32 longest_ns;
};

#endif
