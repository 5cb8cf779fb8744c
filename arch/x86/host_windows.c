/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "arch/x86/host_windows.h"

#include "arch/x86/cpu.h"
#include "arch/x86/host_tables.h"
#include "arch/x86/per_cpu.h"
#include "lib/min_max.h"
#include "lib/panic.h"
#include "lib/string.h"
#include "mm/frames.h"

_Static_assert(WINDOW_AREA + WINDOW_COUNT * WINDOW_PAGES * PAGE_BYTES <= FRAME_WINDOW_AREA &&
		   DEVICE_WINDOW_AREA + DEVICE_WINDOW_COUNT * (u64)PAGE_BYTES <= 0xFFFFFFFFu,
	       "windows are apart");

/* Changes of the windows that all CPUs have; the last one that this CPU has seen. */
static u32 changes;
static PER_CPU u32 seen;

static void write_entry(u32 *entry, pfn_t frame, u32 flags)
{
	if (host_in_pae)
		entry[PAE_HIGH] = host_no_execute();
	*entry = paddr_value(pfn_address(frame)) | PTE_PRESENT | PTE_WRITE | flags;
}

/* On this CPU. */
static void map_at(void *address, pfn_t frame, u32 flags)
{
	write_entry(host_top_entry(address), frame, flags);
	flush_page(address);
}

/* On all CPUs. */
static void map_everywhere(void *address, pfn_t frame)
{
	for (u32 cpu = 0; cpu < CPUS_MAX; cpu++)
		if (per_cpu_is_made(cpu))
			write_entry(per_cpu_of(cpu, host_top_entry(address)), frame, 0);
	flush_page(address);
}

void host_windows_refresh(void)
{
	u32 now = __atomic_load_n(&changes, __ATOMIC_ACQUIRE);

	if (seen != now)
		write_cr3(read_cr3());
	seen = now;
}

void *host_map_frame(u32 window, pfn_t frame)
{
	void *address = (void *)(FRAME_WINDOW_AREA + window * PAGE_BYTES);

	ASSERT(window < FRAME_WINDOW_COUNT);
	map_at(address, frame, 0);
	return address;
}

void *host_map_window(u32 window, pfn_t first, pfn_t second)
{
	u8 *address = (u8 *)(WINDOW_AREA + window * WINDOW_PAGES * PAGE_BYTES);

	ASSERT(window < WINDOW_COUNT);
	map_everywhere(address, first);
	map_everywhere(address + PAGE_BYTES, second);
	__atomic_add_fetch(&changes, 1, __ATOMIC_RELEASE);
	return address;
}

volatile u32 *host_map_device(pfn_t frame)
{
	static pfn_t mapped[DEVICE_WINDOW_COUNT];
	static u32 count;
	u32 window = 0;
	void *address;

	if (frame_owner(frame) != OWNER_FIRMWARE)
		return NULL;
	while (window < count && pfn_value(mapped[window]) != pfn_value(frame))
		window++;
	if (window == DEVICE_WINDOW_COUNT)
		return NULL;
	address = (void *)(DEVICE_WINDOW_AREA + window * PAGE_BYTES);
	if (window == count) {
		mapped[count++] = frame;
		map_at(address, frame, PTE_WRITE_THROUGH | PTE_CACHE_DISABLE);
	}
	return address;
}

bool physical_read(paddr_t from, void *to, u32 size)
{
	u32 at = paddr_value(from);
	u8 *out = to;

	if (size && at + (size - 1) < at)
		return false;
	while (size) {
		u32 offset = at & FRAME_OFFSET_MASK;
		u32 part = min_u32(FRAME_SIZE - offset, size);
		const u8 *frame = host_map_frame(0, paddr_frame(to_paddr(at)));

		memcpy(out, frame + offset, part);
		at += part;
		out += part;
		size -= part;
	}
	return true;
}
