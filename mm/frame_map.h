/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The address at which the hypervisor sees the contents of a frame. All RAM is mapped one to one
 * (arch/x86/memory_map.h), so the address follows from the frame number, and stays valid: nothing
 * is ever unmapped. Native tests keep physical memory in an array.
 */
#ifndef MM_FRAME_MAP_H
#define MM_FRAME_MAP_H

#include "mm/address.h"

#ifdef CONFIG_NATIVE
extern u8 *machine_memory; /* the test's array: its first byte is physical address 0 */
#else
#define machine_memory ((u8 *)0)
#endif

static inline void *frame_map(pfn_t frame)
{
	return (void *)((uintptr_t)machine_memory + ((uintptr_t)pfn_value(frame) << FRAME_SHIFT));
}

/* The frame that such an address is in. */
static inline pfn_t frame_of(const void *at)
{
	return to_pfn(((uintptr_t)at - (uintptr_t)machine_memory) >> FRAME_SHIFT);
}

/* The byte at machine address `at`, and the bytes behind it: for data that the boot loader has put
 * into memory. */
static inline const u8 *machine_bytes(paddr_t at)
{
	const u8 *frame = frame_map(paddr_frame(at));

	return frame + (paddr_value(at) & FRAME_OFFSET_MASK);
}

#endif
