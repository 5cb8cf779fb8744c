/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hv/base/log.h"

static struct {
	char lines[LOG_LINES][LOG_COLUMNS];
	u32 count, length; /* complete lines; characters of the incomplete one */
} log;

void log_put(char c)
{
	char *line = log.lines[log.count % LOG_LINES];

	if (c == '\n') {
		line[log.length] = 0;
		log.length = 0;
		log.count++;
	} else if (log.length < LOG_COLUMNS - 1) {
		line[log.length++] = c;
	}
}

u32 log_count(void)
{
	return log.count;
}

/* LOG_LINES - 1 complete lines are kept: the incomplete line takes the place of the oldest one. */
const char *log_line(u32 number)
{
	return number < log.count && log.count - number < LOG_LINES ? log.lines[number % LOG_LINES]
								    : NULL;
}
