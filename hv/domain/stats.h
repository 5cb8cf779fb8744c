/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Statistics of guests and of the machine, as text. */
#ifndef HV_STATS_H
#define HV_STATS_H

#include "lib/types.h"

struct domain;

/* Prints one line of the statistics: say() or monitor_line(). */
typedef void stats_line(const char *text, ...) PRINTF_LIKE(1, 2);

/* Prints the statistics of a domain's guest. `stats` on the hypervisor's command line asks for them
 * at its end. */
void stats_print(struct domain *domain, stats_line *line);

/* One of the parts of it, from 0 to STATS_PARTS - 1: each is short enough for a stretch. Takes interrupts at its end. */
#define STATS_PARTS 5u
void stats_print_part(struct domain *domain, u32 part, stats_line *line);

/* Prints how the machine's time since start-up was used. */
void stats_print_machine(stats_line *line);

#endif
