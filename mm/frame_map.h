/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one way to see the contents of physical memory: map a frame, use it, unmap it.
 * On the machine, physical memory is mapped one to one, so mapping is arithmetic and unmapping is
 * nothing; the pair is kept so that it can become slots. Native tests give it an array.
 */
#ifndef MM_FRAME_MAP_H
#define MM_FRAME_MAP_H

#include "mm/address.h"

#ifdef CONFIG_NATIVE
extern u8 *frame_window; /* where the test keeps physical address 0 */
#else
#define frame_window ((u8 *)0)
#endif

static inline void *frame_map(pfn_t frame)
{
	return (void *)((uintptr_t)frame_window + ((uintptr_t)pfn_value(frame) << FRAME_SHIFT));
}

/* The byte at a machine address, for what the boot loader has put into memory: good to its end, since
 * it is never unmapped. */
static inline const u8 *machine_bytes(paddr_t at)
{
	const u8 *frame = frame_map(paddr_frame(at));

	return frame + (paddr_value(at) & FRAME_OFFSET_MASK);
}

static inline void frame_unmap(const void *mapped)
{
	(void)mapped;
}

#endif
