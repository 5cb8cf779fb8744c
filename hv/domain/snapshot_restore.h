/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes guests from snapshots (docs/snapshot.md). */
#ifndef HV_SNAPSHOT_RESTORE_H
#define HV_SNAPSHOT_RESTORE_H

#include "hv/domain/domains.h"

/* Sets what a snapshot says of its guest's configuration: name, memory, paging, devices, command line. The
 * texts stay in the file. False: `problem` says why it cannot be restored. For boot/guests.c. */
bool snapshot_configure(struct guest_config *config, char *problem, size_t size);

/* Continues to make the guest of this domain, which guest_create has begun. DONE: it is alive, or has ended with a
 * reason. */
enum progress snapshot_restore_some(struct domain *domain);

/* The two parts of it for a guest whose pages come in another way, before them and after them. False, or the guest has
 * ended: its reason says why. (After snapshot_restore_begin, its state is GUEST_BEING_MADE.) */
bool snapshot_restore_begin(struct domain *domain);
void snapshot_restore_state(struct domain *domain, const struct snapshot_state *state);

#endif
