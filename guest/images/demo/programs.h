/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The interface between the demo's kernel and its programs. */
#ifndef DEMO_PROGRAMS_H
#define DEMO_PROGRAMS_H

#include "guest/include/kit.h"

/* System calls: eax, with arguments in ebx and ecx. */
enum {
	SYS_EXIT = SYSCALL_EXIT, /* ebx: how many system calls the program has made */
	SYS_TIME,                /* milliseconds since the start */
	SYS_SLEEP,               /* ebx: milliseconds */
	SYS_FORK,                /* the child's number, or 0 in the child */
	SYS_SAY,                 /* ebx: text, ecx: its length */
	SYS_CHECK,               /* ebx: whether the program has found the expected value */
};

#define RUN_MS 1500u /* how long the busy programs go on */

#define HEAP 0x60000000u /* pages appear here on demand */
#define HEAP_END (HEAP + MIB)

/* The properties of a program. */
struct program {
	const char *name;
	u32 (*run)(u32);
	u32 argument;
	u32 demand, copies; /* page faults of each kind */
	bool busy;          /* until RUN_MS, without ever sleeping */
	bool fpu;
	bool strays; /* must be killed for reading the kernel's memory */
};

#define PROGRAMS 8
extern const struct program programs[PROGRAMS];
extern const struct program forked; /* the one that a program starts */

#endif
