// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which instructions are stepped over, how far, and what they leave: code in an array, of which no
 * more can be read than there is.
 */
#include "tests/unit/native.h"

#include <string.h>

#include "hv/guest.h"
#include "hv/skip.h"

#define EIP 0x1000u
#define BYTES_MAX 16u

static struct guest guest;
static struct trap_frame regs;
static struct shadow_engine engine;
static const u8 *code;
static u32 readable;
static bool is_big;

/* -- The guest's memory and segments ----------------------------------------------------------- */

bool segments_is_big(const struct guest *g, u32 selector)
{
	(void)g, (void)selector;
	return is_big;
}

bool segments_linear(const struct guest *g, u32 selector, u32 offset, u32 size, gva_t *linear)
{
	(void)g, (void)selector, (void)size;
	*linear = to_gva(offset);
	return true;
}

static bool read_code(struct guest *g, gva_t at, void *to, u32 size)
{
	u32 offset = gva_value(at) - EIP;

	(void)g;
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
	engine.read = read_code;
	guest.regs = &regs;
	guest.shadow.engine = &engine;
	is_big = true;
	return 0;
}

/* -- Helpers ----------------------------------------------------------------------------------- */

/* How far eip goes; 0 if the instruction is not stepped over. Nothing else than its destination may
 * have changed, for which the caller looks. */
static u32 skipped(const u8 *bytes, u32 size)
{
	bool skipped;

	code = bytes;
	readable = size;
	regs.eip = EIP;
	skipped = skip_instruction(&guest);
	assert_int_equal(skipped, regs.eip != EIP);
	return regs.eip - EIP;
}

#define SKIPPED(...) skipped((const u8[]){__VA_ARGS__}, sizeof((const u8[]){__VA_ARGS__}))

/* -- Tests ------------------------------------------------------------------------------------- */

static void test_ports(void **state)
{
	(void)state;
	assert_int_equal(SKIPPED(0xEC), 1);
	assert_int_equal(regs.eax, 0x111111FF);
	assert_int_equal(SKIPPED(0x66, 0xED), 2);
	assert_int_equal(regs.eax, 0x1111FFFF);
	assert_int_equal(SKIPPED(0xE5, 0x80), 2);
	assert_int_equal(regs.eax, 0xFFFFFFFF);
	regs.eax = 5;
	assert_int_equal(SKIPPED(0xE6, 0x80), 2);
	assert_int_equal(SKIPPED(0xFA), 1);
	assert_int_equal(regs.eax, 5);
}

static void test_16_bit_code(void **state)
{
	(void)state;
	is_big = false;
	assert_int_equal(SKIPPED(0xED), 1);
	assert_int_equal(regs.eax, 0x1111FFFF);
	assert_int_equal(SKIPPED(0x66, 0xED), 2);
	assert_int_equal(regs.eax, 0xFFFFFFFF);
	assert_int_equal(SKIPPED(0x0F, 0x21, 0xF9), 3); /* always 32 bits */
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
		assert_int_equal(SKIPPED(0x0F, 0x21, bits), 3);
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
			assert_int_equal(SKIPPED(0x0F, 0x23, 0xC3 | number << 3), enables ? 0 : 3);
			assert_int_equal(regs.ebx, 1u << bit);
		}
	}
}

static void test_control_registers(void **state)
{
	(void)state;
	for (u32 number = 0; number < 8; number++) {
		regs.esi = 0x1234;
		assert_int_equal(SKIPPED(0x0F, 0x20, 0xC6 | number << 3), number == 4 ? 3 : 0);
		assert_int_equal(regs.esi, number == 4 ? 0 : 0x1234);
		assert_int_equal(SKIPPED(0x0F, 0x22, 0xC6 | number << 3), 0);
	}
}

static void test_all_others(void **state)
{
	(void)state;
	for (u32 opcode = 0; opcode < 256; opcode++) {
		bool is_move = opcode >= 0x20 && opcode <= 0x23;

		if (!is_move)
			assert_int_equal(SKIPPED(0x0F, opcode, 0xE0, 0, 0), 0);
		if (opcode != 0x0F && opcode != 0x66 && opcode != 0xFA && (opcode & 0xF4) != 0xE4)
			assert_int_equal(SKIPPED(opcode, 0x21, 0xC0, 0, 0), 0);
	}
	assert_int_equal(SKIPPED(0xF0, 0x0F, 0x21, 0xC0), 0); /* LOCK: #UD, if it comes to that */
}

/* Where memory ends inside an instruction, and where it is longer than one may be. */
static void test_ends(void **state)
{
	u8 bytes[BYTES_MAX + 2];

	(void)state;
	assert_int_equal(skipped((const u8[]){0x0F, 0x21, 0xC0}, 2), 0);
	assert_int_equal(skipped((const u8[]){0x0F, 0x21, 0xC0}, 1), 0);
	assert_int_equal(skipped((const u8[]){0x66, 0xED}, 1), 0);
	assert_int_equal(skipped((const u8[]){0xED}, 0), 0);
	memset(bytes, 0x66, sizeof(bytes));
	assert_int_equal(skipped(bytes, sizeof(bytes)), 0);
	for (u32 prefixes = 11; prefixes <= 14; prefixes++) {
		memset(bytes, 0x66, sizeof(bytes));
		memcpy(bytes + prefixes, (const u8[]){0x0F, 0x21, 0xC0}, 3);
		assert_int_equal(skipped(bytes, sizeof(bytes)), prefixes <= 12 ? prefixes + 3 : 0);
	}
	memset(bytes, 0x66, sizeof(bytes));
	bytes[14] = 0xE4;
	assert_int_equal(skipped(bytes, sizeof(bytes)), 0);
	bytes[13] = 0xE4;
	assert_int_equal(skipped(bytes, sizeof(bytes)), 15);
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
	    cmocka_unit_test_setup(test_ends, prepare),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
