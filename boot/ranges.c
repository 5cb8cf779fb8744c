// SPDX-License-Identifier: GPL-2.0-or-later
#include "boot/ranges.h"

#include "lib/min_max.h"
#include "lib/string.h"

/* Puts `count` ranges in the place of `replaced` ones at `index`. */
static void splice(struct frame_range *ranges, u32 *total, u32 index, u32 replaced, u32 count)
{
	memmove(&ranges[index + count], &ranges[index + replaced],
		(*total - index - replaced) * sizeof(*ranges));
	*total = *total - replaced + count;
}

bool ranges_add(struct frame_range *ranges, u32 *count, u32 first, u32 end)
{
	u32 index = 0, last;

	if (first >= end)
		return true;
	while (index < *count && ranges[index].end < first)
		index++;
	for (last = index; last < *count && ranges[last].first <= end; last++) {
		first = min_u32(first, ranges[last].first);
		end = max_u32(end, ranges[last].end);
	}
	if (last == index && *count == BOOT_RANGES_MAX)
		return false;
	splice(ranges, count, index, last - index, 1);
	ranges[index] = (struct frame_range){first, end};
	return true;
}

/* Takes [first, end) out of the range at `index`, which overlaps it on both sides. */
static bool split_range(struct frame_range *ranges, u32 *count, u32 index, u32 first, u32 end)
{
	struct frame_range low = {ranges[index].first, first}, high = {end, ranges[index].end};

	if (*count == BOOT_RANGES_MAX) {
		ranges[index] = low.end - low.first >= high.end - high.first ? low : high;
		return false;
	}
	splice(ranges, count, index, 1, 2);
	ranges[index] = low;
	ranges[index + 1] = high;
	return true;
}

bool ranges_remove(struct frame_range *ranges, u32 *count, u32 first, u32 end)
{
	u32 index = 0;

	if (first >= end)
		return true;
	while (index < *count && ranges[index].end <= first)
		index++;
	if (index < *count && ranges[index].first < first && ranges[index].end > end)
		return split_range(ranges, count, index, first, end);
	if (index < *count && ranges[index].first < first)
		ranges[index++].end = first;
	while (index < *count && ranges[index].end <= end)
		splice(ranges, count, index, 1, 0);
	if (index < *count && ranges[index].first < end)
		ranges[index].first = end;
	return true;
}
