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

/* The state of a clone that is to be written out, and never runs. */
void snapshot_put_state(const struct domain *clone, struct snapshot_state *state);

/* The size of its disk in bytes; 0: it has none. */
u32 snapshot_disk_size(const struct guest_config *config);

/* The page of its disk at this offset: the guest's own, or the module's, of which a last part may be missing. */
const void *snapshot_disk_page(const struct guest *g, u32 offset);

/* True for a page that need not be written. */
bool snapshot_page_is_zero(const u32 *page);

#endif
