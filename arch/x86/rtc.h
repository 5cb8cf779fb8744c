/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The PC's battery-backed clock. */
#ifndef ARCH_X86_RTC_H
#define ARCH_X86_RTC_H

#include "lib/types.h"

/* Seconds since 1970-01-01 00:00, if the clock runs in UTC; 0 if its date is not valid. For
 * hv/clock.c, at start-up. */
u32 rtc_read(void);

bool rtc_is_present(void);

/* The register of seconds, in whichever format, when no update is in progress. It changes at the end
 * of an update. */
u8 rtc_second(void);

#endif
