/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: A VM exit and entry keep ds, es, fs and gs, each with its own selector, null ones too.
 *
 * Reason: The exit loads the hypervisor's segments; the entry must not mix up the guest's.
 *
 * Method: Four flat entries of the GDT, one for each register, with a hypercall and an ignored OUT
 * in between. Then the same with each register null in turn.
 *
 * Expect: shut down "tap: "
 */
#include "guest/include/kit.h"

#define FIRST_ENTRY 20
#define REGISTERS 4

/* Loads ds, es, fs and gs, leaves twice, and stores them; ds and es are flat again afterwards. */
void exit_with_segments(const u32 *selectors, u32 *found);
__asm__(".pushsection .text\n"
	"exit_with_segments:\n"
	"pushl %ebx; pushl %esi; movl %eax, %esi; movl %edx, %ebx\n"
	"movw 4(%esi), %es; movw 8(%esi), %fs; movw 12(%esi), %gs; movw 0(%esi), %ds\n"
	"xorl %eax, %eax\n" /* FLUSH_ASYNC */
	"int $0x1f\n"
	"outb %al, $0x80\n"
	"movl %ds, %eax; movl %es, %ecx; movl %ss, %edx; movl %edx, %ds; movl %edx, %es\n"
	"movl %eax, 0(%ebx); movl %ecx, 4(%ebx); movl %fs, %eax; movl %eax, 8(%ebx)\n"
	"movl %gs, %eax; movl %eax, 12(%ebx)\n"
	"popl %esi; popl %ebx; ret\n"
	".popsection");

static void try_selectors(const u32 *selectors, const char *text)
{
	static const char *const names[REGISTERS] = {"ds", "es", "fs", "gs"};
	u32 i, found[REGISTERS];

	exit_with_segments(selectors, found);
	fs_write(0);
	gs_write(0);
	for (i = 0; i < REGISTERS; i++)
		is_equal(found[i] & 0xFFFF, selectors[i], "%s: %s", names[i], text);
}

const char *guest_main(void)
{
	static const char *const texts[REGISTERS] = {"ds null", "es null", "fs null", "gs null"};
	u32 i, selectors[REGISTERS], with_null[REGISTERS];

	for (i = 0; i < REGISTERS; i++) {
		descriptor_load(FIRST_ENTRY + i,
				descriptor_make(0, 0xFFFFFFFF, 1, SEGMENT_WRITABLE));
		selectors[i] = (FIRST_ENTRY + i) * 8 + 1;
	}
	try_selectors(selectors, "four different ones");
	for (i = 0; i < REGISTERS; i++) {
		memcpy(with_null, selectors, sizeof(selectors));
		with_null[i] = 0;
		try_selectors(with_null, texts[i]);
	}
	done();
}
