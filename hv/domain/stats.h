/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest did, for people to read. */
#ifndef HV_STATS_H
#define HV_STATS_H

#include "lib/types.h"

struct domain;

/* Gets each line: say(), or the monitor's. */
typedef void stats_line(const char *text, ...) PRINTF_LIKE(1, 2);

/* Prints the block of lines that `stats` on the hypervisor's command line asks for. */
void stats_print(struct domain *domain, stats_line *line);

/* Where the machine's time went, since start-up. */
void stats_print_machine(stats_line *line);

#endif
