/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hypercalls: their table, and the ring (abi.md sections 2 and 3). */
#ifndef HV_HYPERCALLS_H
#define HV_HYPERCALLS_H

#include "abi/lguest.h"

struct guest;

/* The longest text of one NOTIFY, in bytes: a guest whose console has less room waits before it. */
#define NOTIFY_PRINT_MAX 1024u

/* Serves the calls in the ring, at most HCALL_RING_SIZE, and then the direct call of the guest's VM
 * exit. */
void hypercalls_handle(struct guest *g);

/* The name of a hypercall, such as "SET_PTE"; NULL if there is none with this number. */
const char *hypercall_name(u32 number);

#endif
