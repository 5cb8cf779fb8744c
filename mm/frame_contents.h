/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The contents of a whole frame. arch/x86/frame_contents.c implements it, as the CPU does it best. */
#ifndef MM_FRAME_CONTENTS_H
#define MM_FRAME_CONTENTS_H

#include "lib/string.h"
#include "mm/frame_map.h"

#ifdef CONFIG_NATIVE
static inline void frame_zero(pfn_t frame)
{
	memset(frame_map(frame), 0, FRAME_SIZE);
}
#else
void frame_zero(pfn_t frame);
#endif

#endif
