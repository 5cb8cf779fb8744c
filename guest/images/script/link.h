/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages between the prompt and its worker, as frames on the network card. Each is broadcast: it
 * names the prompt by the address of its card, and the worker by a number.
 */
#ifndef SCRIPT_LINK_H
#define SCRIPT_LINK_H

#include "guest/images/script/typed.h"
#include "guest/include/trap.h"

#define ANSWER_SIZE 1200

enum link_kind {
	LINK_EXECUTE, /* to the worker: execute the line in `text`, which has the number `line` */
	LINK_END,     /* to the worker: shut down */
	LINK_ANSWER,  /* from the worker, to each LINK_EXECUTE */
};

enum link_outcome {
	LINE_DONE,
	LINE_WRONG, /* nothing was executed */
	LINE_LOST,  /* the worker cannot go on; its state is not to be used any more */
};

struct link_message {
	u32 kind, outcome;            /* enum link_kind; of an answer: enum link_outcome */
	u32 worker, line;             /* the line's index */
	u32 is_question;              /* of an answer: the line is no step, so it is not taken */
	char expected[EXPECTED_SIZE]; /* of an answer: struct typed */
	char text[ANSWER_SIZE];
};

/* Takes the network card into use, for the prompt; false if there is none. */
bool link_start(void);

/* In a clone, whose card has an address of its own; before the clone's first line. `on_frame` is called
 * when a frame has come, and interrupts are on. */
void link_start_clone(trap_handler *on_frame);

void link_send(const struct link_message *message);

/* The next message for, or from, this worker; false if none has come. */
bool link_receive(struct link_message *message, u32 worker);

/* Sleeps until a frame comes: to be called with interrupts off, when link_receive found none. */
void link_sleep(void);

#endif
