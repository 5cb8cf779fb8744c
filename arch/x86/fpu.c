/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FXSAVE where the CPU has it, else FNSAVE (SDM vol. 1, 8.1.10 and 10.5). */
#include "arch/x86/fpu.h"

#include "arch/x86/cpu.h"
#include "lib/string.h"

#define FCW_RESET 0x037Fu   /* all exceptions masked, 64-bit precision */
#define MXCSR_RESET 0x1F80u /* all exceptions masked */
#define TAGS_EMPTY 0xFFFFu

/* Offsets in the two images. */
#define FXSAVE_MXCSR 24
#define FNSAVE_TAGS 8

static void put(struct fpu_state *state, u32 offset, u32 value)
{
	memcpy(state->bytes + offset, &value, sizeof(value));
}

void fpu_state_init(struct fpu_state *state)
{
	memset(state, 0, sizeof(*state));
	put(state, 0, FCW_RESET);
	if (cpu_features.fxsr) /* the abridged tags are 0 for empty registers */
		put(state, FXSAVE_MXCSR, MXCSR_RESET);
	else
		put(state, FNSAVE_TAGS, TAGS_EMPTY);
}

static void clear_ts(void)
{
	__asm__ volatile("clts");
}

void fpu_save(struct fpu_state *state)
{
	if (!cpu_features.fpu)
		return;
	clear_ts();
	if (cpu_features.fxsr)
		__asm__ volatile("fxsave %0" : "=m"(*state));
	else
		__asm__ volatile("fnsave %0" : "=m"(*state));
}

void fpu_restore(const struct fpu_state *state)
{
	if (!cpu_features.fpu)
		return;
	clear_ts();
	/* Some CPUs do not restore the last instruction's address in FXRSTOR. FNINIT clears it, so
	 * that the guest does not see the address of another guest's instruction. */
	__asm__ volatile("fninit");
	if (cpu_features.fxsr)
		__asm__ volatile("fxrstor %0" : : "m"(*state));
	else
		__asm__ volatile("frstor %0" : : "m"(*state));
}
