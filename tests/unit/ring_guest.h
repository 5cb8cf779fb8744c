/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest that makes hypercalls directly and by the ring. The hypercalls' handlers are the real
 * ones; a record of the calls replaces the functions that they call.
 */
#ifndef TESTS_UNIT_RING_GUEST_H
#define TESTS_UNIT_RING_GUEST_H

#include "tests/unit/native.h"

#include "hv/guest.h"

#define MACHINE_FRAMES 1024u
#define FIRST 0x100u
#define RAM_FRAMES 64u
#define GUEST_FRAMES (RAM_FRAMES + 1) /* devices are above RAM */
#define DATA 0x3010u                  /* gpa of lguest_data: in one frame, at no round address */
#define REASON 0x8000u
#define RING_OF_A_DEVICE (RAM_FRAMES * FRAME_SIZE)
#define EIP 0x1234u
#define RECORD_MAX 256
#define FLUSHED 0xF1
#define SET_PTES 0xE0 /* in the record: a batch; its number of calls is added */

extern struct guest guest;
extern struct trap_frame regs;
extern u32 record[RECORD_MAX], recorded;

/* The most calls of one batch that the engine does before it returns. */
extern u32 set_ptes_at_once;
extern bool set_ptes_kill; /* the last of these kills the guest */
extern u32 stretches;      /* calls that take so many stretches more */

struct lguest_data *shared(void);

/* A VM exit of the guest by a hypercall. */
void direct(u32 number, u32 ebx, u32 ecx);

/* Puts a call into a slot of the ring. */
void queue(u32 slot, u32 number, u32 ebx);

void assert_record(const u32 *wanted, u32 count);

/* The setup and teardown of a test; start_initialised has made LGUEST_INIT. */
int start(void **state);
int start_initialised(void **state);
int stop(void **state);

#endif
