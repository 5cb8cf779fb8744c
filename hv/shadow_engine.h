/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The shadow page table engine for one format of guest tables and one of shadow tables: the file
 * that includes this one has chosen both (see hv/shadow.h), and exports the result:
 *
 *	const struct shadow_engine shadow_XonY = SHADOW_ENGINE("...");
 *
 *	shadow_cache.h       shadow memory: directories and tables
 *	shadow_walk.h        the guest's own tables
 *	shadow_fill.h        fill on fault
 *	shadow_announce.h    the hypercalls about tables
 *	shadow_inspect.h     both sets of tables, for people
 *
 * Debug builds:
 *
 *	shadow_record.h      what each shadow entry was made from
 *	shadow_check.h       what must hold after a fill or an announcement
 *	shadow_audit.h       what must hold at all times
 */
#ifndef HV_SHADOW_ENGINE_H
#define HV_SHADOW_ENGINE_H

#include "hv/shadow_announce.h"
#include "hv/shadow_audit.h"
#include "hv/shadow_inspect.h"

static bool open(struct guest *g, u32 budget)
{
	g->shadow.kernel_address = to_gva(SWITCHER_START);
	return cache_open(&g->shadow, &g->account, budget);
}

static enum progress close(struct guest *g)
{
	return forget_everything(&g->shadow);
}

/* What the including file exports. */
#define SHADOW_ENGINE(engine_name)                                                                 \
	{                                                                                          \
		.name = engine_name, .pae_guest = PAE_GUEST, .pae_shadow = SHADOW_PAGES > 1,       \
		.fault_bits = FAULT_PRESENT | FAULT_WRITE | FAULT_USER |                           \
			      (GUEST_NO_EXECUTE != 0 ? FAULT_FETCH : 0),                           \
		.open = open, .close = close, .set_kernel_address = set_kernel_address,            \
		.fill = fill, .leave_linear_map = leave_linear_map,                                \
		.new_table = new_table_hypercall, .set_pte = set_pte, .set_pgd = set_pgd,          \
		.set_pmd = set_pmd, .flush_user = flush_user, .flush_all = flush_all, .pin = pin,  \
		.map = map_linear, .read = read_virtual, .write = write_virtual, .audit = audit,   \
		.slot_shift = SHADOW_SLOT_SHIFT, .inspect = inspect,                               \
		.inspect_table = inspect_table,                                                    \
	}

#endif
