/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The monitor: commands to look at guests and to steer them, for who sits at the console (Ctrl-A m)
 * or writes monitor="COMMAND; COMMAND" on the hypervisor's command line. docs/monitor.md shows each.
 *
 *	monitor.c              lines and jobs: what is typed, what is printed, what goes on
 *	monitor_table.c        the table of commands, and what a line means by it
 *	monitor_guests.c       who is there, and what each does: guests, top, stats, regs, bt
 *	monitor_steer.c        what is to become of them: pause, kill, weight ...
 *	monitor_memory.c       walk, tables, mem
 *	monitor_machine.c      trace, log, version, poweroff
 *	monitor_commands.h     what these share
 *
 * A command runs within one stretch (hv/base/stretch.h), so each is short: one that prints more than
 * a few lines is a job, and is called again for the next piece when others have had their turn.
 */
#ifndef HV_MONITOR_H
#define HV_MONITOR_H

#include "lib/types.h"

/* Puts the monitor behind Ctrl-A m, and registers it with console and scheduler. While it is open the machine stays
 * on, even without guests. */
void monitor_init(void);

/* Runs commands, separated by semicolons, to their ends. Each line of theirs is one of say()'s. */
void monitor_run_script(const char *commands);

/* How the machine is to end, if a command has said so. */
bool monitor_wants_reboot(void);
bool monitor_wants_poweroff(void);

#endif
