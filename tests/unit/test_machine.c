// SPDX-License-Identifier: GPL-2.0-or-later
/* The machine's lock on one CPU. tests/system/races.t has it at its work on several. */
#include "tests/unit/native.h"

#include "hv/base/machine.h"

static void lock_is_taken_once(void **state)
{
	(void)state;
	assert_panics(machine_unlock(), "does not hold");
	assert_panics(machine_lock_measure_anew(), "does not hold");
	machine_lock();
	machine_lock_measure_anew();
	assert_panics(machine_lock(), "does not hold");
	machine_unlock();
	assert_panics(machine_unlock(), "does not hold");
}

static void inner_use_leaves_the_lock_to_the_outer_one(void **state)
{
	bool outer, inner;

	(void)state;
	outer = machine_lock_nested();
	inner = machine_lock_nested();
	assert_true(outer);
	assert_false(inner);
	machine_unlock_nested(inner);
	assert_panics(machine_lock(), "does not hold");
	machine_unlock_nested(outer);
	machine_lock();
	machine_unlock();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lock_is_taken_once),
	    cmocka_unit_test(inner_use_leaves_the_lock_to_the_outer_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
