/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hypervisor's own page tables, and the table that every guest has in its top slot. */
#ifndef ARCH_X86_HOST_TABLES_H
#define ARCH_X86_HOST_TABLES_H

#include "arch/x86/paging.h"
#include "mm/address.h"

/* Refines the tables of start.S: text and constants read-only in both places where they are seen,
 * page 0 and the page below each stack absent. Builds the guests' top table. */
void host_tables_protect(void);

/* Maps machine frames [first, end) one to one; `new_table` gives a frame for a page table when one
 * is needed. Uses 4 MB pages where the CPU has them and the range covers them whole. */
void host_map_frames(u32 first, u32 end, pfn_t (*new_table)(void));

/* Sees one frame through a mapping slot (0 to SLOT_COUNT-1), before or beside the one-to-one map.
 * The slot keeps it until the next call. */
void *host_map_slot(u32 slot, pfn_t frame);

/* Sees two frames side by side through window `window` (0 to WINDOW_COUNT-1), until the next call for
 * the same window. */
void *host_map_window(u32 window, pfn_t first, pfn_t second);

/* Sees the one page of a device's registers, without caches. The next call takes it away. */
volatile u32 *host_map_device(pfn_t frame);

/* Copies physical memory, mapped or not. False if any byte is at or above 4 GB. */
bool physical_read(paddr_t from, void *to, u32 size);

/* Goes over to PAE tables of the same contents. The CPU must have PAE. Where it has NX, nothing but text
 * can be executed then: the Switcher's and the image's at the top, and start.S in its place. */
void host_use_pae(pfn_t (*new_table)(void));
bool host_uses_pae(void);

/* Code was copied to this frame, at most 4 MB up: it is about to run there. */
void host_make_executable(pfn_t frame);

paddr_t host_root(void); /* the hypervisor's CR3 */
u32 guest_top_table_entry(
    void); /* a guest's entry for the Switcher's slot, in its shadow directory */

/* Puts a frame of a guest's own memory into the guests' top table, at an address of memory_map.h's
 * windows; takes it out; the entry itself, for audits. */
void guest_window_open(void *address, pfn_t frame, bool writable);
void guest_window_close(void *address);
u32 guest_window_entry(const void *address);

/* For audits: a guest's top table has nothing of ours but Switcher, fast path and the CPU's pages, and windows;
 * nothing is writable but the registers page and the window on lguest_data; an absent entry is all zeroes, so
 * that no speculation follows it to a frame (docs/evidence.md, Speculation). */
bool guest_top_table_is_sound(void);

/* If `at` lies in the absent page below a stack, the stack's name, else NULL. */
const char *guard_page_of(u32 at);

extern u8 boot_stack_end[], double_fault_stack_end[];

#endif
