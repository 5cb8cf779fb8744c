/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest asks for: the table of hypercalls and the ring (abi.md sections 2 and 3). */
#ifndef HV_HYPERCALLS_H
#define HV_HYPERCALLS_H

#include "abi/lguest.h"

struct guest;

/* The longest text of one NOTIFY, in bytes: a guest whose console has less room waits before it. */
#define NOTIFY_PRINT_MAX 1024u

/* Serves the hypercall that the guest came out with; first, in order, what waits in the ring: at
 * most HCALL_RING_SIZE calls. */
void hypercalls_handle(struct guest *g);

/* "SET_PTE"; NULL if there is none of this number. */
const char *hypercall_name(u32 number);

#endif
