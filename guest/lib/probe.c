// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Probes: setjmp and longjmp with a trap for the jump. probe_start (trap_entry.S) remembers the
 * stack; a trap in what it calls is noted here and then "returns" to the end of probe_start.
 */
#include "guest/include/probe.h"
#include "abi/lguest.h"
#include "guest/include/cpu.h"
#include "guest/include/hypercall.h"
#include "guest/include/segments.h"
#include "lib/format.h"
#include "lib/panic.h"
#include "lib/string.h"

extern u32 probe_stack; /* 0: no probe is running */
extern char probe_end[];
u32 probe_start(u32 (*function)(u32), u32 argument);

static struct outcome caught;

/* The function that the probe called may have set these. */
#define EFLAGS_STRAY (EFLAGS_TF | EFLAGS_DF | EFLAGS_NT | EFLAGS_AC)

static void resume_after_probe(struct trap_frame *frame)
{
	frame->eip = (u32)probe_end;
	frame->cs = cs_read();
	frame->ds = GUEST_DS;
	frame->es = GUEST_DS;
	frame->eflags &= ~EFLAGS_STRAY;
}

static bool has_error_code(u32 vector)
{
	return (VECTORS_WITH_ERROR_CODE >> vector) & 1;
}

bool probe_catch(struct trap_frame *frame)
{
	if (!probe_stack)
		return false;
	caught.trapped = true;
	caught.vector = frame->vector;
	caught.error = frame->error;
	caught.cr2 = frame->vector == VECTOR_PF ? lguest_data.cr2 : 0;
	caught.frame_at = (u32)(has_error_code(frame->vector) ? &frame->error : &frame->eip);
	/* Not the whole frame: one from ring 1 has no esp and ss. */
	memcpy(&caught.frame, frame, offsetof(struct trap_frame, esp));
	resume_after_probe(frame);
	return true;
}

struct outcome try_call(u32 (*function)(u32), u32 argument)
{
	struct outcome outcome;
	u32 value;

	caught = (struct outcome){.trapped = false};
	value = probe_start(function, argument);
	outcome = caught;
	caught.trapped = false;
	if (!outcome.trapped)
		outcome.value = value;
	return outcome;
}

/* The arguments of a probe that needs more than one. */
struct access {
	u32 at, value;
};

static u32 read(u32 address)
{
	return *(volatile u32 *)address;
}

static u32 write(u32 argument)
{
	const struct access *access = (const void *)argument;

	*(volatile u32 *)access->at = access->value;
	return 0;
}

static u32 execute(u32 address)
{
	return ((u32(*)(void))address)();
}

struct outcome try_read(u32 address)
{
	return try_call(read, address);
}

struct outcome try_write(u32 address, u32 value)
{
	struct access access = {address, value};

	return try_call(write, (u32)&access);
}

struct outcome try_execute(u32 address)
{
	return try_call(execute, address);
}

#define IN_FUNCTION(name, instruction)                                                             \
	static u32 name(u32 port)                                                                  \
	{                                                                                          \
		u32 eax = TRY_IN_EAX;                                                              \
		__asm__ volatile(instruction : "+a"(eax) : "d"(port));                             \
		return eax;                                                                        \
	}
IN_FUNCTION(in8, "inb %%dx, %%al")
IN_FUNCTION(in16, "inw %%dx, %%ax")
IN_FUNCTION(in32, "inl %%dx, %%eax")
IN_FUNCTION(out8, "outb %%al, %%dx")
IN_FUNCTION(out16, "outw %%ax, %%dx")
IN_FUNCTION(out32, "outl %%eax, %%dx")

struct outcome try_in(u32 port, u32 bytes)
{
	ASSERT(bytes == 1 || bytes == 2 || bytes == 4);
	return try_call(bytes == 1 ? in8 : bytes == 2 ? in16 : in32, port);
}

struct outcome try_out(u32 port, u32 bytes)
{
	ASSERT(bytes == 1 || bytes == 2 || bytes == 4);
	return try_call(bytes == 1 ? out8 : bytes == 2 ? out16 : out32, port);
}

static char outcome_line[64]; /* of the last outcome_text */

const char *outcome_text(const struct outcome *outcome)
{
	if (!outcome->trapped)
		snprintf(outcome_line, sizeof(outcome_line), "no trap, value %08x", outcome->value);
	else if (outcome->vector == VECTOR_PF)
		snprintf(outcome_line, sizeof(outcome_line), "page fault, error %x, cr2 %08x",
			 outcome->error, outcome->cr2);
	else
		snprintf(outcome_line, sizeof(outcome_line), "trap %u, error %x, eip %08x",
			 outcome->vector, outcome->error, outcome->frame.eip);
	return outcome_line;
}
