// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Behaviour: `int n` goes through the gate if its DPL allows that, a DPL of 0 being 1. On vectors
 * whose exception pushes an error code, on 2, 7, 15 and 18, and from 32 up on all but the system
 * call, it is #GP with error code n * 8 + 2 (IDT bit set), whatever the gate says.
 *
 * Reason: `int n` pushes no error code: it would shift the frame of a handler that expects one.
 * The others are the machine's and the hypervisor's own vectors.
 *
 * Method: every n but 0x1F (the hypercall), in ring 1 and ring 3, with gates of DPL 0, 1 and 3 and
 * of both types; the expectation is a table written from the rule. Gates 0x20 up exist, too. 21,
 * 29 and 30 are left out: newer CPUs have exceptions there.
 *
 * Expect: shut down "tap: "
 */
#include "guest/include/kit.h"

#define CODE_PAGE 0x20000000u
#define OPCODE_INT 0xCD
#define OPCODE_UD2 0x0B0F
#define INT_SIZE 2
#define ERROR_IDT 2 /* in a selector error code (Intel SDM 3, 6.13) */
#define FIRST_IRQ 32

struct int_code {
	u8 opcode, vector;
	u16 ud2;
} PACKED;

static struct int_code *code;

static const u8 error_or_machine[] = {
    VECTOR_NMI,
    VECTOR_NO_FPU,
    VECTOR_DOUBLE_FAULT,
    VECTOR_INVALID_TSS,
    VECTOR_SEGMENT_ABSENT,
    VECTOR_STACK,
    VECTOR_PROTECTION,
    VECTOR_PAGE_FAULT,
    15,
    VECTOR_ALIGNMENT,
    18,
};

static bool is_refused(u32 vector)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(error_or_machine); i++)
		if (error_or_machine[i] == vector)
			return true;
	return vector >= FIRST_IRQ && vector != SYSCALL_VECTOR;
}

static bool is_left_out(u32 vector)
{
	return vector == HCALL_VECTOR || vector == 21 || vector == 29 || vector == 30;
}

/* Executes `int vector`; true if what happened is what the rule says. */
static bool try_int(u32 vector, bool user, bool allowed)
{
	struct iret_frame start = {CODE_PAGE, USER_CS, EFLAGS_ALWAYS, USER_STACK_TOP, USER_DS};
	static u32 stack[64];
	u32 at = allowed ? 0 : 1; /* behind the error code */

	*code = (struct int_code){OPCODE_INT, vector, OPCODE_UD2};
	if (!user) {
		start.esp = (u32)(stack + ARRAY_SIZE(stack));
		start.ss = GUEST_DS;
	}
	if (!try_frame(user ? enter_ring3 : enter_ring1, (u32)&start, 2 + at))
		return false;
	if (caught_frame.words[at] != CODE_PAGE + (allowed ? INT_SIZE : 0))
		return false;
	return allowed || caught_frame.words[0] == vector * 8 + ERROR_IDT;
}

/* All vectors, each with its own gate to one catcher and #GP to the same. */
static void try_all(bool user, u32 type, u32 dpl)
{
	u32 vector, refused = 0, allowed = 0, bad = 0;
	bool may;

	for (vector = 0; vector < VECTOR_COUNT; vector++) {
		if (is_left_out(vector))
			continue;
		gate_set(vector, type, dpl, (u32)frame_catch);
		gate_set(VECTOR_PROTECTION, GATE_TRAP, dpl, (u32)frame_catch);
		may = !is_refused(vector) && (!user || dpl == 3);
		if (!try_int(vector, user, may)) {
			note("int %u: words %#x %#x", vector, caught_frame.words[0],
			     caught_frame.words[1]);
			bad++;
		}
		allowed += may;
		refused += !may;
	}
	is_equal(bad, 0, "ring %u, gates of type %X with DPL %u: %u arrive, %u are #GP",
		 user ? 3 : 1, type, dpl, allowed, refused);
}

const char *guest_main(void)
{
	u32 type, dpl;

	paging_start();
	user_map(kernel_directory);
	code = page_alloc();
	page_map(kernel_directory, CODE_PAGE, gpa_of(code), PTE_USER);
	for (type = GATE_INTERRUPT; type <= GATE_TRAP; type++) {
		for (dpl = 0; dpl <= 3; dpl++) {
			if (dpl == 2)
				continue;
			try_all(false, type, dpl);
			try_all(true, type, dpl);
		}
	}
	done();
}
