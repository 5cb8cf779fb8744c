/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs the guests one after another. */
#ifndef HV_SEQUENCE_H
#define HV_SEQUENCE_H

#include "hv/guest.h"

/* Runs one guest to its end, again and again while it restarts itself, and says how it ended.
 * `stats`: prints its counts as well. False if it could not be started. */
bool sequence_run(const struct guest_config *config, bool stats);

#endif
