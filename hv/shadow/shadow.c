/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Chooses the engine for a guest: for the format of its tables, and of the machine's. */
#include "hv/shadow/shadow.h"

#include "arch/x86/host_paging.h"

/* Bits that must be 0 in a present top-level PAE entry; most of them are 1 in a two-level one. */
#define NOT_IN_PAE_TOP (0xFFFFFFFF00000000ull | PAE_TOP_RESERVED)
#define PAE_TOP_ENTRIES 4
#define PAE_TOP_SIZE (PAE_TOP_ENTRIES * sizeof(u64))

#ifdef CONFIG_DEBUG
u32 shadow_audits;
#endif

static void set_engine(struct guest_space *g, const struct shadow_engine *engine)
{
	g->shadow.engine = engine;
	g->fast->pae = engine->pae_guest;
	g->fast->fault_bits = engine->fault_bits;
	g->fast->frames = g->memory.frames;
}

bool shadow_open(struct guest_space *g, u32 budget)
{
	if (!host_uses_pae())
		set_engine(g, &shadow_2on2);
	else if (g->paging == GUEST_PAGING_PAE)
		set_engine(g, &shadow_paeonpae);
	else
		set_engine(g, &shadow_2onpae);
	return g->shadow.engine->open(g, budget);
}

enum progress shadow_close(struct guest_space *g)
{
	return g->shadow.engine->close(g);
}

/* True if there is a PAE top level at `top`: some entry is present, and each that is keeps the
 * rules. A two-level directory entry without any right would look the same, but no guest uses
 * one. */
static bool looks_like_pae(struct guest_space *g, gpa_t top)
{
	u64 entries[PAE_TOP_ENTRIES];
	bool present = false;

	if (gpa_value(top) % PAE_TOP_SIZE || !guest_read(&g->memory, top, entries, sizeof(entries)))
		return false;
	if (gpa_offset(top)) /* no two-level directory stands there */
		return true;
	for (u32 i = 0; i < PAE_TOP_ENTRIES; i++) {
		if ((entries[i] & PTE_PRESENT) && (entries[i] & NOT_IN_PAE_TOP))
			return false;
		present |= entries[i] & PTE_PRESENT;
	}
	return present;
}

/* The top level of the first NEW_PGTABLE shows the format, unless the guest's configuration gives
 * it. */
enum progress shadow_first_table(struct guest_space *g, gpa_t top)
{
	bool pae = g->paging == GUEST_PAGING_PAE ||
		   (g->paging == GUEST_PAGING_AUTO && looks_like_pae(g, top));

	if (pae && !g->shadow.engine->pae_shadow) {
		guest_space_kill(g, "its page tables are PAE, and this machine runs without PAE");
		return DONE;
	}
	/* No engine reads the records of another one: they have its format. */
	if (g->shadow.engine->drop_all(g) == AGAIN)
		return AGAIN;
	/* Its shadow tables are of the same format as before. */
	if (pae)
		set_engine(g, &shadow_paeonpae);
	else if (g->shadow.engine->pae_shadow)
		set_engine(g, &shadow_2onpae);
	return g->shadow.engine->leave_linear_map(g, top);
}
