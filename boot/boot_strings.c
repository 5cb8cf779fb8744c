// SPDX-License-Identifier: GPL-2.0-or-later
#include "boot/multiboot.h"
#include "lib/string.h"

u32 boot_strings_room(const struct boot_info *info)
{
	return sizeof(info->strings) - info->strings_used;
}

const char *boot_keep_string(struct boot_info *info, const char *text)
{
	char *kept = info->strings + info->strings_used;
	u32 size = strlen(text) + 1;

	if (size > boot_strings_room(info))
		return NULL;
	memcpy(kept, text, size);
	info->strings_used += size;
	return kept;
}
