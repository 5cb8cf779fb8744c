/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Just enough of an instruction decoder: SDM vol. 2, IN, OUT and CLI, with the operand-size prefix. */
#include "hv/skip.h"

#include "hv/guest.h"

#define PREFIX_OPERAND_SIZE 0x66
#define OPCODE_CLI 0xFA
#define OPCODE_IO_MASK 0xF4 /* E4 to E7 and EC to EF ... */
#define OPCODE_IO 0xE4
#define OPCODE_IO_OUT 0x02  /* ... bit 1: OUT */
#define OPCODE_IO_WIDE 0x01 /* bit 0: not a byte */
#define OPCODE_IO_DX 0x08   /* bit 3: the port is in dx, not in a byte that follows */
#define INSTRUCTION_BYTES_MAX 15u

struct instruction {
	u8 opcode;
	bool short_operand; /* 16 bits rather than 32 */
	u32 length;
};

/* Reads the byte of the instruction at eip + offset; false if it cannot be read. */
static bool fetch(struct guest *g, u32 offset, u8 *byte)
{
	gva_t at;

	return segments_linear(g, g->regs->cs & 0xFFFFu, g->regs->eip + offset, 1, &at) &&
	       guest_virtual_read(g, at, byte, 1);
}

static bool is_io(u8 opcode)
{
	return (opcode & OPCODE_IO_MASK) == OPCODE_IO;
}

/* False if it is none of ours, or longer than an instruction may be: that is a #GP of its own. */
static bool decode(struct guest *g, struct instruction *i)
{
	bool is_big = segments_is_big(g, g->regs->cs & 0xFFFFu), prefixed = false;

	for (i->length = 1; i->length <= INSTRUCTION_BYTES_MAX; i->length++) {
		if (!fetch(g, i->length - 1, &i->opcode))
			return false;
		if (i->opcode != PREFIX_OPERAND_SIZE)
			break;
		prefixed = true; /* a second one changes nothing */
	}
	i->short_operand = is_big == prefixed;
	if (is_io(i->opcode) && !(i->opcode & OPCODE_IO_DX))
		i->length++;
	return (is_io(i->opcode) || i->opcode == OPCODE_CLI) && i->length <= INSTRUCTION_BYTES_MAX;
}

/* What IN finds on a bus where nothing answers. */
static void input_all_ones(struct trap_frame *regs, const struct instruction *i)
{
	if (!(i->opcode & OPCODE_IO_WIDE))
		regs->eax |= 0xFFu;
	else if (i->short_operand)
		regs->eax |= 0xFFFFu;
	else
		regs->eax = 0xFFFFFFFFu;
}

bool skip_instruction(struct guest *g)
{
	struct instruction i;

	if (!decode(g, &i))
		return false;
	if (is_io(i.opcode) && !(i.opcode & OPCODE_IO_OUT))
		input_all_ones(g->regs, &i);
	g->regs->eip += i.length;
	return true;
}
