/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A hypercall of debug builds, for the tests of panics (tests/system/panic.t). */
#ifndef HV_TEST_HYPERCALL_H
#define HV_TEST_HYPERCALL_H

#include "abi/lguest.h"

/* False if the call is another one. Of its kinds, most end in a panic. */
#ifdef CONFIG_TEST_HYPERCALL
bool test_hypercall(const struct hypercall_slot *call);
#else
static inline bool test_hypercall(const struct hypercall_slot *call)
{
	(void)call;
	return false;
}
#endif

#endif
