/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds out whether the guest has just loaded SS (SDM vol. 2, MOV and POP; vol. 3, 6.8.3). */
#ifndef HV_STACK_LOAD_H
#define HV_STACK_LOAD_H

#include "lib/types.h"

struct guest;

/* True if the bytes before eip may be MOV SS or POP SS. They may also be the end of another
 * instruction: only "false" is certain. Changes nothing. */
bool stack_was_loaded(struct guest *g);

#endif
