/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "arch/x86/bios_power_off.h"

#include "arch/x86/apic.h"
#include "arch/x86/host_paging.h"
#include "arch/x86/memory_map.h"
#include "arch/x86/pic.h"
#include "lib/string.h"
#include "mm/frame_map.h"

extern const u8 apm_start[], apm_end[]; /* apm.S */

/* APM_LOAD is below 1 MB: mapped one to one, and never given out (boot/multiboot.c). */
void power_off_by_bios(void)
{
	void *place = frame_map(to_pfn(APM_LOAD >> FRAME_SHIFT));

	/* The vectors are not those that the BIOS expects. */
	pic_mask_all();
	apic_close();
	memcpy(place, apm_start, apm_end - apm_start);
	host_make_executable(to_pfn(APM_LOAD >> FRAME_SHIFT));
	((void (*)(void))place)();
	__builtin_unreachable();
}
