/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: A guest starts with the FPU as after FNINIT, all FPU and SSE registers 0, MXCSR as
 * after reset, and TS clear.
 *
 * Reason: Other values would belong to another guest.
 *
 * Method: All registers are read before any is written. The guest before this one is
 * fpu-leave-values.
 *
 * Expect: shut down "tap: "
 */
#include "guest/include/kit.h"

#define CPUID_FXSR 0x01000000u /* leaf 1, edx */
#define CPUID_SSE 0x02000000u
#define MXCSR_RESET 0x1F80u
#define FXSAVE_MXCSR 24 /* offsets in FXSAVE's image (Intel SDM 1, 10.5.1) */
#define FXSAVE_ST 32
#define FXSAVE_XMM 160
#define FXSAVE_XMM_END 288

static u8 image[512] ALIGNED(16);

/* Stores the image of FNSAVE; the pointers to the last instruction are not compared. */
static u32 save_x87(u32 to)
{
	fpu_save((struct fpu_state *)to);
	return 0;
}

static bool all_zero(const u8 *bytes, u32 count)
{
	while (count)
		if (bytes[--count])
			return false;
	return true;
}

static void test_sse(void)
{
	u32 mxcsr;

	memcpy(&mxcsr, image + FXSAVE_MXCSR, sizeof(mxcsr));
	is_equal(mxcsr, MXCSR_RESET, "MXCSR");
	ok(all_zero(image + FXSAVE_XMM, FXSAVE_XMM_END - FXSAVE_XMM), "xmm0 to xmm7 are 0");
}

const char *guest_main(void)
{
	u32 features = cpuid(1).edx;
	struct fpu_state state;

	/* Only now: cpu_has_fpu() writes to the FPU. */
	if (features & CPUID_FXSR)
		__asm__ volatile("fxsave %0" : "=m"(image));
	is_fine(try_call(save_x87, (u32)&state), "TS is clear");
	if (!cpu_has_fpu()) {
		skip("no FPU");
		done();
	}
	is_equal(state.control & 0xFFFF, fpu_initial_state.control & 0xFFFF, "control word");
	is_equal(state.status & 0xFFFF, fpu_initial_state.status & 0xFFFF, "status word");
	is_equal(state.tag & 0xFFFF, fpu_initial_state.tag & 0xFFFF, "every register is empty");
	ok(all_zero(state.registers[0], sizeof(state.registers)), "every register is 0");
	if (features & CPUID_SSE)
		test_sse();
	else
		skip("no SSE");
	done();
}
