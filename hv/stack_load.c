/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hv/stack_load.h"

#include "hv/guest.h"
#include "hv/segments.h"

#define OPCODE_POP_SS 0x17
#define OPCODE_MOV_SEGMENT 0x8E
#define SEGMENT_SS 2 /* in bits 3 to 5 of ModR/M */

/* ModR/M (SDM vol. 2, tables 2-1 to 2-3). */
#define MODE_REGISTER 3
#define BASE_SIB 4          /* 32-bit addresses: a SIB byte follows */
#define BASE_DISPLACEMENT 5 /* without a displacement: one of 32 bits, and no base */
#define BASE_DISPLACEMENT_16 6

#define BEFORE 8u /* bytes that are examined: MOV SS has at most 7 */

/* The number of bytes of ModR/M, SIB and displacement, with 32-bit addresses. */
static u32 operand_length(const u8 *modrm)
{
	u32 mode = modrm[0] >> 6, base = modrm[0] & 7, length = 1;

	if (mode == MODE_REGISTER)
		return length;
	if (base == BASE_SIB) {
		base = modrm[1] & 7;
		length++;
	}
	if (mode == 0)
		return length + (base == BASE_DISPLACEMENT ? 4 : 0);
	return length + (mode == 1 ? 1 : 4);
}

/* The same with 16-bit addresses. */
static u32 operand_length_16(u8 modrm)
{
	u32 mode = modrm >> 6, base = modrm & 7;

	if (mode == MODE_REGISTER)
		return 1;
	if (mode == 0)
		return base == BASE_DISPLACEMENT_16 ? 3 : 1;
	return mode + 1;
}

static bool is_mov_ss(const u8 *at, u32 length)
{
	return at[0] == OPCODE_MOV_SEGMENT && (at[1] >> 3 & 7) == SEGMENT_SS &&
	       (operand_length(at + 1) == length - 1 || operand_length_16(at[1]) == length - 1);
}

/* Returns 0 for an address without memory: 0 is none of the opcodes above. */
static u8 peek(struct guest *g, u32 eip)
{
	struct address_walk walk;
	gva_t at;
	u8 byte = 0;

	if (!segments_linear(g, g->regs->cs & 0xFFFFu, eip, 1, &at))
		return 0;
	g->space.shadow.engine->inspect(&g->space, at, &walk);
	if (walk.leads)
		guest_read_u8(&g->space.memory, walk.gpa, &byte);
	return byte;
}

bool stack_was_loaded(struct guest *g)
{
	u8 bytes[BEFORE];

	for (u32 i = 0; i < BEFORE; i++)
		bytes[i] = peek(g, g->regs->eip - BEFORE + i);
	if (bytes[BEFORE - 1] == OPCODE_POP_SS)
		return true;
	for (u32 length = 2; length < BEFORE; length++)
		if (is_mov_ss(bytes + BEFORE - length, length))
			return true;
	return false;
}
