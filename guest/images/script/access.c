// SPDX-License-Identifier: GPL-2.0-or-later
/* Reading, writing, executing and `int`, by the probes of the kit. */
#include "guest/images/script/access.h"
#include "guest/images/script/cursor.h"
#include "guest/include/boot.h"
#include "guest/include/user.h"

#define KERNEL_RING 1
#define VECTOR_LAST (VECTOR_COUNT - 1)

static struct outcome last;

const struct outcome *access_outcome(void)
{
	return &last;
}

/*
 * 1. Reading, writing, executing.
 */
void parse_read(struct cursor *cursor, struct step *step)
{
	step->address = take_value(cursor, "an address");
	step->ring = take_ring(cursor);
}

/* A script must not overwrite the kernel that plays it; it writes to named pages. */
void parse_write(struct cursor *cursor, struct step *step)
{
	const struct word *word = peek(cursor);
	u32 unused;

	step->address = take_value(cursor, "an address");
	if (word && word_number(word, &unused) && step->address < boot_memory())
		complain(cursor, word, "is memory of the script's own kernel; name a page instead");
	step->number = take_value(cursor, "the value to write");
	step->ring = take_ring(cursor);
}

void perform_read(const struct step *step)
{
	last = step->ring == KERNEL_RING ? try_read(step->address) : ring3_read(step->address);
}

void perform_write(const struct step *step)
{
	last = step->ring == KERNEL_RING ? try_write(step->address, step->number)
					 : ring3_write(step->address, step->number);
}

void perform_execute(const struct step *step)
{
	last =
	    step->ring == KERNEL_RING ? try_execute(step->address) : ring3_execute(step->address);
}

/*
 * 2. `int N`. The vector is part of the instruction, so the instruction is written when it is
 * needed, through the kernel's mapping of a page that ring 3 can execute.
 */
#define OPCODE_INT 0xCD
#define OPCODE_RET 0xC3

static const USER_DATA u8 int_code[3];

static u8 *int_code_in_kernel(void)
{
	return gpa_pointer((u32)user_load + ((u32)int_code - (u32)user_start));
}

static bool system_call_seen;

static void on_system_call(struct trap_frame *frame)
{
	(void)frame;
	system_call_seen = true;
}

/* The kit's probes end at exceptions only; the handler of the system call returns by itself. */
void access_init(void)
{
	trap_handlers[SYSCALL_VECTOR] = on_system_call;
}

void parse_int(struct cursor *cursor, struct step *step)
{
	const struct word *word = peek(cursor);

	step->number = take_number(cursor, "a vector", VECTOR_LAST);
	step->ring = take_ring(cursor);
	if (step->number == HCALL_VECTOR && step->ring == KERNEL_RING)
		complain(cursor, word, "is the hypercall's vector: write `hypercall N ...`");
}

void perform_int(const struct step *step)
{
	volatile u8 *code = int_code_in_kernel();
	u32 not_an_exit = SYSCALL_EXIT + 1;

	code[0] = OPCODE_INT;
	code[1] = step->number;
	code[2] = OPCODE_RET;
	system_call_seen = false;
	if (step->ring == KERNEL_RING)
		last = try_call((u32(*)(u32))(u32)code, 0);
	else
		last = ring3_call((u32(*)(u32))int_code, not_an_exit);
	if (system_call_seen)
		last = (struct outcome){.trapped = true, .vector = SYSCALL_VECTOR};
}
