/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The first steps of making a guest, for hv/guest.c and hv/guest_clone.c. */
#ifndef HV_GUEST_FRAMES_H
#define HV_GUEST_FRAMES_H

#include "hv/guest.h"

/* The state of a guest without memory; `limit` as for guest_create. */
void guest_init(struct guest *g, const struct guest_config *config, u64 limit);

/* The budget of its shadow memory in frames, and the least one that serves a usual kernel. */
u32 guest_shadow_budget(const struct guest_config *config);
u32 guest_least_shadow(const struct guest_config *config);

/* Sets `all` frames aside for it. False: `problem` says why. */
bool guest_open_account(struct guest *g, owner_t owner, u32 all, char *problem, size_t size);

/* Opens its memory of `frames` frames, and its shadow; the account has been opened for both. */
void guest_open_space(struct guest *g, u32 frames, u32 budget);

#endif
