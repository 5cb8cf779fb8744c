/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Clones of a guest (fork, as in SnowFlock and Potemkin): a clone begins with all state of its
 * parent. The frames of both are shared until one of them writes (mm/guest_memory.h).
 */
#ifndef HV_GUEST_CLONE_H
#define HV_GUEST_CLONE_H

#include "hv/guest.h"

/* From now on the guest writes to frames of its own instead of its disk's module, if it has not before. False if
 * there are not enough: `problem` (of `size` bytes) then says so in one line. */
bool guest_freeze_disk(struct guest *g, char *problem, size_t size);

/*
 * A guest's disk is a boot module, to which it writes. Once a guest has been cloned, both have a table
 * of the pages of the disk that they have written to since (struct guest.disk), shared as memory
 * is, and the module does not change any more. (If the guest starts again, its disk is the module.)
 *
 * Begins to make a clone: sets its frames aside. Until guest_clone_some has returned DONE, the
 * parent, which is alive, is not on a CPU, and must not run. `private_memory` is the number of bytes
 * that the clone may come to own of its memory; 0: all. False if it cannot be made: `problem` (of
 * `size` bytes) then says why in one line.
 */
bool guest_clone_begin(struct guest *clone, struct guest *parent, const struct guest_config *config,
		       owner_t owner, u32 private_memory, char *problem, size_t size);

/* Does a part of the work. AGAIN: not finished. DONE: the clone is alive, and the parent may run. To
 * give up instead, call guest_destroy for the clone. */
enum progress guest_clone_some(struct guest *clone);

#endif
