/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Units of time, in nanoseconds. */
#ifndef LIB_TIME_H
#define LIB_TIME_H

#define NS_PER_SECOND 1000000000u
#define NS_PER_MS 1000000u
#define NS_PER_US 1000u

#endif
