/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The FPU (and SSE) registers: they belong to the guest that is scheduled. */
#ifndef ARCH_X86_FPU_H
#define ARCH_X86_FPU_H

#include "lib/types.h"

#define FPU_STATE_SIZE 512 /* FXSAVE's; FNSAVE needs 108 */

struct fpu_state {
	u8 bytes[FPU_STATE_SIZE];
} ALIGNED(16);

/* The state after reset. */
void fpu_state_init(struct fpu_state *state);

/* The state from `image`, in the format of this CPU: FXSAVE's or FNSAVE's. False if FXRSTOR would fault. */
bool fpu_state_load(struct fpu_state *state, const u8 image[FPU_STATE_SIZE]);

/* Saves the registers; loads them. Both leave CR0.TS clear. Without an FPU they do nothing. For
 * hv/guest.c, when a guest is scheduled. */
void fpu_save(struct fpu_state *state);
void fpu_restore(const struct fpu_state *state);

#endif
