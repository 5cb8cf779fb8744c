// SPDX-License-Identifier: GPL-2.0-or-later
/* Into ring 3 and back. */
#include "guest/include/user.h"
#include "guest/include/cpu.h"
#include "guest/include/interrupt.h"
#include "guest/include/segments.h"
#include "lib/panic.h"
#include "lib/string.h"

/* trap_entry.S */
void user_resume(const struct trap_frame *frame);
void user_return(void) NORETURN;

/* user_code.S: only their addresses mean something in ring 1. */
extern char user_call[];
u32 user_read(u32 address);
u32 user_write(u32 address);
u32 user_execute(u32 address);
u32 user_in8(u32 port);
u32 user_in16(u32 port);
u32 user_in32(u32 port);

static struct user_context *entered; /* NULL: ring 1 was not left by user_enter */

void user_prepare(struct user_context *context, u32 (*function)(u32), u32 argument, gva_t stack)
{
	*context = (struct user_context){
	    .frame = {.ds = USER_DS,
		      .es = USER_DS,
		      .eax = argument,
		      .ecx = (u32)function,
		      .irq_enabled = GUEST_IF,
		      .eip = (u32)user_call,
		      .cs = USER_CS,
		      .eflags = EFLAGS_ALWAYS | EFLAGS_IF,
		      .esp = stack,
		      .ss = USER_DS},
	};
}

void user_enter(struct user_context *context)
{
	bool enabled = irq_save();

	entered = context;
	user_resume(&context->frame);
	entered = NULL;
	irq_restore(enabled);
}

static bool is_interrupt(const struct trap_frame *frame)
{
	return frame->vector - GUEST_IRQ_VECTOR_BASE < GUEST_IRQ_COUNT;
}

void user_trap(struct trap_frame *frame)
{
	irq_disable(); /* still enabled if it came through a trap gate */
	ASSERT(entered);
	entered->frame = *frame;
	entered->cr2 = lguest_data.cr2;
	if (is_interrupt(frame) && trap_handlers[frame->vector])
		trap_handlers[frame->vector](frame);
	user_return();
}

void user_run(struct user_context *context)
{
	do
		user_enter(context);
	while (is_interrupt(&context->frame));
}

void user_map(struct page_table *directory)
{
	u32 offset;

	for (offset = 0; offset < (u32)(user_end - user_start); offset += PAGE_SIZE)
		page_map(directory, (u32)user_start + offset, (u32)user_load + offset, PTE_USER);
	page_map(directory, USER_STACK_TOP - PAGE_SIZE, gpa_of(page_alloc()), PTE_USER | PTE_WRITE);
}

static struct outcome outcome_of(const struct user_context *context)
{
	const struct trap_frame *frame = &context->frame;

	if (frame->vector == SYSCALL_VECTOR && frame->eax == SYSCALL_EXIT)
		return (struct outcome){.trapped = false, .value = frame->ebx, .frame = *frame};
	return (struct outcome){
	    .trapped = true,
	    .vector = frame->vector,
	    .error = frame->error,
	    .cr2 = frame->vector == VECTOR_PF ? context->cr2 : 0,
	    .frame = *frame,
	};
}

static struct outcome call_with_two(u32 (*function)(u32), u32 first, u32 second)
{
	struct user_context context;

	user_prepare(&context, function, first, USER_STACK_TOP);
	context.frame.edx = second;
	user_run(&context);
	return outcome_of(&context);
}

struct outcome ring3_call(u32 (*function)(u32), u32 argument)
{
	return call_with_two(function, argument, 0);
}

struct outcome ring3_read(u32 address)
{
	return call_with_two(user_read, address, 0);
}

struct outcome ring3_write(u32 address, u32 value)
{
	return call_with_two(user_write, address, value);
}

struct outcome ring3_execute(u32 address)
{
	return call_with_two(user_execute, address, 0);
}

struct outcome ring3_in(u32 port, u32 bytes)
{
	ASSERT(bytes == 1 || bytes == 2 || bytes == 4);
	return call_with_two(bytes == 1 ? user_in8 : bytes == 2 ? user_in16 : user_in32, port, 0);
}
