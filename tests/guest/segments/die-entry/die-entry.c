/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: A guest whose code or stack segment does not load at a VM entry is killed, whatever
 * gates it has for the faults of that entry.
 *
 * Reason: The VM entry is an IRET of ring 0. A direct gate delivers its #NP, #SS or #GP through the
 * guest's gate; from CPL 0 no gate may lead to ring 1, so that delivery is a #GP, and both are a
 * double fault (Intel SDM 3, 6.12.1.1 and 6.15). The frame of the nested trap overwrites words of
 * the first one. A retry with such words may never end, with interrupts off.
 *
 * Method: cs or ss is entry 20, which LOAD_GDT_ENTRY then makes absent, of the wrong type, or of
 * ring 3. The case also says which gates vectors 8, 11, 12 and 13 have.
 *
 * Gates:
 *	direct       trap gates through GUEST_CS
 *	own          trap gates through entry 20 itself, or through 21, which is absent
 *	reflected    interrupt gates
 *	none         absent
 *
 * Case: cs-absent-direct killed "cannot go on at "
 * Case: cs-absent-own killed "cannot go on at 0xa1:"
 * Case: cs-absent-reflected killed "cannot go on at 0xa1:"
 * Case: cs-absent-none killed "cannot go on at 0xa1:"
 * Case: cs-data-direct killed "cannot go on at 0xa1:"
 * Case: cs-ring3-direct killed "cannot go on at 0xa1:"
 * Case: ss-absent-direct killed "cannot go on at "
 * Case: ss-absent-own killed "cannot go on at 0x61:"
 * Case: ss-absent-reflected killed "cannot go on at 0x61:"
 * Case: ss-absent-none killed "cannot go on at 0x61:"
 * Case: ss-readonly-direct killed "cannot go on at 0x61:"
 * Case: ss-code-direct killed "cannot go on at 0x61:"
 * Case: ss-ring3-direct killed "cannot go on at 0x61:"
 */
#include "guest/include/kit.h"

#define ENTRY 20
#define ABSENT_ENTRY 21
#define SELECTOR (ENTRY * 8 + 1)
#define FLAT 0xFFFFFFFFu
#define RING1 1
#define RING3 3
#define CODE_ACCESS (SEGMENT_CODE | SEGMENT_READABLE)
#define WORD_MAX 16

static const u8 vectors[] = {VECTOR_DF, VECTOR_NP, VECTOR_SS, VECTOR_GP};

/* A gate through any code segment. */
static void load_gate(u32 vector, u32 type, u32 selector)
{
	u32 eip = trap_stub(vector);

	hcall_load_idt_entry(vector, selector << 16 | (eip & 0xFFFF),
			     (eip & 0xFFFF0000) | GATE_PRESENT | type << 8);
}

static void load_gates(const char *gates, u32 own)
{
	for (u32 i = 0; i < ARRAY_SIZE(vectors); i++) {
		if (!strcmp(gates, "direct"))
			load_gate(vectors[i], GATE_TRAP, GUEST_CS);
		else if (!strcmp(gates, "own"))
			load_gate(vectors[i], GATE_TRAP, own * 8 + RING1);
		else if (!strcmp(gates, "reflected"))
			load_gate(vectors[i], GATE_INTERRUPT, GUEST_CS);
		else
			gate_clear(vectors[i]);
	}
}

static struct descriptor taken_away(const char *how, u32 access)
{
	struct descriptor d = descriptor_make(0, FLAT, RING1, access);

	if (!strcmp(how, "absent"))
		d.high &= ~SEGMENT_PRESENT;
	else if (!strcmp(how, "data"))
		d = descriptor_make(0, FLAT, RING1, SEGMENT_WRITABLE);
	else if (!strcmp(how, "code"))
		d = descriptor_make(0, FLAT, RING1, CODE_ACCESS);
	else if (!strcmp(how, "readonly"))
		d = descriptor_make(0, FLAT, RING1, 0);
	else
		d = descriptor_make(0, FLAT, RING3, access);
	return d;
}

static void use_entry(bool code)
{
	if (code)
		__asm__ volatile("ljmp %0, $1f\n1:" : : "i"(SELECTOR));
	else
		__asm__ volatile("movl %0, %%ss" : : "r"(SELECTOR));
	hcall_flush_async();
}

/* The next word of `at`, up to a '-'. */
static void next_word(const char **at, char word[WORD_MAX])
{
	u32 length = 0;

	while (**at && **at != '-' && length < WORD_MAX - 1)
		word[length++] = *(*at)++;
	word[length] = '\0';
	if (**at == '-')
		++*at;
}

const char *guest_main(void)
{
	char name[3 * WORD_MAX] = "", what[WORD_MAX], how[WORD_MAX], gates[WORD_MAX];
	const char *at = name;
	u32 access;
	bool code;

	boot_option_value("case", name, sizeof(name));
	next_word(&at, what);
	next_word(&at, how);
	next_word(&at, gates);
	code = !strcmp(what, "cs");
	access = code ? CODE_ACCESS : SEGMENT_WRITABLE;
	descriptor_load(ENTRY, descriptor_make(0, FLAT, RING1, access));
	descriptor_load(ABSENT_ENTRY, (struct descriptor){0, 0});
	load_gates(gates, code ? ENTRY : ABSENT_ENTRY);
	use_entry(code);
	printf("ok 1 - entry %u is in use as %s\n", ENTRY, what);
	descriptor_load(ENTRY, taken_away(how, access));
	return "survived";
}
