/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Declarations that the files of the monitor share: see hv/monitor/monitor.h. */
#ifndef HV_MONITOR_COMMANDS_H
#define HV_MONITOR_COMMANDS_H

#include "hv/domain/domains.h"

#define MONITOR_WORDS 4u    /* in a line, including the command itself */
#define MONITOR_COLUMNS 128 /* of a line of output, with its NUL; terminals show 80 */
#define MONITOR_PIECE 12u   /* lines that a command prints in one call */

/* The arguments and the state of a command that runs. */
struct monitor_call {
	/* Written by the parser. */
	u32 words;
	char *word[MONITOR_WORDS];
	struct domain *domain; /* the domain that the argument NAME names */
	u32 number;            /* the value of ADDRESS, NUMBER or PERCENT; 0 if it is absent */
	bool interactive;      /* the command was typed, not read from the command line */
	u32 piece;             /* number of earlier calls of this command */

	/* Written by the command. */
	u64 wake;       /* when it is to be called again, as timer_now(); 0: soon */
	bool until_key; /* any key ends it; else only Ctrl-C does, and other keys wait */
};

/* Runs a command, or the next piece of it. True: it is to be called again. */
typedef bool monitor_handler(struct monitor_call *call);

enum command_spelling {
	MAY_BE_SHORTENED, /* to a beginning that no other command has */
	MUST_BE_COMPLETE, /* since a wrong command would do harm */
};

struct monitor_command {
	const char *name;
	const char *arguments; /* NAME, COMMAND and numbers are parsed; [brackets]: optional */
	const char *help;
	monitor_handler *handler;
	enum command_spelling spelling;
};

/* -- monitor_table.c -- */

/* Parses call->word, and fills in the rest of `call`. Returns the command; NULL, after an error
 * message, if there is none. */
const struct monitor_command *monitor_parse(struct monitor_call *call);

/* Completion: the `n`-th candidate for a word of a line (lib/line_editor.h). */
const char *monitor_candidate(const char *line, u32 word, u32 n);

/* -- monitor.c -- */

/* Prints a line of at most MONITOR_COLUMNS - 1 characters. */
void monitor_line(const char *text, ...) PRINTF_LIKE(1, 2);

/* Prints an error message. Returns false, for the handler to return: the command has ended. */
bool monitor_error(const char *text, ...) PRINTF_LIKE(1, 2);

/* For commands that show a guest's state. False, after an error message, if the guest is not
 * alive. */
bool monitor_require_alive(const struct domain *domain);

/* Pauses the guest until the command has ended, so that all of its pieces show the same state. */
void monitor_pause_guest(struct domain *domain);

/* Leaves the monitor after this command. */
void monitor_leave(void);

/* -- The handlers of commands, in monitor_guests.c, _steer.c, _step.c, _memory.c, _machine.c -- */

monitor_handler monitor_guests, monitor_top, monitor_stats, monitor_registers, monitor_backtrace;
monitor_handler monitor_save, monitor_send, monitor_receive, monitor_discard, monitor_clone,
    monitor_pause, monitor_resume, monitor_kill, monitor_restart, monitor_start, monitor_weight,
    monitor_cap, monitor_pin, monitor_console;
monitor_handler monitor_cpus;
monitor_handler monitor_walk, monitor_tables, monitor_memory;
monitor_handler monitor_watch, monitor_step, monitor_until;
monitor_handler monitor_trace, monitor_log, monitor_version, monitor_poweroff, monitor_reboot;

#endif
