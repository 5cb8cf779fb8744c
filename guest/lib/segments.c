// SPDX-License-Identifier: GPL-2.0-or-later
/* Segment descriptors. */
#include "guest/include/segments.h"
#include "guest/include/hypercall.h"

#define SEGMENT_GRANULARITY 0x800000u /* the limit counts pages */
#define FLAT_LIMIT 0xFFFFFFFFu
#define RING3 3u

/*
 *	high  31      24 23   20 19      16 15     8 7        0
 *	     [base 31:24| G D 0 0|limit 19:16| access |base 23:16]
 *	low  [         base 15:0            |   limit 15:0      ]
 */
struct descriptor descriptor_make(u32 base, u32 limit, u32 ring, u32 access)
{
	u32 flags = SEGMENT_PRESENT | SEGMENT_CODE_OR_DATA | SEGMENT_32BIT | SEGMENT_DPL(ring);
	struct descriptor made;

	if (limit >= MIB) {
		limit >>= 12;
		flags |= SEGMENT_GRANULARITY;
	}
	made.low = base << 16 | (limit & 0xFFFF);
	made.high = (base & 0xFF000000) | (limit & 0xF0000) | (base >> 16 & 0xFF) | flags | access;
	return made;
}

void descriptor_load(u32 entry, struct descriptor descriptor)
{
	hcall_load_gdt_entry(entry, descriptor.low, descriptor.high);
}

/* The argument of LOAD_TLS: in the image, where a pointer has a gpa. */
static struct descriptor tls_table[GUEST_TLS_ENTRIES];

void descriptor_load_tls(const struct descriptor tls[GUEST_TLS_ENTRIES])
{
	u32 i;

	for (i = 0; i < GUEST_TLS_ENTRIES; i++)
		tls_table[i] = tls[i];
	hcall_load_tls(gpa_of(tls_table));
}

void segments_init(void)
{
	descriptor_load(GDT_USER_CODE,
			descriptor_make(0, FLAT_LIMIT, RING3, SEGMENT_CODE | SEGMENT_READABLE));
	descriptor_load(GDT_USER_DATA, descriptor_make(0, FLAT_LIMIT, RING3, SEGMENT_WRITABLE));
}
