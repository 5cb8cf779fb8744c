/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: An IRET to ring 3 that the CPU refuses is its #GP, #NP or #SS at the IRET, with the
 * selector as the error code and the stack unchanged. The guest goes on.
 *
 * Reason: A process chooses the words to which its kernel returns, and a kernel has a handler for
 * this. Only segments that ring 1 itself runs on may end a guest.
 *
 * Method: IRETs with each word wrong in turn, as in Intel SDM 2, IRET,
 * "RETURN-TO-OUTER-PRIVILEGE-LEVEL", with gates of both types for vectors 11, 12 and 13. The image
 * also boots on the bare machine, where the CPU gives the same results. Two results depend on the
 * emulator: QEMU's TCG does not compare eip with the limit of the code segment; and for an absent
 * stack segment QEMU and Bochs raise #NP, where the manual says #SS.
 *
 * Expect: shut down "tap: "
 */
#include "guest/include/kit.h"

#define BAD_SELECTOR 0xFFF8u /* beyond every table */
#define FLAT 0xFFFFFFFFu
#define LIMIT 0xFFFu
#define FIRST 20 /* entries of the GDT, for ring 3 if not said otherwise */
enum { CODE_ABSENT = FIRST, CODE_SHORT, CODE_RING1, STACK_ABSENT, STACK_READ_ONLY, STACK_RING1 };
#define SELECTOR(entry) ((entry)*8u + 3)

#define CPUID_EMULATOR 0x40000000u
#define EMULATOR_TCG 0x54474354u /* "TCGT" in ebx */

struct bad_return {
	const char *text;
	u32 vector, error;
	struct iret_frame frame;
	bool not_in_qemu;
};

extern char iret_at[];
u32 iret_to(u32 frame);
__asm__(".pushsection .text\n"
	"iret_to:\n"
	"movl %eax, %esp\n"
	"iret_at: iret\n"
	".popsection");

/* The trap pushes below the words that IRET reads. */
static struct {
	u32 room[64];
	struct iret_frame frame;
} stack;

static bool is_qemu(void)
{
	struct cpuid_result result = {0, 0, 0, 0};

	if (cpu_has_cpuid()) /* cpuid() knows nothing of leaves beyond the last one */
		__asm__ volatile("cpuid"
				 : "=a"(result.eax), "=b"(result.ebx), "=c"(result.ecx),
				   "=d"(result.edx)
				 : "a"(CPUID_EMULATOR), "c"(0));
	return result.ebx == EMULATOR_TCG;
}

static void try_return(const struct bad_return *bad, u32 gate)
{
	struct outcome outcome;

	if (bad->not_in_qemu && is_qemu()) {
		skip("QEMU does not do it: %s", bad->text);
		return;
	}
	stack.frame = bad->frame;
	outcome = try_call(iret_to, (u32)&stack.frame);
	if (bad->vector == VECTOR_SS && outcome.vector == VECTOR_NP)
		outcome.vector = VECTOR_SS;
	is_trap(outcome, bad->vector, bad->error, "gates of type %X, %s", gate, bad->text);
	is_equal(outcome.frame.eip, (u32)iret_at, "the fault's frame points to the IRET");
	is_equal(outcome.frame_at, (u32)&stack.frame - 4 * sizeof(u32), "below the words of IRET");
}

#define TO(cs, ss)                                                                                 \
	{                                                                                          \
		(u32) user_start, cs, EFLAGS_ALWAYS | EFLAGS_IF, USER_STACK_TOP, ss                \
	}
#define ERROR(selector) ((selector)&0xFFFCu)

static void try_all(u32 gate)
{
	const struct bad_return bad[] = {
	    {"cs null", VECTOR_GP, 0, TO(3, USER_DS), false},
	    {"cs beyond the GDT", VECTOR_GP, BAD_SELECTOR, TO(BAD_SELECTOR | 3, USER_DS), false},
	    {"cs a data segment", VECTOR_GP, ERROR(USER_DS), TO(USER_DS, USER_DS), false},
	    {"cs of ring 1, RPL 3", VECTOR_GP, ERROR(SELECTOR(CODE_RING1)),
	     TO(SELECTOR(CODE_RING1), USER_DS), false},
	    {"cs of ring 3, RPL 2", VECTOR_GP, ERROR(USER_CS), TO(USER_CS - 1, USER_DS), false},
	    {"cs absent", VECTOR_NP, ERROR(SELECTOR(CODE_ABSENT)),
	     TO(SELECTOR(CODE_ABSENT), USER_DS), false},
	    {"ss null", VECTOR_GP, 0, TO(USER_CS, 0), false},
	    {"ss null, RPL 3", VECTOR_GP, 0, TO(USER_CS, 3), false},
	    {"ss beyond the GDT", VECTOR_GP, BAD_SELECTOR, TO(USER_CS, BAD_SELECTOR | 3), false},
	    {"ss a code segment", VECTOR_GP, ERROR(USER_CS), TO(USER_CS, USER_CS), false},
	    {"ss read-only", VECTOR_GP, ERROR(SELECTOR(STACK_READ_ONLY)),
	     TO(USER_CS, SELECTOR(STACK_READ_ONLY)), false},
	    {"ss of ring 1, RPL 3", VECTOR_GP, ERROR(SELECTOR(STACK_RING1)),
	     TO(USER_CS, SELECTOR(STACK_RING1)), false},
	    {"ss of ring 3, RPL 1", VECTOR_GP, ERROR(USER_DS), TO(USER_CS, USER_DS - 2), false},
	    {"ss absent", VECTOR_SS, ERROR(SELECTOR(STACK_ABSENT)),
	     TO(USER_CS, SELECTOR(STACK_ABSENT)), false},
	    {"eip beyond the limit of cs", VECTOR_GP, 0, TO(SELECTOR(CODE_SHORT), USER_DS), true},
	    {"cs and ss absent: cs is first", VECTOR_NP, ERROR(SELECTOR(CODE_ABSENT)),
	     TO(SELECTOR(CODE_ABSENT), SELECTOR(STACK_ABSENT)), false},
	};
	u32 i;

	trap_gate(VECTOR_NP, gate, 0);
	trap_gate(VECTOR_SS, gate, 0);
	trap_gate(VECTOR_GP, gate, 0);
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		try_return(&bad[i], gate);
}

static void load(u32 entry, u32 limit, u32 ring, u32 access, bool present)
{
	struct descriptor d = descriptor_make(0, limit, ring, access);

	if (!present)
		d.high &= ~SEGMENT_PRESENT;
	descriptor_load(entry, d);
}

const char *guest_main(void)
{
	paging_start();
	user_map(kernel_directory);
	load(CODE_ABSENT, FLAT, 3, SEGMENT_CODE, false);
	load(CODE_SHORT, LIMIT, 3, SEGMENT_CODE, true);
	load(CODE_RING1, FLAT, 1, SEGMENT_CODE, true);
	load(STACK_ABSENT, FLAT, 3, SEGMENT_WRITABLE, false);
	load(STACK_READ_ONLY, FLAT, 3, 0, true);
	load(STACK_RING1, FLAT, 1, SEGMENT_WRITABLE, true);
	try_all(GATE_INTERRUPT);
	try_all(GATE_TRAP);
	done();
}
