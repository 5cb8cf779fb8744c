/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Descriptors (Intel SDM 3, 3.4.5) and the entries of the guest's GDT that the kit uses.
 * Entries 12 and 13 (ring-1 code and data) are there at entry; the ring-3 ones are the guest's
 * own to load, and the kit does before guest_main.
 */
#ifndef GUEST_SEGMENTS_H
#define GUEST_SEGMENTS_H

#define GDT_USER_CODE 14
#define GDT_USER_DATA 15
#define USER_CS (GDT_USER_CODE * 8 + 3)
#define USER_DS (GDT_USER_DATA * 8 + 3)

#ifndef __ASSEMBLER__
#include "lib/types.h"

struct descriptor {
	u32 low, high;
};

/* For `access`: P, DPL, S and the type, bits 8 to 15 of the high word. */
#define SEGMENT_PRESENT 0x8000u
#define SEGMENT_DPL(ring) ((ring) << 13)
#define SEGMENT_CODE_OR_DATA 0x1000u /* S: clear in system descriptors */
#define SEGMENT_CODE 0x0800u
#define SEGMENT_CONFORMING 0x0400u  /* of code */
#define SEGMENT_EXPAND_DOWN 0x0400u /* of data */
#define SEGMENT_READABLE 0x0200u    /* of code */
#define SEGMENT_WRITABLE 0x0200u    /* of data */
#define SEGMENT_ACCESSED 0x0100u
#define SEGMENT_32BIT 0x400000u
#define SEGMENT_TSS32 0x0900u /* S clear: an available 32-bit TSS */
#define SEGMENT_CALL_GATE 0x0C00u

/* A 32-bit code or data segment of `ring` that ends at base+limit; a limit of 1 MB and above is
 * given in 4 KB units (rounded up to one that ends in FFF). `access`: CODE, WRITABLE, ... */
struct descriptor descriptor_make(u32 base, u32 limit, u32 ring, u32 access);

void descriptor_load(u32 entry, struct descriptor descriptor);

/* LOAD_TLS: GDT entries 6 to 8. */
void descriptor_load_tls(const struct descriptor tls[3]);

/* The flat ring-3 segments, entries 14 and 15. */
void segments_init(void);

#define SEGMENT_READ(name)                                                                         \
	static inline u32 name##_read(void)                                                        \
	{                                                                                          \
		u32 selector;                                                                      \
		__asm__ volatile("movl %%" #name ", %0" : "=r"(selector));                         \
		return selector & 0xFFFF;                                                          \
	}
SEGMENT_READ(cs)
SEGMENT_READ(ds)
SEGMENT_READ(es)
SEGMENT_READ(fs)
SEGMENT_READ(gs)
SEGMENT_READ(ss)
#undef SEGMENT_READ

static inline void fs_write(u32 selector)
{
	__asm__ volatile("movl %0, %%fs" : : "r"(selector) : "memory");
}

static inline void gs_write(u32 selector)
{
	__asm__ volatile("movl %0, %%gs" : : "r"(selector) : "memory");
}

#endif
#endif
