/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mm/frame_contents.h"

#include "arch/x86/cpu.h"
#include "arch/x86/sse2.h"

void frame_zero(pfn_t frame)
{
	if (cpu_features.sse2)
		sse2_zero_frame(frame_map(frame));
	else
		memset(frame_map(frame), 0, FRAME_SIZE);
}
