/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the monitor share: see hv/monitor/monitor.h. */
#ifndef HV_MONITOR_COMMANDS_H
#define HV_MONITOR_COMMANDS_H

#include "hv/domain/domains.h"

#define MONITOR_WORDS 4u    /* in a line, the command itself included */
#define MONITOR_COLUMNS 128 /* of a line of output, with its NUL; 80 are better */
#define MONITOR_PIECE 12u   /* lines that a command prints at a time */

/* What a command is called with. */
struct monitor_call {
	u32 words;
	char *word[MONITOR_WORDS];
	struct domain *domain; /* whom NAME names */
	u32 number;            /* what ADDRESS, NUMBER or PERCENT is; 0 if it was left out */
	bool by_hand;          /* a person is there, at a terminal */
	u32 piece;             /* how often this command has been called before */
	u64 wake;              /* when it wants to be called again; 0: soon */
	bool until_key;        /* any key ends it; else only Ctrl-C, and other keys wait */
};

/* True if there is more to come: it is called again. */
typedef bool monitor_handler(struct monitor_call *call);

enum command_spelling {
	BRIEF, /* a beginning that no other name has will do */
	WHOLE, /* it must be written out, since a slip would do harm */
};

struct monitor_command {
	const char *name;
	const char
	    *arguments; /* NAME, COMMAND and numbers are understood; [in brackets]: optional */
	const char *help;
	monitor_handler *handler;
	enum command_spelling spelling;
};

/* hv/monitor/monitor_table.c: the command that call->word means, with the rest of `call` filled in; NULL if it is
 * none, which has been said. And what a word of a line can be (hv/monitor/line_editor.h). */
const struct monitor_command *monitor_understand(struct monitor_call *call);
const char *monitor_candidate(const char *line, u32 word, u32 n);

/* One line, of MONITOR_COLUMNS - 1 characters at the most. */
void monitor_line(const char *text, ...) PRINTF_LIKE(1, 2);

/* The command is over: what it was about does not exist. Returns false, for the handler to return. */
bool monitor_refuse(const char *text, ...) PRINTF_LIKE(1, 2);

/* For commands that look into a guest. False, and said, if it is not alive. */
bool monitor_needs_life(const struct domain *domain);

/* The guest does not run until the command is over, so that its pieces show one moment. */
void monitor_hold(struct domain *domain);

/* Ends the monitor after this command. */
void monitor_leave(void);

monitor_handler monitor_guests, monitor_top, monitor_stats, monitor_registers, monitor_backtrace;
monitor_handler monitor_pause, monitor_resume, monitor_kill, monitor_restart, monitor_start;
monitor_handler monitor_weight, monitor_cap, monitor_console;
monitor_handler monitor_walk, monitor_tables, monitor_memory;
monitor_handler monitor_trace, monitor_log, monitor_version, monitor_poweroff, monitor_reboot;

#endif
