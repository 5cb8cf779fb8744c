/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest's segment descriptors (abi.md section 5). Only code and data segments of DPL 1 and 3 are
 * accepted: by a call gate, a TSS or a conforming segment, a guest could reach ring 0.
 */
#ifndef HV_SEGMENTS_H
#define HV_SEGMENTS_H

#include "abi/snapshot.h"
#include "hv/guest.h"

/* The flat code and data segments that a guest starts with. */
void segments_init(struct guest_segments *segments);

/* Copies the guest's descriptors into the GDT of its CPU. */
void segments_schedule(const struct guest *g);

/* LOAD_GDT_ENTRY and LOAD_TLS. */
void segments_load_entry(struct guest *g, u32 index, struct descriptor d);
void segments_load_tls(struct guest *g, gpa_t descriptors);

/* The words of the descriptors of LOAD_TLS. */
typedef const volatile u32 segments_words_t ALIGNED(1);

/* Where they are in the guest's memory; NULL: not in one page, or not all in memory. */
static ALWAYS_INLINE segments_words_t *segments_map_tls(struct guest *g, gpa_t descriptors)
{
	if (gpa_offset(descriptors) > FRAME_SIZE - sizeof(g->segments.tls))
		return NULL;
	return (segments_words_t *)guest_memory_map(&g->space.memory, descriptors);
}

/* True if LOAD_TLS of these descriptors has nothing to do: they are loaded, as at most switches of
 * processes. */
static ALWAYS_INLINE bool segments_is_tls_loaded(struct guest *g, gpa_t descriptors)
{
	const u32 *loaded = (const u32 *)g->segments.tls;
	segments_words_t *words;

	if (!g->segments.tls_loaded)
		return false;
	words = segments_map_tls(g, descriptors);
	return words && words[0] == loaded[0] && words[1] == loaded[1] && words[2] == loaded[2] &&
	       words[3] == loaded[3] && words[4] == loaded[4] && words[5] == loaded[5];
}
_Static_assert(GUEST_TLS_ENTRIES == 3, "compared above");

/* The descriptors of a snapshot. Kills the guest if one is not as segments_load_entry stores it. */
void segments_restore(struct guest *g, const struct snapshot_descriptors *from);

/* The descriptor that `selector` names, or NULL if it names none of the guest's. */
const struct descriptor *segments_find(const struct guest *g, u32 selector);

/* The D/B flag: true for 32-bit code, and for a stack that uses all of esp. False if the selector
 * names no segment. */
bool segments_is_big(const struct guest *g, u32 selector);

/* True if a gate may lead straight to this segment: present, non-conforming code of DPL 1. */
bool segments_is_kernel_code(const struct guest *g, u32 selector);

/*
 * The linear address of `size` bytes at selector:offset, checked as the CPU checks a push or a
 * fetch: present, inside the limit (expand-down too). False if it would fault.
 */
bool segments_linear(const struct guest *g, u32 selector, u32 offset, u32 size, gva_t *linear);

/* The same for a push of `size` bytes: moves *esp (or only its low half, in a 16-bit stack). */
bool segments_push_odd(const struct guest *g, u32 selector, u32 *esp, u32 size, gva_t *linear);

/* True for a present 32-bit segment from 0 to 4 GB. */
static inline bool segments_is_flat(const struct guest_segments *segments, u32 selector)
{
	u32 index = selector >> 3;

	return !(selector & SELECTOR_TI) && index < GUEST_GDT_ENTRIES &&
	       (segments->flat >> index & 1);
}

static inline bool segments_push(const struct guest *g, const struct guest_segments *segments,
				 u32 selector, u32 *esp, u32 size, gva_t *linear)
{
	if (!segments_is_flat(segments, selector))
		return segments_push_odd(g, selector, esp, size, linear);
	*esp -= size;
	*linear = to_gva(*esp);
	return *esp + (size - 1) >= *esp;
}

#endif
