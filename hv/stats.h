/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest did, for people to read. */
#ifndef HV_STATS_H
#define HV_STATS_H

struct guest;

/* Prints the block of lines that `stats` on the hypervisor's command line asks for. */
void stats_print(const struct guest *g);

#endif
