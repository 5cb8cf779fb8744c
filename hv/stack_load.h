/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether the guest has just changed its stack (SDM vol. 2, MOV and POP; vol. 3, 6.8.3). */
#ifndef HV_STACK_LOAD_H
#define HV_STACK_LOAD_H

#include "lib/types.h"

struct guest;

/* True if the bytes in front of eip can be read as MOV SS or POP SS. They may be the end of another instruction:
 * the answer is sure only if it is no. Changes nothing. */
bool stack_was_loaded(struct guest *g);

#endif
