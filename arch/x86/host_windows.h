/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Windows of the hypervisor context (memory_map.h): addresses in the top 4 MB at which it maps
 * frames for a while. All RAM is also mapped one to one; a window is for memory that this map
 * lacks.
 */
#ifndef ARCH_X86_HOST_WINDOWS_H
#define ARCH_X86_HOST_WINDOWS_H

#include "mm/address.h"

/* Maps one frame at frame window `window` (0 to FRAME_WINDOW_COUNT-1), until the next call for the
 * same window. For frames that the one-to-one map does not have: firmware's, or any frame before
 * the map is made. */
void *host_map_frame(u32 window, pfn_t frame);

/* Maps two frames side by side at pair window `window` (0 to WINDOW_COUNT-1) on all CPUs, until the
 * next call for the same window. Another CPU calls host_windows_refresh before it uses the window. For
 * hv/hypercalls.c: lguest_data, which lies on one or two pages of a guest. */
void *host_map_window(u32 window, pfn_t first, pfn_t second);

/* Makes this CPU see all windows as they are now. */
void host_windows_refresh(void);

/* Maps a page of a device's registers, uncached; it stays mapped. At most DEVICE_WINDOW_COUNT different
 * pages: beyond them NULL, and for a frame of RAM, which a wrong table of the firmware's may name. */
volatile u32 *host_map_device(pfn_t frame);

/* A function that copies `size` bytes of physical memory; false if it cannot. Parsers get it as a
 * parameter, so that unit tests can give them memory of their own. */
typedef bool physical_reader(paddr_t from, void *to, u32 size);

/* Copies `size` bytes of physical memory through frame window 0, mapped or not. False if any byte
 * is at or above 4 GB. For data of the firmware and the boot loader: boot/multiboot.c, acpi.c. */
physical_reader physical_read;

#endif
