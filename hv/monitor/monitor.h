/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The monitor: commands that show and control guests. A user types them on the console (Ctrl-A m),
 * or writes monitor="COMMAND; COMMAND" on the hypervisor's command line. docs/monitor.md shows each
 * command.
 *
 *	monitor.c              keys, lines, jobs, output
 *	monitor_table.c        the table of commands, and the parser of lines
 *	monitor_guests.c       the state of guests: guests, top, stats, regs, bt
 *	monitor_steer.c        control of guests: pause, kill, weight ...
 *	monitor_step.c         runs a guest event by event: step, until, watch
 *	monitor_memory.c       page tables and frames: walk, tables, mem
 *	monitor_machine.c      the machine: trace, log, version, poweroff ...
 *	monitor_commands.h     declarations that these files share
 *	line_editor.c          edits a line; knows nothing of commands
 *	symbols.c              names for addresses, in images of guests and in the hypervisor
 *	status_line.c          the status line of the PC's screen
 *	panic.c                an error of the hypervisor: message, registers, backtrace
 *
 * A command runs within one stretch (hv/base/stretch.h), so each call of its handler is short. A
 * command that prints more than a few lines is a job: it prints them in pieces, one piece a call,
 * and guests run between the calls.
 */
#ifndef HV_MONITOR_H
#define HV_MONITOR_H

#include "lib/types.h"

/* Registers the monitor with console and scheduler. While it is open the machine stays on, even
 * without guests. */
void monitor_init(void);

/* Runs commands, separated by semicolons, until all have ended. Their output is printed by
 * say(). */
void monitor_run_script(const char *commands);

#endif
