/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/parts.h"

#include "hv/base/stretch.h"

u32 parts_left = UINT32_MAX;

bool stretch_is_spent(void)
{
	if (!parts_left)
		return true;
	parts_left -= parts_left != UINT32_MAX;
	return false;
}

bool stretch_is_overdue(void)
{
	return stretch_is_spent();
}
