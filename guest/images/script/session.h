/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lines that have been typed and taken, and the worker that is in the state behind them.
 *
 * The prompt stays on the hypervisor's linear map and executes no line: a clone, the worker, does
 * (worker.c). A clone of the prompt is a fresh guest, since the prompt has changed nothing. So a
 * line is taken back by a new clone that repeats all lines before it, and the prompt survives a
 * line that kills the guest. A clone before each line would not do: CLONE drops the shadow page
 * tables, and with them the entries that are older than the guest's, which a script is about.
 */
#ifndef SCRIPT_SESSION_H
#define SCRIPT_SESSION_H

#include "guest/images/script/typed.h"

/* Begins, without a line. False if there is no network card, or no clone can be made. */
bool session_start(void);

/* Number of lines that have been taken: typed_line has them. */
u32 session_lines(void);

/* Executes a line and prints the answer. A right line is taken. */
void session_execute(const char *text);

/* Takes the last line back. There must be one. */
void session_undo(void);

/* The line that has killed the guest, if that was the last one that was executed; else "". */
const char *session_killer(void);

/* Ends the worker. */
void session_end(void);

#endif
