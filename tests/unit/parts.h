/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stretches (hv/base/stretch.h) for unit tests: they are counted in parts, not in time. */
#ifndef TESTS_UNIT_PARTS_H
#define TESTS_UNIT_PARTS_H

#include "lib/types.h"

/* The number of calls after which stretch_is_spent() returns true, until this is set again.
 * UINT32_MAX: it always returns false. */
extern u32 parts_left;

#endif
