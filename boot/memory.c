/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Usable RAM is the RAM that the boot loader reports, without the image, the modules, the
 * symbols and the framebuffer. The page tables that map all of it, and then the frame table, are taken from its longest
 * range. The allocator gets the rest.
 */
#include "boot/memory.h"

#include "arch/x86/host_paging.h"
#include "arch/x86/memory_map.h"
#include "lib/panic.h"
#include "mm/frame_map.h"
#include "mm/frames.h"

/* From the linker script. */
extern const char boot_text_start[], boot_text_end[], image_start[], image_end[];

#define FRAMES_IN_4_GB (1u << (32 - FRAME_SHIFT))

static struct boot_info *boot;

/* Takes the frames of `size` bytes at `start` out of the usable RAM. */
static void use(u32 start, u32 size)
{
	u32 last = size ? start + (size - 1) : start;

	if (!size)
		return;
	if (last < start)
		last = UINT32_MAX;
	ranges_remove(boot->ram, &boot->ram_count, start >> FRAME_SHIFT, (last >> FRAME_SHIFT) + 1);
}

static void use_all_that_is_needed(void)
{
	use(TOP_LOAD, SWITCHER_TEXT_SIZE + CPU_AREA_STRIDE);
	use(machine_address((const void *)FAST_PATH_TEXT), FAST_PATH_TEXT_SIZE);
	use((u32)(uintptr_t)boot_text_start, boot_text_end - boot_text_start);
	use(machine_address(image_start), image_end - image_start);
	use(paddr_value(boot->symbols), boot->symbols_size);
	use(paddr_value(boot->symbol_strings), boot->symbol_strings_size);
	if (boot->framebuffer.bits)
		use((u32)boot->framebuffer.address, framebuffer_size(&boot->framebuffer));
	for (u32 i = 0; i < boot->module_count; i++)
		use(paddr_value(boot->modules[i].start), boot->modules[i].size);
}

/* For the time before the allocator: takes `count` frames from the end of the longest range. */
static u32 take_frames(u32 count)
{
	struct frame_range *longest = NULL;

	for (u32 i = 0; i < boot->ram_count; i++) {
		struct frame_range *range = &boot->ram[i];

		if (!longest || range->end - range->first > longest->end - longest->first)
			longest = range;
	}
	if (!longest || longest->end - longest->first < count)
		panic("not enough memory for the hypervisor itself");
	longest->end -= count;
	return longest->end;
}

static pfn_t take_table_frame(void)
{
	return to_pfn(take_frames(1));
}

static void map_bytes(paddr_t start, u32 size)
{
	u32 first = paddr_value(start) >> FRAME_SHIFT;

	if (size)
		host_map_frames(first, first + frames_for(size) + 1, take_table_frame);
}

/* Maps all RAM; also modules, symbols and the framebuffer, which may lie outside of the RAM that is
 * reported. */
static void map_all(const struct frame_range *ram, u32 count)
{
	for (u32 i = 0; i < count; i++)
		host_map_frames(ram[i].first, ram[i].end, take_table_frame);
	for (u32 i = 0; i < boot->module_count; i++)
		map_bytes(boot->modules[i].start, boot->modules[i].size);
	map_bytes(boot->symbols, boot->symbols_size);
	map_bytes(boot->symbol_strings, boot->symbol_strings_size);
	if (boot->framebuffer.bits)
		map_bytes(to_paddr((u32)boot->framebuffer.address),
			  framebuffer_size(&boot->framebuffer));
}

/* RAM that the allocator did not get belongs to the hypervisor and is never freed. */
static void claim_the_rest(const struct frame_range *ram, u32 count)
{
	for (u32 i = 0; i < count; i++)
		for (u32 frame = ram[i].first; frame < ram[i].end; frame++)
			if (frame_owner(to_pfn(frame)) == OWNER_FIRMWARE)
				frames_claim(to_pfn(frame), 1);
}

/* True if the loader reports RAM among the frames [first, end). */
static bool has_ram(const struct boot_info *info, u32 first, u32 end)
{
	for (u32 i = 0; i < info->ram_count; i++)
		if (info->ram[i].first < end && info->ram[i].end > first)
			return true;
	return false;
}

/* A page of 4 MB that has RAM too cannot have the framebuffer's memory type. */
bool memory_map_framebuffer(const struct boot_info *info)
{
	u32 start = (u32)info->framebuffer.address;
	u32 last = start + (framebuffer_size(&info->framebuffer) - 1);
	u32 first = (start >> FRAME_SHIFT) & ~(HOST_LARGE_FRAMES - 1);
	u32 end = (last >> FRAME_SHIFT | (HOST_LARGE_FRAMES - 1)) + 1;

	return first && !has_ram(info, first, end) && host_map_framebuffer(first, end);
}

void memory_init(struct boot_info *info, bool pae)
{
	struct frame_range ram[BOOT_RANGES_MAX];
	u32 ram_count, frames, table;

	boot = info;
	ranges_remove(info->ram, &info->ram_count, TOP_START >> FRAME_SHIFT, FRAMES_IN_4_GB);
	ram_count = info->ram_count;
	for (u32 i = 0; i < ram_count; i++)
		ram[i] = info->ram[i];
	use_all_that_is_needed();
	map_all(ram, ram_count);
	if (pae)
		host_use_pae(take_table_frame);

	frames = ram_count ? ram[ram_count - 1].end : 0;
	table = take_frames(frames_for(frames_table_size(frames)));
	frames_init(frame_map(to_pfn(table)), frames);
	for (u32 i = 0; i < info->ram_count; i++)
		frames_add(to_pfn(info->ram[i].first), info->ram[i].end - info->ram[i].first);
	claim_the_rest(ram, ram_count);
	frame_of_zeroes(); /* while one is free */
}
