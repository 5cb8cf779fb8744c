/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guests are watched: each event of the trace (hv/trace.h) also says what it has changed in the page tables of the guest
 * and in their shadow, and a guest can be run event by event. docs/state.md describes the lines.
 *
 *	watch.c            events and steps
 *	watch_text.c       the text of lines
 *	watch_report.c     the report of an event: a few lines at a time, while the guest stands
 *	watch_port.c       the port: the queue of lines, the commands, and their answers
 *
 * The shadow engine tells nothing. The entries for the event's address are read before and behind it
 * (shadow_engine.inspect); for all others, the shadow page tables are compared with copies that are as old as the event
 * before. So a guest that is not watched pays nothing.
 */
#ifndef HV_WATCH_H
#define HV_WATCH_H

#include "hv/shadow/shadow.h"
#include "hv/trace.h"

struct domain;

#define WATCH_EVENT_SIZE 24u /* the name of an event, with its NUL */

/* The text of one line, with its line feed; a longer line is cut off. */
struct watch_text {
	char text[512];
	u32 size;
};

/* The sets of shadow page tables: those of each directory, and the shared ones. */
#define WATCH_SHARED SHADOW_DIRECTORIES
#define WATCH_SETS (SHADOW_DIRECTORIES + 1)

/* The report of an event, which is sent in parts: vcpu.telling is set until it is complete. */
struct watch_report {
	enum watch_part {
		WATCH_RING,  /* the calls of the ring */
		WATCH_KNOWN, /* what has changed in the page tables that have copies */
		WATCH_MADE,  /* page tables that are new */
		WATCH_ADDED, /* the entries of one of them */
	} part;
	u32 ring_first, ring_calls; /* slots of the calls that are still to be sent */
	struct watch_text event;    /* its last line */
	bool last;                  /* the guest stands when it is complete */

	struct table_copy *copies, **at; /* all; the link to the one that is looked at */
	u32 entry;                       /* the next one in it */
	u32 set, pde;                    /* the next sPDE in which a new page table may be */
	u32 tops[WATCH_SETS];            /* of the directories, when the copies were made */
	u32 copied[WATCH_SETS];          /* number of copies of each set */
};

/* Of a domain; zeroes at first. */
struct watch {
	bool on;                      /* its events are sent */
	u32 events;                   /* so far */
	u32 steps;                    /* after so many more it stands; 0: it runs */
	char until[WATCH_EVENT_SIZE]; /* it stands after such an event; "": after none */
	gva_t at;                     /* the address whose entries the last event shows */
	struct address_walk before;   /* the walk to it, before the present event */
	u32 ring_next;                /* the ring's next slot then */
	struct watch_report report;
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

/* Frees what was needed to watch it. AGAIN: the stretch is spent, some is left. */
enum progress watch_close(struct domain *domain);

/* Begins or ends the events of this guest. */
void watch_set(struct domain *domain, bool on);

/* Lets the guest run until `steps` more events; 0: without end. `until`: or until this event; NULL: none. False: it is
 * not alive, or stays paused since its memory is spent. */
bool watch_run(struct domain *domain, u32 steps, const char *until);

/* The guest stands from now on. False: it is not alive, or stands. */
bool watch_pause(struct domain *domain);

/* -- Lines, in watch_text.c ---------------------------------------------------------------------- */

void watch_add(struct watch_text *line, const char *text, ...) PRINTF_LIKE(2, 3);

/* Text as it is. */
void watch_add_text(struct watch_text *line, const char *text);

/* The text `key`, and a number in hexadecimal; a tenth of watch_add's time. */
void watch_add_hex(struct watch_text *line, const char *key, u64 number);

/* -- By watch.c ---------------------------------------------------------------------------------- */

/* ` top=` and the current page directory of the guest. */
void watch_add_top(struct watch_text *line, const struct guest_space *g);

/* The report of its last event is complete: the guest goes on, or stands if its steps are done. */
void watch_told(struct domain *domain);

/* -- By watch_report.c --------------------------------------------------------------------------- */

/* Begins the report of an event whose own line is report.event. */
void watch_report_begin(struct domain *domain, u32 ring_calls);

/* The first sPDE with a page table, from `pde` on; SHADOW_PDES_MAX: there is none. */
u32 watch_next_table(const struct table_set *tables, u32 pde);

/* Sends its next line, or looks at one page table. False: the report is complete. */
bool watch_report_piece(struct domain *domain);

/* -- By watch_port.c ----------------------------------------------------------------------------- */

enum watch_port { WATCH_NOWHERE, WATCH_COM2, WATCH_DEBUGCON };

void watch_port_open(enum watch_port where);
bool watch_port_is(enum watch_port where);

/* Sends a line. */
void watch_port_send(struct watch_text *line);

#endif
