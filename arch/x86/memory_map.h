/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one memory map, for C, assembly and the linker script. The hypervisor context has the
 * hypervisor's page tables, a guest context has that guest's shadow page tables.
 *
 *	virtual                  hypervisor context             guest context
 *	0x00000000  page 0       absent: a null pointer faults  the guest's
 *	0x00001000  ...          all RAM, one to one            the guest's
 *	0xFFC00000  1 page       Switcher text, read-only       the same
 *	0xFFC01000  2 pages/CPU  registers page, read-write     the same
 *	                         state page, read-write         the same, read-only
 *	0xFFC07000  1 page       absent                         the fast path's text, read-only
 *	0xFFC08000  50 pages     absent                         windows on memory of its own
 *	0xFFC40000  ...          the image: text and constants  absent
 *	                         read-only, data, stacks with
 *	                         an absent page below each
 *	0xFFD00000  2 pages each windows on guests' memory      absent
 *	0xFFFF0000  2 pages      windows on single frames       absent
 *	0xFFFF2000  12 pages     devices' registers             absent
 *
 * The boot loader puts the code that runs before paging at machine address 0x100000, and 0xFFC00000
 * + x at 0x101000 + x: the two differ by a constant.
 */
#ifndef ARCH_X86_MEMORY_MAP_H
#define ARCH_X86_MEMORY_MAP_H

#define TOP_START 0xFFC00000 /* the last PDE of a two-level page directory: 4 MB */
#define TOP_LOAD 0x00101000  /* machine address of TOP_START */

#define APM_LOAD 0x7000           /* the place of the code that switches off in real mode (apm.S) */
#define AP_TRAMPOLINE_LOAD 0x8000 /* and of what other CPUs run first (ap_trampoline.S) */

#define SWITCHER_TEXT TOP_START
#define SWITCHER_TEXT_SIZE 0x1000

#define FAST_PATH_TEXT (TOP_START + 0x7000)
#define FAST_PATH_TEXT_SIZE 0x1000

#define CPU_AREA (TOP_START + 0x1000)
#define CPU_AREA_STRIDE 0x2000 /* registers page, then state page */

/* Windows of the guest context, for the fast path (hv/fastpath/fast_path.h), on memory of the guest
 * that runs: its lguest_data, read-write, and its page tables, read-only, in three sets. */
#define SHARED_WINDOW (TOP_START + 0x8000)
#define SHARED_WINDOW_PAGES 2
#define TABLE_WINDOWS (TOP_START + 0xA000)
#define TABLE_WINDOW_SETS 3
#define TABLE_WINDOWS_IN_SET 16

#define BOOT_TEXT_LOAD 0x00100000 /* one page that runs before paging */

#define IMAGE_START (TOP_START + 0x40000)

/* Windows of the hypervisor context (host_windows.h): WINDOW_AREA's show two frames each, one for
 * each guest; FRAME_WINDOW_AREA's show one frame. */
#define WINDOW_AREA 0xFFD00000
#define WINDOW_PAGES 2
#define WINDOW_COUNT 376 /* as many as fit below FRAME_WINDOW_AREA */

#define FRAME_WINDOW_AREA 0xFFFF0000
#define FRAME_WINDOW_COUNT 2

#define DEVICE_WINDOW_AREA (FRAME_WINDOW_AREA + FRAME_WINDOW_COUNT * PAGE_BYTES)
#define DEVICE_WINDOW_COUNT 12

#define PAGE_BYTES 0x1000

#endif
