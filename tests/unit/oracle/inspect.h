/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_ORACLE_INSPECT_H
#define TESTS_UNIT_ORACLE_INSPECT_H

#include "lib/types.h"

/* Fails if what the engine shows of this address to people is not so. */
void check_inspection(u32 at);

#endif
