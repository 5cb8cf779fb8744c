/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: At a VM entry ds, es, fs or gs becomes null if its descriptor no longer loads, and the
 * guest goes on, whatever gates it has for the fault. A register whose changed descriptor still
 * loads keeps its selector.
 *
 * Reason: As in die-entry; but a data segment register can be null instead (Intel SDM 3, 5.4.1).
 *
 * Method: Each register in turn, and all of them at once, is entry 20, with RPL 1, or with RPL 3 as
 * a process leaves it there. LOAD_GDT_ENTRY then changes the entry. Vectors 8, 11, 12 and 13 have
 * trap gates, interrupt gates, trap gates through an absent segment, or none.
 *
 * Expect: shut down "tap: "
 */
#include "guest/include/kit.h"

#define ENTRY 20
#define ABSENT_ENTRY 21
#define FLAT 0xFFFFFFFFu
#define SMALL 0xFFFu
#define RING1 1u
#define RING3 3u
#define REGISTERS 4
#define ALL REGISTERS

static const u8 vectors[] = {VECTOR_DF, VECTOR_NP, VECTOR_SS, VECTOR_GP};

enum gates { GATES_DIRECT, GATES_REFLECTED, GATES_ABSENT_SEGMENT, GATES_NONE, GATES_COUNT };
static const char *const gates_names[GATES_COUNT] = {"direct gates", "reflected gates",
						     "gates through an absent segment", "no gates"};

static void load_gate(u32 vector, u32 type, u32 selector)
{
	u32 eip = trap_stub(vector);

	hcall_load_idt_entry(vector, selector << 16 | (eip & 0xFFFF),
			     (eip & 0xFFFF0000) | GATE_PRESENT | type << 8);
}

static void load_gates(enum gates gates)
{
	u32 type = gates == GATES_REFLECTED ? GATE_INTERRUPT : GATE_TRAP, i;
	u32 selector = gates == GATES_ABSENT_SEGMENT ? ABSENT_ENTRY * 8 + RING1 : GUEST_CS;

	for (i = 0; i < ARRAY_SIZE(vectors); i++) {
		if (gates == GATES_NONE)
			gate_clear(vectors[i]);
		else
			load_gate(vectors[i], type, selector);
	}
}

/* LOAD_GDT_ENTRY with a selector in registers chosen by a mask, and which selectors are found then.
 * ds and es are flat again afterwards. */
struct trial {
	u32 selectors[REGISTERS];
	struct descriptor descriptor;
	u32 found[REGISTERS];
};

void try_entry(struct trial *trial);
__asm__(".pushsection .text\n"
	"try_entry:\n"
	"pushl %ebx; pushl %esi; pushl %edi; pushl %ebp; movl %eax, %edi\n"
	"movl 16(%edi), %ecx; movl 20(%edi), %edx\n"
	"movw 4(%edi), %es; movw 8(%edi), %fs; movw 12(%edi), %gs; movw 0(%edi), %ds\n"
	"movl $18, %eax; movl $20, %ebx; int $0x1f\n"
	"movl %ds, %eax; movl %es, %ebx; movl %ss, %edx; movl %edx, %ds; movl %edx, %es\n"
	"movl %eax, 24(%edi); movl %ebx, 28(%edi); movl %fs, %eax; movl %eax, 32(%edi)\n"
	"movl %gs, %eax; movl %eax, 36(%edi); xorl %eax, %eax; movl %eax, %fs; movl %eax, %gs\n"
	"popl %ebp; popl %edi; popl %esi; popl %ebx; ret\n"
	".popsection");
_Static_assert(offsetof(struct trial, descriptor) == 16, "try_entry");
_Static_assert(offsetof(struct trial, found) == 24, "try_entry");
_Static_assert(HCALL_LOAD_GDT_ENTRY == 18 && ENTRY == 20, "try_entry");

/* `ring` is the RPL of the selector, and the DPL of the entry at first. */
static void try_one(u32 which, u32 ring, struct descriptor then, bool loads, const char *text)
{
	static const char *const names[] = {"ds", "es", "fs", "gs", "all four"};
	u32 selector = ENTRY * 8 + ring, expected = loads ? selector : 0, wrong = 0, i;
	struct trial trial = {.descriptor = then};

	descriptor_load(ENTRY, descriptor_make(0, FLAT, ring, SEGMENT_WRITABLE));
	for (i = 0; i < REGISTERS; i++)
		trial.selectors[i] = which == i || which == ALL ? selector : GUEST_DS;
	try_entry(&trial);
	for (i = 0; i < REGISTERS; i++)
		wrong += (trial.found[i] & 0xFFFF) !=
			 (trial.selectors[i] == GUEST_DS ? GUEST_DS : expected);
	if (!ok(!wrong, "%s, RPL %u: %s", names[which], ring, text))
		note("ds %x es %x fs %x gs %x", trial.found[0], trial.found[1], trial.found[2],
		     trial.found[3]);
}

static struct descriptor absent(struct descriptor d)
{
	d.high &= ~SEGMENT_PRESENT;
	return d;
}

static struct descriptor small(struct descriptor d)
{
	d.high &= ~SEGMENT_32BIT;
	return d;
}

static void try_register(u32 which, u32 ring)
{
	const u32 down = SEGMENT_WRITABLE | SEGMENT_EXPAND_DOWN;
	struct descriptor flat = descriptor_make(0, FLAT, ring, SEGMENT_WRITABLE);

	try_one(which, ring, absent(flat), false, "absent");
	try_one(which, ring, (struct descriptor){0, 0}, false, "no descriptor at all");
	try_one(which, ring, descriptor_make(0, FLAT, ring, SEGMENT_CODE), false, "execute-only");
	try_one(which, ring, descriptor_make(0, FLAT, ring, 0), true, "read-only");
	try_one(which, ring, descriptor_make(0, FLAT, ring, down), true, "expand-down");
	try_one(which, ring, descriptor_make(MIB, SMALL, ring, SEGMENT_WRITABLE), true,
		"another base, a small limit");
	try_one(which, ring, small(flat), true, "16-bit");
	if (ring == RING3)
		try_one(which, ring, descriptor_make(0, FLAT, RING1, SEGMENT_WRITABLE), false,
			"of ring 1");
	else
		try_one(which, ring, descriptor_make(0, FLAT, RING3, SEGMENT_WRITABLE), true,
			"of ring 3");
}

const char *guest_main(void)
{
	u32 gates, which;

	descriptor_load(ABSENT_ENTRY, (struct descriptor){0, 0});
	for (gates = 0; gates < GATES_COUNT; gates++) {
		load_gates(gates);
		note("%s", gates_names[gates]);
		for (which = 0; which <= ALL; which++) {
			try_register(which, RING1);
			try_register(which, RING3);
		}
	}
	done();
}
