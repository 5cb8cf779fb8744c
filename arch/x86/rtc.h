/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The PC's battery-backed clock. */
#ifndef ARCH_X86_RTC_H
#define ARCH_X86_RTC_H

#include "lib/types.h"

/* Seconds since 1970-01-01 00:00 UTC, taking the clock to run in UTC; 0 if it makes no sense. */
u32 rtc_read(void);

#endif
