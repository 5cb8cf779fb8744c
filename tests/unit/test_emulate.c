// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Instructions that are emulated, their lengths and results, and instructions that restart the
 * guest. The code is in an array, and bytes beyond it cannot be read.
 */
#include "tests/unit/native.h"

#include <stdio.h>
#include <string.h>

#include "hv/emulate.h"
#include "hv/guest.h"
#include "hv/segments.h"

#define EIP 0x1000u
#define BYTES_MAX 16u

static struct guest guest;
static struct trap_frame regs;
static struct shadow_engine engine;
static const u8 *code;
static u32 readable;
static bool is_big;

/* Where the operand of LIDT was read, and what stood there. */
static u32 operand_selector, operand_offset;
static bool operand_readable;
static u16 limit;

static enum guest_state ended; /* GUEST_ALIVE: not */
static char reason[GUEST_REASON_SIZE];

/* -- The guest's memory and segments ----------------------------------------------------------- */

bool segments_is_big(const struct guest *g, u32 selector)
{
	(void)g, (void)selector;
	return is_big;
}

bool segments_linear(const struct guest *g, u32 selector, u32 offset, u32 size, gva_t *linear)
{
	(void)g;
	if (size > 1) { /* not code */
		assert_int_equal(size, 6);
		operand_selector = selector;
		operand_offset = offset;
	}
	*linear = to_gva(offset);
	return true;
}

u64 clock_tsc(const struct guest *g)
{
	return (u64)7 << 32 | g->clock.tsc_khz;
}

void guest_end(struct guest *g, enum guest_state state, const char *text)
{
	(void)g;
	ended = state;
	snprintf(reason, sizeof(reason), "%s", text);
}

static bool read_memory(struct guest_space *g, gva_t at, void *to, u32 size)
{
	u32 offset = gva_value(at) - EIP;

	(void)g;
	if (size == sizeof(limit)) {
		assert_int_equal(gva_value(at), operand_offset);
		*(u16 *)to = limit;
		return operand_readable;
	}
	assert_int_equal(size, 1);
	if (offset >= readable)
		return false;
	*(u8 *)to = code[offset];
	return true;
}

static int prepare(void **state)
{
	(void)state;
	memset(&regs, 0x11, sizeof(regs));
	regs.eip = EIP;
	regs.cs = (regs.cs & ~3u) | GUEST_KERNEL_RPL;
	engine.read = read_memory;
	guest.regs = &regs;
	guest.space.shadow.engine = &engine;
	is_big = operand_readable = true;
	limit = 0;
	ended = GUEST_ALIVE;
	return 0;
}

/* -- Helpers ----------------------------------------------------------------------------------- */

/* The distance that eip moves; 0 if the instruction is not stepped over. Asserts that no register
 * but the instruction's destination has changed; the caller checks the destination. */
static u32 emulated(const u8 *bytes, u32 size)
{
	bool emulated;

	code = bytes;
	readable = size;
	regs.eip = EIP;
	emulated = emulate_instruction(&guest);
	assert_int_equal(emulated, regs.eip != EIP);
	return regs.eip - EIP;
}

#define EMULATED(...) emulated((const u8[]){__VA_ARGS__}, sizeof((const u8[]){__VA_ARGS__}))

/* -- Tests ------------------------------------------------------------------------------------- */

static void test_ports(void **state)
{
	(void)state;
	assert_int_equal(EMULATED(0xEC), 1);
	assert_int_equal(regs.eax, 0x111111FF);
	assert_int_equal(EMULATED(0x66, 0xED), 2);
	assert_int_equal(regs.eax, 0x1111FFFF);
	assert_int_equal(EMULATED(0xE5, 0x80), 2);
	assert_int_equal(regs.eax, 0xFFFFFFFF);
	regs.eax = 5;
	assert_int_equal(EMULATED(0xE6, 0x80), 2);
	assert_int_equal(EMULATED(0xFA), 1);
	assert_int_equal(regs.eax, 5);
}

static void test_16_bit_code(void **state)
{
	(void)state;
	is_big = false;
	assert_int_equal(EMULATED(0xED), 1);
	assert_int_equal(regs.eax, 0x1111FFFF);
	assert_int_equal(EMULATED(0x66, 0xED), 2);
	assert_int_equal(regs.eax, 0xFFFFFFFF);
	assert_int_equal(EMULATED(0x0F, 0x21, 0xF9), 3); /* always 32 bits */
	assert_int_equal(regs.ecx, 0x400);
}

static void test_from_debug_registers(void **state)
{
	static const u32 values[8] = {0, 0, 0, 0, 0xFFFF0FF0, 0x400, 0xFFFF0FF0, 0x400};
	u32 *const registers[8] = {&regs.eax, &regs.ecx, &regs.edx, &regs.ebx,
				   &regs.esp, &regs.ebp, &regs.esi, &regs.edi};
	struct trap_frame expected;

	for (u32 bits = 0; bits < 256; bits++) {
		prepare(state);
		assert_int_equal(EMULATED(0x0F, 0x21, bits), 3);
		assert_int_equal(*registers[bits & 7], values[bits >> 3 & 7]);
		expected = regs;
		prepare(state);
		regs.eip += 3;
		*registers[bits & 7] = values[bits >> 3 & 7];
		assert_memory_equal(&regs, &expected, sizeof(regs));
	}
}

static void test_to_debug_registers(void **state)
{
	(void)state;
	for (u32 number = 0; number < 8; number++) {
		for (u32 bit = 0; bit < 32; bit++) {
			bool enables = (number == 5 || number == 7) && (bit < 8 || bit == 13);

			regs.ebx = 1u << bit;
			assert_int_equal(EMULATED(0x0F, 0x23, 0xC3 | number << 3), enables ? 0 : 3);
			assert_int_equal(regs.ebx, 1u << bit);
		}
	}
}

static void test_control_registers(void **state)
{
	(void)state;
	for (u32 number = 0; number < 8; number++) {
		regs.esi = 0x1234;
		assert_int_equal(EMULATED(0x0F, 0x20, 0xC6 | number << 3), number == 4 ? 3 : 0);
		assert_int_equal(regs.esi, number == 4 ? 0 : 0x1234);
		assert_int_equal(EMULATED(0x0F, 0x22, 0xC6 | number << 3), 0);
	}
}

static void test_all_others(void **state)
{
	(void)state;
	for (u32 opcode = 0; opcode < 256; opcode++) {
		bool is_move = opcode >= 0x20 && opcode <= 0x23;

		if (!is_move)
			assert_int_equal(EMULATED(0x0F, opcode, 0xE0, 0, 0), 0);
		if (opcode != 0x0F && opcode != 0x66 && opcode != 0xFA && (opcode & 0xF4) != 0xE4)
			assert_int_equal(EMULATED(opcode, 0x21, 0xC0, 0, 0), 0);
	}
	assert_int_equal(EMULATED(0xF0, 0x0F, 0x21, 0xC0), 0); /* LOCK: #UD, if it comes to that */
}

/* Segment prefixes change nothing, with any number of 0x66 among them. */
static void test_segment_prefixes(void **state)
{
	static const u8 prefixes[] = {0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65};

	(void)state;
	for (u32 i = 0; i < sizeof(prefixes); i++) {
		assert_int_equal(EMULATED(prefixes[i], 0xEE), 2);
		assert_int_equal(EMULATED(prefixes[i], 0x66, prefixes[i], 0xFA), 4);
	}
	assert_int_equal(EMULATED(0x67, 0xEE), 0);
	assert_int_equal(EMULATED(0xF0, 0xEE), 0);
}

/* True if this instruction restarts the guest; eip then stays. */
static bool restarts(const u8 *bytes, u32 size)
{
	u32 length;

	ended = GUEST_ALIVE;
	length = emulated(bytes, size);
	assert_true(ended == GUEST_ALIVE || (ended == GUEST_RESTARTING && !length));
	return ended == GUEST_RESTARTING;
}

#define RESTARTS(...) restarts((const u8[]){__VA_ARGS__}, sizeof((const u8[]){__VA_ARGS__}))

static bool output_restarts(u32 port, u32 eax)
{
	regs.edx = 0xABCD0000 | port;
	regs.eax = eax;
	return RESTARTS(0xEE);
}

/* The even commands from 0xF0 up pulse the reset line; all others do nothing. */
static void test_keyboard_controller(void **state)
{
	(void)state;
	for (u32 value = 0; value < 256; value++)
		assert_int_equal(output_restarts(0x64, 0x11111100 | value),
				 value >= 0xF0 && value % 2 == 0);
	for (u32 port = 0; port <= 0xFFFF; port++)
		assert_int_equal(output_restarts(port, 0xFE), port == 0x64);
	assert_true(output_restarts(0x64, 0xFE));
	assert_string_equal(reason, "reset by the keyboard controller: 0xfe to port 0x64");
}

/* Each form of OUT restarts the guest; IN does not. */
static void test_forms_of_out(void **state)
{
	(void)state;
	regs.eax = 0x123456FE;
	regs.edx = 0;
	assert_true(RESTARTS(0xE6, 0x64));
	assert_true(RESTARTS(0xE7, 0x64));
	assert_true(RESTARTS(0x66, 0xE7, 0x64));
	assert_true(RESTARTS(0x26, 0xE6, 0x64));
	assert_false(RESTARTS(0xE6, 0x60));
	assert_int_equal(emulated((const u8[]){0xE6}, 1), 0); /* its port cannot be read */
	regs.edx = 0x64;
	assert_true(RESTARTS(0xEF));
	assert_false(RESTARTS(0xE6, 0x60)); /* dx does not count here */
	assert_false(RESTARTS(0xEC));
	assert_false(RESTARTS(0xE4, 0x64));
}

/* A double fault is vector 8: the last byte of its gate is at 71. */
static void test_limits_of_idts(void **state)
{
	(void)state;
	for (u32 i = 0; i <= 0xFFFF; i++) {
		limit = i;
		assert_int_equal(RESTARTS(0x0F, 0x01, 0x18), i < 71);
	}
	limit = 70;
	assert_true(RESTARTS(0x0F, 0x01, 0x18));
	assert_string_equal(reason,
			    "reset by LIDT: an IDT with limit 70 has no gate for double faults");
}

/* Of the instructions with this opcode, LIDT from memory only; and only if its operand can be
 * read. */
static void test_other_tables(void **state)
{
	(void)state;
	for (u32 modrm = 0; modrm < 256; modrm++)
		assert_int_equal(RESTARTS(0x0F, 0x01, modrm, 0x20, 0, 0, 0, 0),
				 (modrm >> 3 & 7) == 3 && modrm < 0xC0);
	operand_readable = false;
	assert_false(RESTARTS(0x0F, 0x01, 0x18));
	operand_readable = true;
	is_big = false; /* another addressing */
	assert_false(RESTARTS(0x0F, 0x01, 0x18));
}

/* LIDT, assembled by GNU as. */
static void test_addresses(void **state)
{
	static const struct {
		u8 bytes[8];
		u32 length, selector, offset;
	} forms[] = {
	    {{0x0F, 0x01, 0x18}, 3, 0x0D, 0x10000},                            /* (%eax) */
	    {{0x0F, 0x01, 0x1F}, 3, 0x0D, 0x80000},                            /* (%edi) */
	    {{0x0F, 0x01, 0x1D, 0x78, 0x56, 0x34, 0x12}, 7, 0x0D, 0x12345678}, /* 0x12345678 */
	    {{0x0F, 0x01, 0x5D, 0xF8}, 4, 0x55, 0x60000 - 8},                  /* -8(%ebp) */
	    {{0x0F, 0x01, 0x59, 0x7F}, 4, 0x0D, 0x20000 + 0x7F},               /* 0x7f(%ecx) */
	    {{0x0F, 0x01, 0x9D, 0, 1, 0, 0x80}, 7, 0x55, 0x80060100}, /* 0x80000100(%ebp) */
	    {{0x0F, 0x01, 0x9A, 0xFF, 0xFF, 0xFF, 0xFF}, 7, 0x0D, 0x30000 - 1}, /* -1(%edx), long */
	    {{0x0F, 0x01, 0x1C, 0x24}, 4, 0x55, 0x50000},                       /* (%esp) */
	    {{0x0F, 0x01, 0x5C, 0x24, 0x04}, 5, 0x55, 0x50004},                 /* 4(%esp) */
	    {{0x0F, 0x01, 0x1C, 0xC8}, 4, 0x0D, 0x10000 + 0x20000 * 8},         /* (%eax,%ecx,8) */
	    {{0x0F, 0x01, 0x1C, 0x6E}, 4, 0x0D, 0x70000 + 0x60000 * 2},         /* (%esi,%ebp,2) */
	    {{0x0F, 0x01, 0x1C, 0x9D, 4, 0, 0, 0}, 8, 0x0D, 0x40000 * 4 + 4},   /* 4(,%ebx,4) */
	    {{0x0F, 0x01, 0x5C, 0x05, 0x10}, 5, 0x55, 0x60000 + 0x10000 + 16},  /* 16(%ebp,%eax) */
	    {{0x36, 0x0F, 0x01, 0x18}, 4, 0x55, 0x10000},                       /* %ss:(%eax) */
	    {{0x3E, 0x0F, 0x01, 0x1C, 0x24}, 5, 0x0D, 0x50000},                 /* %ds:(%esp) */
	    {{0x2E, 0x0F, 0x01, 0x18}, 4, 0x09, 0x10000},                       /* %cs:(%eax) */
	    {{0x26, 0x0F, 0x01, 0x18}, 4, 0x15, 0x10000},                       /* %es:(%eax) */
	    {{0x64, 0x0F, 0x01, 0x18}, 4, 0x1D, 0x10000},                       /* %fs:(%eax) */
	    {{0x26, 0x65, 0x0F, 0x01, 0x18}, 5, 0x25, 0x10000}, /* the last one counts */
	    {{0x66, 0x0F, 0x01, 0x18}, 4, 0x0D, 0x10000},       /* lidtw (%eax) */
	};

	(void)state;
	regs = (struct trap_frame){.eax = 0x10000,
				   .ecx = 0x20000,
				   .edx = 0x30000,
				   .ebx = 0x40000,
				   .esp = 0x50000,
				   .ebp = 0x60000,
				   .esi = 0x70000,
				   .edi = 0x80000,
				   .cs = 0xFFFF0009,
				   .ds = 0xFFFF000D,
				   .es = 0x15,
				   .fs = 0x1D,
				   .gs = 0x25,
				   .ss = 0x55};
	for (u32 i = 0; i < ARRAY_SIZE(forms); i++) {
		ended = GUEST_ALIVE;
		for (u32 cut = 0; cut < forms[i].length; cut++)
			assert_int_equal(emulated(forms[i].bytes, cut), 0);
		assert_int_equal(ended, GUEST_ALIVE);
		assert_int_equal(emulated(forms[i].bytes, forms[i].length), 0);
		assert_int_equal(ended, GUEST_RESTARTING);
		assert_int_equal(operand_selector, forms[i].selector);
		assert_int_equal(operand_offset, forms[i].offset);
	}
}

/* LIDT with 15 bytes is one, with 16 none. */
static void test_length_of_lidt(void **state)
{
	u8 bytes[BYTES_MAX + 4];

	(void)state;
	for (u32 prefixes = 7; prefixes <= 10; prefixes++) {
		memset(bytes, 0x66, sizeof(bytes));
		memcpy(bytes + prefixes, (const u8[]){0x0F, 0x01, 0x1D, 0, 0, 0, 0}, 7);
		ended = GUEST_ALIVE;
		emulated(bytes, sizeof(bytes));
		assert_int_equal(ended, prefixes <= 8 ? GUEST_RESTARTING : GUEST_ALIVE);
	}
}

/* Where memory ends inside an instruction, and where it is longer than one may be. */
static void test_ends(void **state)
{
	u8 bytes[BYTES_MAX + 2];

	(void)state;
	assert_int_equal(emulated((const u8[]){0x0F, 0x21, 0xC0}, 2), 0);
	assert_int_equal(emulated((const u8[]){0x0F, 0x21, 0xC0}, 1), 0);
	assert_int_equal(emulated((const u8[]){0x66, 0xED}, 1), 0);
	assert_int_equal(emulated((const u8[]){0xED}, 0), 0);
	memset(bytes, 0x66, sizeof(bytes));
	assert_int_equal(emulated(bytes, sizeof(bytes)), 0);
	for (u32 prefixes = 11; prefixes <= 14; prefixes++) {
		memset(bytes, 0x66, sizeof(bytes));
		memcpy(bytes + prefixes, (const u8[]){0x0F, 0x21, 0xC0}, 3);
		assert_int_equal(emulated(bytes, sizeof(bytes)), prefixes <= 12 ? prefixes + 3 : 0);
	}
	memset(bytes, 0x66, sizeof(bytes));
	bytes[14] = 0xE4;
	assert_int_equal(emulated(bytes, sizeof(bytes)), 0);
	bytes[13] = 0xE4;
	assert_int_equal(emulated(bytes, sizeof(bytes)), 15);
}

/* RDTSC and RDTSCP in both rings, and nothing else in ring 3. */
static void test_time_stamp_counter(void **state)
{
	static const u8 rdtsc[] = {0x0F, 0x31}, rdtscp[] = {0x0F, 0x01, 0xF9}, cli[] = {0xFA};

	(void)state;
	assert_int_equal(emulated(rdtsc, sizeof(rdtsc)), 0);
	guest.clock.tsc_khz = 5;
	for (u32 ring = GUEST_KERNEL_RPL; ring <= GUEST_USER_RPL; ring += 2) {
		regs.cs = 0x60 | ring;
		regs.eax = regs.edx = regs.ecx = 9;
		assert_int_equal(emulated(rdtsc, sizeof(rdtsc)), 2);
		assert_int_equal(regs.eax, 5);
		assert_int_equal(regs.edx, 7);
		assert_int_equal(regs.ecx, 9);
		assert_int_equal(emulated(rdtscp, sizeof(rdtscp)), 3);
		assert_int_equal(regs.ecx, 0);
		assert_int_equal(emulated(cli, sizeof(cli)), ring == GUEST_KERNEL_RPL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(test_ports, prepare),
	    cmocka_unit_test_setup(test_16_bit_code, prepare),
	    cmocka_unit_test_setup(test_from_debug_registers, prepare),
	    cmocka_unit_test_setup(test_to_debug_registers, prepare),
	    cmocka_unit_test_setup(test_control_registers, prepare),
	    cmocka_unit_test_setup(test_all_others, prepare),
	    cmocka_unit_test_setup(test_segment_prefixes, prepare),
	    cmocka_unit_test_setup(test_keyboard_controller, prepare),
	    cmocka_unit_test_setup(test_forms_of_out, prepare),
	    cmocka_unit_test_setup(test_limits_of_idts, prepare),
	    cmocka_unit_test_setup(test_other_tables, prepare),
	    cmocka_unit_test_setup(test_addresses, prepare),
	    cmocka_unit_test_setup(test_length_of_lidt, prepare),
	    cmocka_unit_test_setup(test_ends, prepare),
	    cmocka_unit_test_setup(test_time_stamp_counter, prepare),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
