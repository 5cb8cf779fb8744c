/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: A guest may end with values in all FPU and SSE registers, unmasked exceptions, and TS
 * set; fpu-start-fresh, which starts next, must not see them.
 *
 * Reason: One guest must not read the registers of another.
 *
 * Method: The guest fills the registers and shuts down. The runner starts images in the order of
 * their names.
 *
 * Expect: shut down "tap: "
 */
#include "guest/include/kit.h"

#define CPUID_SSE 0x02000000u /* leaf 1, edx */
#define CONTROL_ALL_UNMASKED 0x0340u
#define MXCSR_ALL_UNMASKED 0x0000u

static void fill_x87(void)
{
	static const u16 control = CONTROL_ALL_UNMASKED;
	u32 i;

	__asm__ volatile("fninit; fldcw %0" : : "m"(control));
	for (i = 0; i < 8; i++)
		__asm__ volatile("fld1");
}

static void fill_sse(void)
{
	static const u32 mxcsr = MXCSR_ALL_UNMASKED;
	static const u32 secret[4] = {0x5EC12E75, 0x5EC12E75, 0x5EC12E75, 0x5EC12E75};

	__asm__ volatile("movups %1, %%xmm0; movaps %%xmm0, %%xmm1; movaps %%xmm0, %%xmm2;"
			 "movaps %%xmm0, %%xmm3; movaps %%xmm0, %%xmm4; movaps %%xmm0, %%xmm5;"
			 "movaps %%xmm0, %%xmm6; movaps %%xmm0, %%xmm7; ldmxcsr %0"
			 :
			 : "m"(mxcsr), "m"(secret));
}

const char *guest_main(void)
{
	if (cpu_has_fpu()) {
		fill_x87();
		if (cpuid(1).edx & CPUID_SSE)
			fill_sse();
		ok(true, "every register has a value");
		hcall_ts(true);
	} else {
		skip("no FPU");
	}
	done();
}
