// SPDX-License-Identifier: GPL-2.0-or-later
/* hv/traps.c for tests of hypercalls that deliver no trap. */
#include "hv/traps.h"

void traps_load_gate(struct guest *g, u32 vector, struct descriptor gate)
{
	(void)g, (void)vector, (void)gate;
}

void traps_set_stack(struct guest *g, const struct hypercall_slot *call)
{
	(void)g, (void)call;
}

void traps_pin_stack(struct guest *g)
{
	(void)g;
}

void traps_set_ts(struct guest *g, bool ts)
{
	(void)g, (void)ts;
}
