/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FXSAVE where the CPU has it, else FNSAVE (SDM vol. 1, 8.1.10 and 10.5). */
#include "arch/x86/fpu.h"

#include "arch/x86/cpu.h"
#include "lib/string.h"

#define FCW_RESET 0x037Fu   /* all exceptions masked, 64-bit precision */
#define MXCSR_RESET 0x1F80u /* all exceptions masked */
#define MXCSR_MASK_FIRST 0xFFBFu
#define TAGS_EMPTY 0xFFFFu

/* Offsets in the two images. */
#define FXSAVE_MXCSR 24
#define FXSAVE_MXCSR_MASK 28
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

/* FXSAVE writes the mask of valid bits behind MXCSR; 0 means the first CPUs' (SDM vol. 1, 11.6.6). The registers
 * and TS may be those of a guest, and stay. */
static u32 mxcsr_mask(struct fpu_state *scratch)
{
	u32 cr0 = read_cr0(), mask;

	fpu_save(scratch);
	write_cr0(cr0);
	memcpy(&mask, scratch->bytes + FXSAVE_MXCSR_MASK, sizeof(mask));
	return mask ? mask : MXCSR_MASK_FIRST;
}

bool fpu_state_load(struct fpu_state *state, const u8 image[FPU_STATE_SIZE])
{
	bool has_mxcsr = cpu_features.fpu && cpu_features.fxsr;
	u32 mask = has_mxcsr ? mxcsr_mask(state) : 0, mxcsr;

	memcpy(state->bytes, image, FPU_STATE_SIZE);
	memcpy(&mxcsr, image + FXSAVE_MXCSR, sizeof(mxcsr));
	return !has_mxcsr || !(mxcsr & ~mask);
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
