/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hv/monitor/status_line.h"

#include "hv/console/console.h"
#include "hv/domain/domains.h"
#include "hv/sched/schedule.h"
#include "lib/format.h"
#include "lib/string.h"

#define HELP "Ctrl-A h helps "

static u32 alive(void)
{
	u32 count = 0;

	for (u32 i = 0; i < domains_count(); i++)
		count += domain_at(i)->state == DOMAIN_ALIVE;
	return count;
}

void status_line(char *text, u32 width)
{
	const struct console *front = console_front();
	u32 length;

	snprintf(text, width + 1, " %s | load %u %% | guests alive: %u ",
		 front ? front->name : "monitor", schedule_load_percent(), alive());
	length = strlen(text);
	if (length + sizeof(HELP) - 1 <= width)
		snprintf(text + length, width + 1 - length, "%*s", (int)(width - length), HELP);
}
