/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The current directory, and its change: the same code for all formats of page tables. */
#ifndef HV_SHADOW_SWITCH_H
#define HV_SHADOW_SWITCH_H

#include "hv/shadow/shadow.h"

/* Where the table of hints has the index of the directory that shadows `top`, most likely. */
static ALWAYS_INLINE u8 *sh_hint(struct shadow *s, gpa_t top)
{
	return &s->hints[gfn_value(gpa_frame(top)) % SHADOW_HINTS];
}

/* `d` becomes the current directory: CR3 is loaded from it at the next VM entry. */
static ALWAYS_INLINE void sh_set_current(struct guest_space *g, struct shadow_directory *d)
{
	g->shadow.current = d;
	g->fast->top = gpa_value(d->top);
}

/* The same, for a directory that the guest uses from now on. */
static ALWAYS_INLINE void sh_switch_to(struct guest_space *g, struct shadow_directory *d)
{
	d->last_used = ++g->shadow.switches;
	sh_set_current(g, d);
}

/* NEW_PGTABLE where little is to be done: the directory is cached, with no flush outstanding. False: nothing
 * has been done. */
static ALWAYS_INLINE bool shadow_switch_to_cached(struct guest_space *g, gpa_t top)
{
	struct shadow *s = &g->shadow;
	struct shadow_directory *d = &s->directories[*sh_hint(s, top)];

	if (gpa_value(d->top) != gpa_value(top) || gpa_value(top) == NO_TOP ||
	    d->flushes != s->flushes)
		return false;
	s->counts.hits++;
	sh_switch_to(g, d);
	return true;
}

#endif
