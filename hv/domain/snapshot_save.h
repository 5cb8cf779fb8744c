/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Saves guests as snapshots (docs/snapshot.md). A clone of the guest is made, which never runs and is written
 * to a port in its own turns, while the guest goes on.
 */
#ifndef HV_SNAPSHOT_SAVE_H
#define HV_SNAPSHOT_SAVE_H

#include "hv/domain/domains.h"

/* Asks for a snapshot of the domain's guest, to be sent to `port` (hv/domain/snapshot_port.h). NULL, or why not. */
const char *snapshot_save(struct domain *domain, const char *port);

/* The clone has been made: begins to write it. */
void snapshot_save_begin(struct domain *clone);

/* Writes some more: a turn of the clone's. AGAIN: there is more. */
enum progress snapshot_save_some(struct domain *clone);

/* The clone that was to be saved is not made. */
void snapshot_save_failed(struct domain *parent);

#endif
