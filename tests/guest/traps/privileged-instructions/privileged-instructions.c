/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: A privileged instruction does nothing and is #GP with error code 0 for the guest, in
 * ring 1 and in ring 3, at its own address. The exceptions are in ignored-io and ignored-moves.
 *
 * Reason: These instructions control the machine: its tables, control registers, caches and sleep.
 *
 * Method: Each of them, with harmless operands in case it works. Those that a 486 may not know are
 * #UD there.
 *
 * Expect: shut down "tap: "
 */
#include "guest/include/kit.h"

/* For both rings; eax is their argument, 0. */
#define PRIVILEGED(name, instruction)                                                              \
	CODE_AT(".text", kernel_##name, instruction "\nret");                                      \
	CODE_AT(".user.text", user_##name, instruction "\nret")

PRIVILEGED(hlt, "hlt");
PRIVILEGED(lgdt, "lgdt (%esp)");
PRIVILEGED(lidt, "lidt (%esp)");
PRIVILEGED(lldt, "lldt %ax");
PRIVILEGED(ltr, "ltr %ax");
PRIVILEGED(lmsw, "lmsw %ax");
PRIVILEGED(clts, "clts");
PRIVILEGED(read_cr0, "movl %cr0, %eax");
PRIVILEGED(write_cr0, "movl %eax, %cr0");
PRIVILEGED(read_cr2, "movl %cr2, %eax");
PRIVILEGED(read_cr3, "movl %cr3, %eax");
PRIVILEGED(write_cr3, "movl %eax, %cr3");
PRIVILEGED(invlpg, "invlpg (%esp)");
PRIVILEGED(invd, "invd");
PRIVILEGED(wbinvd, "wbinvd");
PRIVILEGED(write_cr4, "movl %eax, %cr4");
PRIVILEGED(rdmsr, "rdmsr");
PRIVILEGED(wrmsr, "wrmsr");

struct instruction {
	const char *name;
	char *kernel, *user;
	bool newer; /* than the first 486 */
};

#define ROW(code) .name = #code, .kernel = kernel_##code, .user = user_##code

static const struct instruction instructions[] = {
    {ROW(hlt)},
    {ROW(lgdt)},
    {ROW(lidt)},
    {ROW(lldt)},
    {ROW(ltr)},
    {ROW(lmsw)},
    {ROW(clts)},
    {ROW(read_cr0)},
    {ROW(write_cr0)},
    {ROW(read_cr2)},
    {ROW(read_cr3)},
    {ROW(write_cr3)},
    {ROW(invlpg)},
    {ROW(invd)},
    {ROW(wbinvd)},
    {ROW(write_cr4), .newer = true},
    {ROW(rdmsr), .newer = true},
    {ROW(wrmsr), .newer = true},
};

static u32 with_eax_0(u32 code)
{
	__asm__ volatile("call *%%ecx" : : "a"(0), "c"(code), "d"(0) : "memory");
	return 0;
}

static void is_privileged(struct outcome outcome, const struct instruction *i, char *at, u32 ring)
{
	bool unknown = i->newer && outcome.vector == VECTOR_UD;
	bool passed = outcome.trapped && outcome.frame.eip == (u32)at &&
		      (unknown || (outcome.vector == VECTOR_GP && !outcome.error));

	if (!ok(passed, "%s in ring %u", i->name, ring))
		note("%s", outcome_text(&outcome));
}

const char *guest_main(void)
{
	u32 i;

	paging_start();
	user_map(kernel_directory);
	for (i = 0; i < ARRAY_SIZE(instructions); i++) {
		const struct instruction *row = &instructions[i];

		is_privileged(try_call(with_eax_0, (u32)row->kernel), row, row->kernel, 1);
		is_privileged(ring3_execute((u32)row->user), row, row->user, 3);
	}
	done();
}
