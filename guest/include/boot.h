/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the entry point to guest_main, and the boot parameters.
 *
 * Before guest_main runs, the kit has announced lguest_data (LGUEST_INIT), filled the IDT, loaded
 * the ring-3 segments and set a trap stack. Interrupts are off and all of them blocked. A guest
 * linked at 0xC0000000 (`high := y` in its .mk) is already on its own page tables; any other one
 * is still on the hypervisor's linear map, until it calls paging_start().
 */
#ifndef GUEST_BOOT_H
#define GUEST_BOOT_H

/* Options of an image, in its definition of `const u32 guest_options`. */
#define GUEST_NO_INIT 1  /* no LGUEST_INIT: guest_main makes every hypercall (not with `high`) */
#define GUEST_NO_TRAPS 2 /* no IDT, no ring-3 segments, no trap stack: see kit_start_traps */

#define MAIN_STACK_SIZE 0x4000 /* the stack of guest_main */

/* struct entry_state, for entry.S. */
#define ENTRY_STATE_SIZE 60
#define ENTRY_STATE_ESP 28

#ifndef __ASSEMBLER__
#include "lib/types.h"

extern const u32 guest_options;

/* The image defines this function. Its result is the reason of the shutdown that follows (power
 * off). */
const char *guest_main(void);

/* The steps that GUEST_NO_TRAPS leaves out: IDT, ring-3 segments, SET_STACK. */
void kit_start_traps(void);

/* Powers off, with a sentence for the hypervisor's log: at most 127 bytes arrive. */
void shutdown(const char *reason, ...) NORETURN PRINTF_LIKE(1, 2);
void restart(const char *reason) NORETURN;

/* The registers as they were at the entry point, before the kit used any. */
struct entry_state {
	u32 eax, ebx, ecx, edx, esi, edi, ebp, esp, eflags;
	u32 cs, ds, es, ss, fs, gs;
};
extern struct entry_state entry_state;
_Static_assert(sizeof(struct entry_state) == ENTRY_STATE_SIZE, "entry_state");
_Static_assert(offsetof(struct entry_state, esp) == ENTRY_STATE_ESP, "entry_state.esp");

/* Called by entry.S. */
void kit_start(void) NORETURN;

/* The Linux zero page, read at `offset` (BP_* in abi/lguest.h). Not mapped any more after
 * paging_start(); the functions below use copies. */
u8 boot_parameter8(u32 offset);
u16 boot_parameter16(u32 offset);
u32 boot_parameter32(u32 offset);

/* Bytes of RAM, from the e820 table. */
u32 boot_memory(void);

/* The guest's command line, cut to 511 characters. */
const char *boot_command_line(void);

/* True if `word` is a word of the command line. */
bool boot_option(const char *word);

/* Copies VALUE of the last word KEY=VALUE, cut to size-1 characters. False if there is none. */
bool boot_option_value(const char *key, char *value, size_t size);

/* N of the last word KEY=N, decimal or 0x; `otherwise` if there is none, or N is no number below
 * 2^32. */
u32 boot_option_number(const char *key, u32 otherwise);

/* For an image that can be several guests: case=NAME on the command line selects one of them. */
struct boot_case {
	const char *name;
	void (*run)(void);
};

/* Runs that case. Returns a reason for guest_main to return: the case has returned, or there is
 * none of this name. */
const char *boot_run_case(const struct boot_case *cases, u32 count);

/* The initrd, or NULL and size 0. */
const char *boot_initrd(u32 *size);

#endif
#endif
