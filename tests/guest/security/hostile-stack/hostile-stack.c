/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: A trap onto a ring-1 stack that cannot take a frame, or that lies where only the
 * hypervisor should write, ends at most this guest.
 *
 * Reason: The CPU pushes without a check by the hypervisor, and a fault of that push must not
 * become the machine's double fault. In the registers page the push succeeds, which is no more than
 * any store there.
 *
 * Method: The case is the stack: ring 3 makes a system call through a direct gate, and the CPU
 * pushes there. The hypercall from a stack in the top 4 MB is made in ring 1, where the CPU changes
 * to the hypervisor's stack and pushes nothing on the guest's.
 *
 * Case: null-ring-1 killed
 * Case: code killed
 * Case: beyond-gdt killed
 * Case: esp-0 killed
 * Case: esp-4 killed
 * Case: unmapped killed
 * Case: read-only killed
 * Case: text killed
 * Case: state killed
 * Case: highest killed
 * Case: registers shut down "tap: 2 passed"
 * Case: hypercall shut down "tap: 1 passed"
 */
#include "guest/include/kit.h"

#define RING1 1
#define AREA 0x20000000u
#define REGISTERS_END (SWITCHER_START + 2 * PAGE_SIZE)
#define STATE_MIDDLE (REGISTERS_END + PAGE_SIZE / 2)
#define FRAME_OF_RING3 5 /* words: eip, cs, eflags, esp, ss */
#define PINNED 2

static const struct {
	const char *name;
	u32 ss, esp;
} stacks[] = {
    {"null-ring-1", RING1, AREA},
    {"code", GUEST_CS, AREA + PAGE_SIZE},
    {"beyond-gdt", GUEST_GDT_ENTRIES * 8 + RING1, AREA + PAGE_SIZE},
    {"esp-0", GUEST_DS, 0},
    {"esp-4", GUEST_DS, 4},
    {"unmapped", GUEST_DS, AREA + TABLE_SPAN},
    {"read-only", GUEST_DS, AREA + PAGE_SIZE},
    {"text", GUEST_DS, SWITCHER_START + PAGE_SIZE},
    {"state", GUEST_DS, STATE_MIDDLE},
    {"highest", GUEST_DS, 0xFFFFFFFC},
    {"registers", GUEST_DS, REGISTERS_END - PAGE_SIZE / 2},
};

static USER_CODE u32 nothing(u32 argument)
{
	return argument;
}

static u32 enter_ring3_once(u32 argument)
{
	return ring3_call(nothing, argument).value;
}

static bool equal(const char *a, const char *b)
{
	return strlen(a) == strlen(b) && !memcmp(a, b, strlen(a));
}

/* FLUSH_ASYNC with esp in the top 4 MB. */
CODE_AT(".text", hypercall_up_there,
	"movl %esp, %ebx; xorl %eax, %eax\n"
	"movl $0xFFC01F00, %esp; int $0x1f\n"
	"movl $0xFFC00800, %esp; int $0x1f\n"
	"movl $0xFFC02800, %esp; int $0x1f\n"
	"xorl %esp, %esp; int $0x1f\n"
	"movl %ebx, %esp; ret");

const char *guest_main(void)
{
	char name[32];
	u32 i;

	paging_start();
	user_map(kernel_directory);
	page_map(kernel_directory, AREA, gpa_of(page_alloc()), 0);
	gate_set(SYSCALL_VECTOR, GATE_TRAP, 3, (u32)frame_catch);
	if (!boot_option_value("case", name, sizeof(name)))
		return "which case?";
	if (equal(name, "hypercall")) {
		__asm__ volatile("call hypercall_up_there" : : : "eax", "ebx", "memory");
		ok(true, "hypercalls with esp in the top 4 MB work");
		done();
	}
	for (i = 0; i < ARRAY_SIZE(stacks); i++) {
		if (!equal(name, stacks[i].name))
			continue;
		hcall_set_stack(stacks[i].ss, stacks[i].esp, PINNED);
		ok(try_frame(enter_ring3_once, 7, FRAME_OF_RING3), "a frame arrives");
		is_equal(caught_frame.esp, stacks[i].esp - FRAME_OF_RING3 * 4,
			 "the frame is at the stack's end");
		done();
	}
	return "no such case";
}
