/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Receives guests from other machines (docs/snapshot.md). */
#ifndef HV_MOVE_RECEIVE_H
#define HV_MOVE_RECEIVE_H

#include "lib/types.h"

/* Begins to wait for one guest on `port`, which is com2. NULL, or why not. */
const char *move_receive(const char *port);

/* Gives up, for this reason. False: nothing is being received. */
bool move_receive_stop(const char *reason);

#endif
