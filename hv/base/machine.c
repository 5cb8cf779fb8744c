/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hv/base/machine.h"

#include "lib/lock.h"

static struct lock lock = LOCK_OF_RANK(LOCK_MACHINE);
static PER_CPU bool is_held; /* by this CPU */

static ALWAYS_INLINE void take(void)
{
	lock_take(&lock);
	is_held = true;
}

static ALWAYS_INLINE void release(void)
{
	is_held = false;
	lock_release(&lock);
}

void machine_lock(void)
{
	ASSERT(!is_held);
	take();
}

void machine_unlock(void)
{
	ASSERT(is_held);
	release();
}

void machine_lock_measure_anew(void)
{
	ASSERT(is_held);
	lock_measure_anew(&lock);
}

bool machine_lock_nested(void)
{
	if (is_held)
		return false;
	take();
	return true;
}

void machine_unlock_nested(bool taken)
{
	if (taken)
		release();
}
