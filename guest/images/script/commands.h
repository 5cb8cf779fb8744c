/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The prompt's own commands. */
#ifndef SCRIPT_COMMANDS_H
#define SCRIPT_COMMANDS_H

#include "guest/images/script/text.h"

struct command {
	const char *word;
	void (*act)(const struct line *line); /* NULL: the worker executes it */
};

/* Row `index` of the table; NULL behind the last one. */
const struct command *command_at(u32 index);

/* NULL if the line begins with none of them. */
const struct command *command_find(const struct line *line);

/* True once `exit` has been typed. */
bool command_over(void);

#endif
