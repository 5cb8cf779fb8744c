/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: IRET with VM set does not lead ring 1 or ring 3 into virtual-8086 mode. On an emulator
 * where it does, the guest is killed at its first trap or interrupt there.
 *
 * Reason: Only ring 0 may set VM (Intel SDM 2, IRET), but QEMU lets each ring do it. A trap from
 * that mode pushes four words more: read as a common frame, the guest's es is cs, ss is eip and the
 * flags are the trap's number, and the VM entry would lead the guest into ring 0.
 *
 * Method: IRET to code of ring 3's at 64 KB: code that traps, with words of the frame that look
 * like a failed entry with the hypervisor's cs; code that traps with a cs that looks like ring 0's;
 * code that waits for the clock event, one
 * millisecond away. A guest that survives makes a hypercall that kills it.
 *
 * Case: trap killed
 * Case: ring0 killed
 * Case: loop killed
 * Case: ring3 killed
 */
#include "guest/include/kit.h"

#define CODE 0x10000u /* of ring 3's, below 1 MB */
#define HALT 0xF4
#define JUMP_TO_ITSELF 0xFEEB
#define NO_HYPERCALL 3
#define HOST_CS (GUEST_GDT_ENTRIES * 8) /* the hypervisor's segments follow the guest's */

/* As IRET into virtual-8086 mode pops it (Intel SDM 3, 20.2.5). */
struct virtual_8086 {
	u32 eip, cs, eflags, esp, ss, es, ds, fs, gs;
};

CODE_AT(".text", enter_virtual_8086, "movl %eax, %esp; iret");
CODE_AT(".user.text", user_enter_virtual_8086,
	"xorl %ecx, %ecx; pushl %ecx; pushl %ecx; pushl %ecx; pushl %ecx; pushl %ecx; pushl %ecx\n"
	"pushl $0x20202; pushl $0x1000; pushl %ecx; iret");

static u32 enter(u32 frame)
{
	__asm__ volatile("jmp enter_virtual_8086" : : "a"(frame) : "memory");
	return frame;
}

const char *guest_main(void)
{
	static struct virtual_8086 frame = {
	    .cs = CODE >> 4,
	    .eflags = EFLAGS_ALWAYS | EFLAGS_IF | EFLAGS_VM,
	    .esp = SWITCHER_START, /* where the VM entry loads segments */
	    .es = HOST_CS,
	    .ds = EFLAGS_ALWAYS,
	};
	char name[32] = "";
	u16 *code;

	paging_start();
	user_map(kernel_directory);
	code = page_alloc();
	boot_option_value("case", name, sizeof(name));
	*code = name[0] == 'l' ? JUMP_TO_ITSELF : HALT;
	page_map(kernel_directory, CODE, gpa_of(code), PTE_USER);
	if (name[0] == 't') { /* a cs that looks like ring 3, and starts 48 bytes further on */
		frame.cs |= 3;
		*(u16 *)((char *)code + 0x30) = HALT;
	}
	ring3_read(CODE); /* so that the first fetch is not one of the traps */
	hcall_set_clockevent(NS_PER_MS);
	if (!memcmp(name, "ring3", 5))
		ring3_call((u32(*)(u32))user_enter_virtual_8086, 0);
	else
		try_call(enter, (u32)&frame);
	hypercall(NO_HYPERCALL, 0, 0, 0, 0);
	return "survived";
}
