/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guests are watched: each event of the trace (hv/trace.h) also says what it has changed in the page tables of the guest
 * and in their shadow, and a guest can be run event by event. docs/state.md describes the lines.
 *
 *	watch.c          events and steps
 *	watch_port.c     the port: the queue of lines, the commands, and their answers
 *
 * Nothing here is told by the shadow engine: an event is described by the walks (shadow_engine.inspect) before and
 * behind it.
 */
#ifndef HV_WATCH_H
#define HV_WATCH_H

#include "hv/shadow/shadow.h"
#include "hv/trace.h"

struct domain;

#define WATCH_EVENT_SIZE 24u /* the name of an event, with its NUL */

/* Of a domain; zeroes at first. */
struct watch {
	bool on;                      /* its events are sent */
	bool line_is_behind;          /* it stands until lines have been sent */
	u32 events;                   /* so far */
	u32 steps;                    /* after so many more it stands; 0: it runs */
	char until[WATCH_EVENT_SIZE]; /* it stands after such an event; "": after none */
	gva_t at;                     /* the address whose entries the last event shows */
	struct address_walk before;   /* the walk to it, before the present event */
	u32 ring_next;                /* the ring's next slot then */
};

/* From the command line, watch=com2 or watch=debugcon: all guests are watched from their start. False if `where` is
 * another word. */
bool watch_init(const char *where);
bool watch_from_start(void);

/* The domain's guest is about to run for the first time: on a port with commands, it stands until one. */
void watch_started(struct domain *domain);

/* A clone is being made; it is watched if its parent is, which may change before the clone runs. */
void watch_cloned(struct domain *clone, const struct domain *parent);

/* The domain's guest has ended. */
void watch_ended(struct domain *domain);

/* Begins or ends the events of this guest. */
void watch_set(struct domain *domain, bool on);

/* Lets the guest run until `steps` more events; 0: without end. `until`: or until this event; NULL: none. False: it is
 * not alive, or stays paused since its memory is spent. */
bool watch_run(struct domain *domain, u32 steps, const char *until);

/* The guest stands from now on. False: it is not alive, or stands. */
bool watch_pause(struct domain *domain);

/* -- For watch_port.c ---------------------------------------------------------------------------- */

/* The text of one line, with its line feed; a longer line is cut off. */
struct watch_text {
	char text[512];
	u32 size;
};
void watch_add(struct watch_text *line, const char *text, ...) PRINTF_LIKE(2, 3);

/* The text `key`, and a number in hexadecimal; a tenth of watch_add's time. */
void watch_add_hex(struct watch_text *line, const char *key, u64 number);

/* ` top=` and the current page directory of the guest. */
void watch_add_top(struct watch_text *line, const struct guest_space *g);

/* -- By watch_port.c ----------------------------------------------------------------------------- */

enum watch_port { WATCH_NOWHERE, WATCH_COM2, WATCH_DEBUGCON };

void watch_port_open(enum watch_port where);
bool watch_port_is(enum watch_port where);

/* Sends a line. False: the line is behind, and the guest has to wait. */
bool watch_port_send(struct watch_text *line);

#endif
