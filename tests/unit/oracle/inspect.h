/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_ORACLE_INSPECT_H
#define TESTS_UNIT_ORACLE_INSPECT_H

#include "lib/types.h"

/* Fails if the engine shows this address wrongly to the monitor. */
void check_inspection(u32 at);

#endif
