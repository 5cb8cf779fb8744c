/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stretches, as a unit test wants them (hv/base/stretch.h): counted in parts, not in time. */
#ifndef TESTS_UNIT_PARTS_H
#define TESTS_UNIT_PARTS_H

#include "lib/types.h"

/* So often stretch_is_spent() says no, and then yes, until this is set again. UINT32_MAX: always
 * no. */
extern u32 parts_left;

#endif
