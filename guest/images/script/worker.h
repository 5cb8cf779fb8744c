/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The worker: a clone of the prompt that executes the lines which are typed. The prompt itself
 * executes none, so that each clone of it is a fresh guest.
 */
#ifndef SCRIPT_WORKER_H
#define SCRIPT_WORKER_H

#include "lib/types.h"

/* The main function of the clone. `number` is its name in messages. */
void worker_main(u32 number) NORETURN;

/* Tells the prompt that this worker cannot go on, with the text said so far, and shuts down. */
void worker_lose(void) NORETURN;

#endif
