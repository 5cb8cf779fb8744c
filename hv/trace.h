/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The trace of guests: for each VM exit its cause, the guest's eip, the outcome and the time.
 * Always compiled in; a guest that is not traced pays for one branch at each exit.
 *
 * The outcome is found by comparing the guest's counts before and after the exit is served. So no
 * other part of the hypervisor has to report it.
 *
 * docs/trace.md describes both forms in which events are printed.
 */
#ifndef HV_TRACE_H
#define HV_TRACE_H

#include "arch/x86/cpu_list.h"
#include "lib/types.h"

struct guest;

#define TRACE_EVENTS 1024u   /* that each CPU keeps: a power of two, since their number may wrap */
#define TRACE_TEXT_SIZE 256u /* of an event in either form, with its NUL */

enum trace_kind {
	TRACE_EXIT,   /* a VM exit, which was served */
	TRACE_INJECT, /* virtual interrupt `number` was injected */
};

/* The outcome of a VM exit. If several apply, the last of these. */
enum trace_outcome {
	TRACE_SERVED,    /* served; a hardware interrupt: acknowledged */
	TRACE_FILLED,    /* a shadow entry was filled */
	TRACE_SKIPPED,   /* an instruction was emulated */
	TRACE_REFLECTED, /* the trap was injected into the guest */
	TRACE_AGAIN,     /* unfinished: the guest repeats its hypercall */
	TRACE_HALTED,    /* the guest waits for an interrupt */
	TRACE_ENDED,     /* the guest has ended */
};

struct trace_event {
	const char *guest;
	u64 time;         /* nanoseconds since start-up, when it began */
	u32 ticks;        /* of the time-stamp counter, until it was served; 0 without one */
	u32 trap;         /* as in the trap frame */
	u32 number;       /* of the hypercall or the interrupt */
	u32 error;        /* the trap's error code */
	u32 eip, address; /* the fault's address; of a hypercall its first argument */
	u8 ring_calls; /* hypercalls served from the ring, before its own: at most HCALL_RING_SIZE */
	u8 kind, cpu;  /* cpu: that recorded it */
	u8 outcome;
};

/* From the command line, `where`: "ring" keeps events of all guests from their start, "debugcon"
 * and "serial" also print each event at once, in the line form. False if it is another word. */
bool trace_init(const char *where);

/* True if guests are traced from their start. */
bool trace_from_start(void);

/* The state before an exit is served, for the comparison after it. */
struct trace_span {
	struct trace_event event;
	u64 tsc;
	u32 fills, skipped, reflections, ring_hypercalls;
};
void trace_begin(struct trace_span *span, struct guest *g);
void trace_end(struct trace_span *span, struct guest *g);

/* Virtual interrupt `irq` is about to be delivered. */
void trace_inject(struct guest *g, u32 irq);

/* Called for each event of a watched guest (hv/domain/watch.h): before an exit is served, with its cause only; and
 * behind each event, under the machine's lock. */
struct trace_observer {
	void (*before)(struct guest *g, const struct trace_event *e);
	void (*after)(struct guest *g, const struct trace_event *e);
};
void trace_observe(const struct trace_observer *observer);

/* The events kept of one guest, of all CPUs, from its last one on back in time. While they are read no other CPU
 * may run a guest (schedule_stop_others). Interrupts come in meanwhile (stretch_window). */
struct trace_cursor {
	const char *guest; /* the name in its configuration: its address says whose an event is */
	u32 passed[CPUS_MAX]; /* events of each CPU's, from its last one on */
};
void trace_rewind(struct trace_cursor *cursor, const char *guest);

/* The next one; NULL if there is none. */
const struct trace_event *trace_before(struct trace_cursor *cursor);

/* -- Text (hv/trace_text.c) ------------------------------------------------------------------ */

/* For people: a row of a table, and its heading. */
extern const char trace_heading[];
void trace_format_row(const struct trace_event *e, char *text, size_t size);

/* True for an interrupt of the machine's, which is not the guest's doing. */
bool trace_is_of_machine(const struct trace_event *e);

/* True if this word is the reason for the event or says what it was: "page-fault", "SET_PTE". */
bool trace_is_called(const struct trace_event *e, const char *name);

/* True if an event could be called so. */
bool trace_has_name(const char *name);

/* For tools: key=value, in one line; the second one without `trace` and the time. */
void trace_format_line(const struct trace_event *e, char *text, size_t size);
void trace_format_cause(const struct trace_event *e, char *text, size_t size);

#endif
