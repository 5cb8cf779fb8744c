/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: In ring 1 IN reads all ones (8 and 16 bits keep the rest of eax), and OUT and CLI do
 * nothing, in all widths and forms. In ring 3 all of them are #GP, and so are INS, OUTS and STI in
 * ring 1.
 *
 * Reason: A kernel that probes for hardware survives and finds none.
 *
 * Method: Each form is written into a page, with RET and UD2 behind it: the port in dx or in the
 * instruction, with operand size prefixes. A port in the instruction is 0xCC, which is INT3, so
 * that a skip of the wrong length traps. Also with the instruction's bytes on two pages, and in a
 * code segment with a base.
 *
 * Expect: shut down "tap: "
 */
#include "guest/include/kit.h"

#define CODE 0x20000000u /* two pages, for ring 3, too */
#define PORT 0xCC        /* in an instruction: also the code of INT3 */
#define RET 0xC3
#define FAR_RET 0xCB
#define BASED_ENTRY 20
#define MAX_BYTES 4

struct form {
	const char *name;
	u8 bytes[MAX_BYTES];
	u32 length, eax; /* eax: what is expected behind it */
};

#define EAX TRY_IN_EAX
#define BYTE_ONES (EAX | 0xFF)
#define WORD_ONES (EAX | 0xFFFF)
#define ALL_ONES 0xFFFFFFFF

static const struct form skipped[] = {
    {"inb dx", {0xEC}, 1, BYTE_ONES},
    {"inw dx", {0x66, 0xED}, 2, WORD_ONES},
    {"inl dx", {0xED}, 1, ALL_ONES},
    {"inb imm", {0xE4, PORT}, 2, BYTE_ONES},
    {"inw imm", {0x66, 0xE5, PORT}, 3, WORD_ONES},
    {"inl imm", {0xE5, PORT}, 2, ALL_ONES},
    {"outb dx", {0xEE}, 1, EAX},
    {"outw dx", {0x66, 0xEF}, 2, EAX},
    {"outl dx", {0xEF}, 1, EAX},
    {"outb imm", {0xE6, PORT}, 2, EAX},
    {"outw imm", {0x66, 0xE7, PORT}, 3, EAX},
    {"outl imm", {0xE7, PORT}, 2, EAX},
    {"inb dx with 0x66", {0x66, 0xEC}, 2, BYTE_ONES},
    {"inb imm with 0x66", {0x66, 0xE4, PORT}, 3, BYTE_ONES},
    {"outb imm with 0x66", {0x66, 0xE6, PORT}, 3, EAX},
    {"inw dx with 0x66 twice", {0x66, 0x66, 0xED}, 3, WORD_ONES},
    {"cli", {0xFA}, 1, EAX},
    {"cli with 0x66", {0x66, 0xFA}, 2, EAX},
};

static const struct form reflected[] = {
    {"insb", {0x6C}, 1, 0},  {"insl", {0x6D}, 1, 0},
    {"outsb", {0x6E}, 1, 0}, {"rep outsl", {0xF3, 0x6F}, 2, 0},
    {"sti", {0xFB}, 1, 0},
};

static u8 *pages; /* what CODE maps */

/* The instruction, a return, and UD2 to both ends. */
static void write_code(u32 offset, const struct form *form, u8 ret)
{
	u32 i;

	for (i = 0; i < 2 * PAGE_SIZE; i += 2) {
		pages[i] = 0x0F;
		pages[i + 1] = 0x0B;
	}
	memcpy(pages + offset, form->bytes, form->length);
	pages[offset + form->length] = ret;
}

static u32 call_code(u32 address)
{
	u32 eax = EAX, edx = PORT;

	/* INS and OUTS: to and from the stack, once. */
	__asm__ volatile("movl %%esp, %%esi; leal -64(%%esp), %%edi; call *%%ebx"
			 : "+a"(eax), "+d"(edx)
			 : "b"(address), "c"(1)
			 : "esi", "edi", "memory");
	return eax;
}

/* Through the segment with a base: offset 0 is CODE. */
static u32 far_call_code(u32 offset)
{
	struct {
		u32 offset;
		u16 selector;
	} PACKED to = {offset, BASED_ENTRY * 8 + 1};
	u32 eax = EAX, edx = PORT;

	__asm__ volatile("lcall *%2" : "+a"(eax), "+d"(edx) : "m"(to) : "memory");
	return eax;
}

static void is_skipped(struct outcome outcome, const struct form *form, const char *where)
{
	if (!ok(!outcome.trapped && outcome.value == form->eax, "%s%s", form->name, where))
		note("%s", outcome_text(&outcome));
}

static void try_form(const struct form *form)
{
	u32 crossing = PAGE_SIZE - 1;

	write_code(0, form, RET);
	is_skipped(try_call(call_code, CODE), form, "");
	is_trap(ring3_execute(CODE), VECTOR_GP, 0, "%s in ring 3", form->name);
	write_code(0, form, FAR_RET);
	is_skipped(try_call(far_call_code, 0), form, ", cs with a base");
	if (form->length == 1)
		return;
	write_code(crossing, form, RET);
	is_skipped(try_call(call_code, CODE + crossing), form, ", on two pages");
}

static void try_reflected(const struct form *form)
{
	struct outcome outcome;

	write_code(0, form, RET);
	outcome = try_call(call_code, CODE);
	is_trap(outcome, VECTOR_GP, 0, "%s is reflected", form->name);
	is_equal(outcome.frame.eip, CODE, "the frame points to the refused instruction");
}

const char *guest_main(void)
{
	u32 i;

	paging_start();
	user_map(kernel_directory);
	pages = page_alloc();
	ASSERT((u8 *)page_alloc() == pages + PAGE_SIZE);
	for (i = 0; i < 2; i++)
		page_map(kernel_directory, CODE + i * PAGE_SIZE, gpa_of(pages + i * PAGE_SIZE),
			 PTE_USER);
	descriptor_load(BASED_ENTRY,
			descriptor_make(CODE, 0xFFFFFFFF, 1, SEGMENT_CODE | SEGMENT_READABLE));
	for (i = 0; i < ARRAY_SIZE(skipped); i++)
		try_form(&skipped[i]);
	for (i = 0; i < ARRAY_SIZE(reflected); i++)
		try_reflected(&reflected[i]);
	done();
}
