/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks every descriptor of a guest before the CPU uses it. */
#include "hv/segments.h"

#include "hv/guest.h"
#include "hv/traps.h"
#include "lib/index.h"

#define ENTRY_OF(selector) ((selector) / 8u)

/* LOAD_GDT_ENTRY of these does nothing: lguest keeps its own segments and task states there. */
static bool is_ignored(u32 index)
{
	return index == 10 || index == 11 || index == 16 || index == 31;
}

static bool is_flat(struct descriptor d)
{
	/* With base 0: 0 to 4 GB - 1. */
	const u32 whole = 0x000F0000u | DESCRIPTOR_PAGES | DESCRIPTOR_BIG;
	const u32 base_and_limit = 0xFF0F00FFu | DESCRIPTOR_PAGES | DESCRIPTOR_BIG;
	bool expand_down = !(d.high & DESCRIPTOR_CODE) && (d.high & DESCRIPTOR_EXPAND_DOWN);

	return (d.high & DESCRIPTOR_PRESENT) && !expand_down && d.low == FLAT_LIMIT_LOW &&
	       (d.high & base_and_limit) == whole;
}

static void set_entry(struct guest_segments *segments, u32 index, struct descriptor d)
{
	segments->gdt[index] = d;
	segments->flat &= ~(1u << index);
	if (is_flat(d))
		segments->flat |= 1u << index;
}

void segments_init(struct guest_segments *segments)
{
	set_entry(segments, ENTRY_OF(GUEST_CS), flat_segment(DESCRIPTOR_CODE, GUEST_KERNEL_RPL));
	set_entry(segments, ENTRY_OF(GUEST_DS), flat_segment(0, GUEST_KERNEL_RPL));
}

void segments_schedule(const struct guest *g)
{
	for (u32 i = 0; i < GUEST_GDT_ENTRIES; i++)
		g->cpu->state.gdt[i] = g->segments.gdt[i];
}

/*
 * Changes a descriptor into a harmless one, or returns false. DPL 0, the guest's idea of its
 * kernel's ring, becomes 1. Ring 2 is refused: no guest needs it, and paging treats it as
 * supervisor; so DPL must be odd. The accessed bit is set in advance, since the CPU cannot set it:
 * the GDT is read-only in the guest's context. The properties of an accepted descriptor are proved
 * (proof/descriptors.h).
 */
static bool sanitise(struct descriptor *d)
{
	if (!(d->high & DESCRIPTOR_PRESENT))
		return true; /* loading it raises #NP, with any values of the other bits */
	if (!(d->high & DESCRIPTOR_SEGMENT))
		return false;
	if ((d->high & DESCRIPTOR_CODE) && (d->high & DESCRIPTOR_CONFORMING))
		return false;
	if (!(d->high & DESCRIPTOR_DPL))
		d->high |= GUEST_KERNEL_RPL << DESCRIPTOR_DPL_SHIFT;
	d->high |= DESCRIPTOR_ACCESSED;
	return d->high & 1u << DESCRIPTOR_DPL_SHIFT;
}

static bool is_code(struct descriptor d)
{
	return (d.high & DESCRIPTOR_PRESENT) && (d.high & DESCRIPTOR_SEGMENT) &&
	       (d.high & DESCRIPTOR_CODE);
}

static bool is_equal(struct descriptor a, struct descriptor b)
{
	return a.low == b.low && a.high == b.high;
}

void segments_load_entry(struct guest *g, u32 index, struct descriptor d)
{
	bool code;

	if (index >= GUEST_GDT_ENTRIES) {
		guest_kill(g, "bad segment descriptor index %u", index);
		return;
	}
	index = index_within(index, GUEST_GDT_ENTRIES);
	if (is_ignored(index))
		return;
	if (!sanitise(&d)) {
		guest_kill(g, "bad segment descriptor %08x:%08x for entry %u", d.high, d.low,
			   index);
		return;
	}
	if (is_equal(g->segments.gdt[index], d))
		return;
	code = is_code(g->segments.gdt[index]) || is_code(d);
	set_entry(&g->segments, index, d);
	g->cpu->state.gdt[index] = d;
	traps_segment_changed(g, index, code);
}

void segments_restore(struct guest *g, const struct snapshot_descriptors *from)
{
	for (u32 i = 0; i < GUEST_GDT_ENTRIES; i++) {
		const struct descriptor saved = {from->word[i][0], from->word[i][1]};
		struct descriptor d = saved;

		if (is_ignored(i) ? saved.low | saved.high : !sanitise(&d) || !is_equal(d, saved))
			guest_kill(g, "bad segment descriptor %08x:%08x for entry %u", saved.high,
				   saved.low, i);
		set_entry(&g->segments, i, saved);
	}
}

/* Makes a TLS descriptor harmless instead of killing the guest: a process may have chosen it.
 * Conforming code becomes non-conforming, which is the same for ring 3; any other refused
 * descriptor becomes absent. */
static struct descriptor make_harmless(struct descriptor d)
{
	struct descriptor checked = d;

	if ((d.high & DESCRIPTOR_SEGMENT) && (d.high & DESCRIPTOR_CODE))
		checked.high &= ~DESCRIPTOR_CONFORMING;
	return sanitise(&checked) ? checked : (struct descriptor){0, 0};
}

/* Two of the three seldom differ between processes. */
static ALWAYS_INLINE void load_tls_entry(struct guest *g, u32 i, struct descriptor d)
{
	if (g->segments.tls_loaded && is_equal(g->segments.tls[i], d))
		return;
	g->segments.tls[i] = d;
	segments_load_entry(g, GUEST_TLS_FIRST + i, make_harmless(d));
}

HOT void segments_load_tls(struct guest *g, gpa_t at)
{
	struct descriptor copy[GUEST_TLS_ENTRIES];
	segments_words_t *words = segments_map_tls(g, at);

	if (!words) {
		if (!guest_read(&g->space.memory, at, copy, sizeof(copy))) {
			guest_kill(g, "bad address %#x of thread-local segments", gpa_value(at));
			return;
		}
		words = (segments_words_t *)copy;
	}
	for (u32 i = 0; i < GUEST_TLS_ENTRIES && !guest_has_ended(g); i++)
		load_tls_entry(g, i, (struct descriptor){words[2 * i], words[2 * i + 1]});
	g->segments.tls_loaded = true;
}

const struct descriptor *segments_find(const struct guest *g, u32 selector)
{
	if ((selector & SELECTOR_TI) || ENTRY_OF(selector) >= GUEST_GDT_ENTRIES)
		return NULL;
	return &g->segments.gdt[index_within(ENTRY_OF(selector), GUEST_GDT_ENTRIES)];
}

bool segments_is_big(const struct guest *g, u32 selector)
{
	const struct descriptor *d = segments_find(g, selector);

	return d && (d->high & DESCRIPTOR_BIG);
}

bool segments_is_kernel_code(const struct guest *g, u32 selector)
{
	const struct descriptor *d = segments_find(g, selector);

	return d && is_code(*d) && descriptor_dpl(*d) == GUEST_KERNEL_RPL;
}

/* The offsets that an expand-down segment allows: above its limit, up to 4 GB or 64 KB. */
static bool inside_limit(struct descriptor d, u32 offset, u32 size)
{
	u32 limit = descriptor_limit(d), last = offset + size - 1;
	bool data = !(d.high & DESCRIPTOR_CODE);

	if (last < offset)
		return false;
	if (data && (d.high & DESCRIPTOR_EXPAND_DOWN))
		return offset > limit && (last <= 0xFFFFu || (d.high & DESCRIPTOR_BIG));
	return last <= limit;
}

bool segments_linear(const struct guest *g, u32 selector, u32 offset, u32 size, gva_t *linear)
{
	const struct descriptor *d = segments_find(g, selector);

	if (!d)
		return false;
	if (g->segments.flat >> ENTRY_OF(selector) & 1) {
		*linear = to_gva(offset);
		return offset + size - 1 >= offset;
	}
	*linear = to_gva(descriptor_base(*d) + offset);
	return (d->high & DESCRIPTOR_PRESENT) && inside_limit(*d, offset, size);
}

bool segments_push_odd(const struct guest *g, u32 selector, u32 *esp, u32 size, gva_t *linear)
{
	u32 used = segments_is_big(g, selector) ? 0xFFFFFFFFu : 0xFFFFu; /* or only sp */

	*esp = (*esp & ~used) | ((*esp - size) & used);
	return segments_linear(g, selector, *esp & used, size, linear);
}
