/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: `int n` goes through the gate if its DPL allows it, where DPL 0 counts as 1.
 * Otherwise, and where the gate is empty, it is #GP with error code n * 8 + 2. It is this #GP in
 * any case on vectors whose exception pushes an error code, on 2, 7, 15 and 18, and from 0x20 to
 * 0x2F. From 0x30 up a trap gate is direct.
 *
 * Reason: The CPU decides by the gate's DPL (Intel SDM 2, INT n; SDM 3, 6.12.1.2), and kernels use
 * various vectors for system calls: 0x30, 0x40, 0x80. `int n` pushes no error code, which would
 * shift the frame of a handler that expects one. The other vectors are the machine's.
 *
 * Method: Each n but 0x1F (the hypercall), in ring 1 and ring 3, with gates of DPL 0, 1 and 3, of
 * both types, and with no gate. A table written from the rule gives the expected result. 21, 29 and
 * 30 are left out, because newer CPUs have exceptions there. irq_enabled is 0; a frame that the CPU
 * pushed shows IF set nevertheless.
 *
 * Expect: shut down "tap: "
 */
#include "guest/include/kit.h"

#define CODE_PAGE 0x20000000u
#define OPCODE_INT 0xCD
#define OPCODE_UD2 0x0B0F
#define INT_SIZE 2
#define NOTES 4     /* of those that go wrong */
#define ERROR_IDT 2 /* in a selector error code (Intel SDM 3, 6.13) */
#define FIRST_IRQ 0x20u
#define LAST_IRQ 0x2Fu

struct int_code {
	u8 opcode, vector;
	u16 ud2;
} PACKED;

static struct int_code *code;

static const u8 error_or_machine[] = {
    VECTOR_NMI, VECTOR_NM, VECTOR_DF, VECTOR_TS, VECTOR_NP, VECTOR_SS,
    VECTOR_GP,  VECTOR_PF, 15,        VECTOR_AC, 18,
};

static bool is_refused(u32 vector)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(error_or_machine); i++)
		if (error_or_machine[i] == vector)
			return true;
	return vector >= FIRST_IRQ && vector <= LAST_IRQ;
}

static bool is_left_out(u32 vector)
{
	return vector == HCALL_VECTOR || vector == 21 || vector == 29 || vector == 30;
}

/* The gate's type decides who pushes: the CPU pushes IF, the hypervisor irq_enabled, 0. */
static bool is_pushed_right(u32 vector, u32 type)
{
	bool interrupts = caught_frame.words[2] & EFLAGS_IF;

	return vector <= LAST_IRQ || interrupts == (type == GATE_TRAP);
}

/* Executes `int vector`; true if the result follows the rule. */
static bool try_int(u32 vector, bool user, bool allowed, u32 type)
{
	struct iret_frame start = {CODE_PAGE, USER_CS, EFLAGS_ALWAYS, USER_STACK_TOP, USER_DS};
	static u32 stack[64];
	u32 at = allowed ? 0 : 1; /* behind the error code */

	*code = (struct int_code){OPCODE_INT, vector, OPCODE_UD2};
	if (!user) {
		start.esp = (u32)(stack + ARRAY_SIZE(stack));
		start.ss = GUEST_DS;
	}
	if (!try_frame(user ? enter_ring3 : enter_ring1, (u32)&start, 3))
		return false;
	if (caught_frame.words[at] != CODE_PAGE + (allowed ? INT_SIZE : 0))
		return false;
	return allowed ? is_pushed_right(vector, type)
		       : caught_frame.words[0] == vector * 8 + ERROR_IDT;
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
		gate_set(VECTOR_GP, GATE_TRAP, dpl, (u32)frame_catch);
		may = !is_refused(vector) && (!user || dpl == 3);
		if (!try_int(vector, user, may, type)) {
			if (bad < NOTES)
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

/* Without gates, but for the exceptions from other vectors. */
static void try_none(bool user)
{
	u32 vector, bad = 0;

	gate_set(VECTOR_GP, GATE_TRAP, 0, (u32)frame_catch);
	for (vector = FIRST_IRQ; vector < VECTOR_COUNT; vector++) {
		gate_clear(vector);
		bad += !try_int(vector, user, false, 0);
	}
	is_equal(bad, 0, "ring %u, no gates: all are #GP", user ? 3 : 1);
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
	try_none(false);
	try_none(true);
	done();
}
