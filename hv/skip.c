/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Just enough of an instruction decoder: SDM vol. 2, IN, OUT, CLI, MOV from and to debug registers
 * and MOV from CR4, with the operand-size prefix.
 */
#include "hv/skip.h"

#include "hv/guest.h"

#define PREFIX_OPERAND_SIZE 0x66
#define OPCODE_CLI 0xFA
#define OPCODE_IO_MASK 0xF4 /* E4 to E7 and EC to EF ... */
#define OPCODE_IO 0xE4
#define OPCODE_IO_OUT 0x02    /* ... bit 1: OUT */
#define OPCODE_IO_WIDE 0x01   /* bit 0: not a byte */
#define OPCODE_IO_DX 0x08     /* bit 3: the port is in dx, not in a byte that follows */
#define OPCODE_TWO_BYTES 0x0F /* what follows is the opcode: */
#define OPCODE2_FROM_CONTROL 0x20
#define OPCODE2_FROM_DEBUG 0x21
#define OPCODE2_TO_DEBUG 0x23
#define INSTRUCTION_BYTES_MAX 15u

/* What a debug register holds after a reset (SDM vol. 3, table 9-1). */
#define DR6_RESET 0xFFFF0FF0u
#define DR7_RESET 0x00000400u
/* What would switch on a breakpoint (L0 to G3), or a trap at the next access to a register (GD). */
#define DR7_ENABLES 0x000020FFu
#define DR7 7u

struct instruction {
	u8 opcode;
	u8 opcode2;         /* if opcode is OPCODE_TWO_BYTES; otherwise 0 */
	u8 special;         /* if so: which control or debug register ... */
	u8 general;         /* ... and which general register */
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

/* Finds the opcode behind the prefixes; false if there is none within an instruction's bytes. */
static bool decode_opcode(struct guest *g, struct instruction *i)
{
	bool is_big = segments_is_big(g, g->regs->cs & 0xFFFFu), prefixed = false;

	for (i->length = 1; i->length <= INSTRUCTION_BYTES_MAX; i->length++) {
		if (!fetch(g, i->length - 1, &i->opcode))
			return false;
		if (i->opcode != PREFIX_OPERAND_SIZE) {
			i->short_operand = is_big == prefixed;
			return true;
		}
		prefixed = true; /* a second one changes nothing */
	}
	return false;
}

/* The second byte of the opcode, and the ModR/M byte that names two registers: its upper two bits
 * do not count here (SDM vol. 2, MOV to and from control and debug registers). */
static bool decode_move(struct guest *g, struct instruction *i)
{
	u8 registers;

	if (!fetch(g, i->length, &i->opcode2) || !fetch(g, i->length + 1, &registers))
		return false;
	i->length += 2;
	i->special = registers >> 3 & 7;
	i->general = registers & 7;
	return true;
}

/* False if it cannot be read, or is longer than an instruction may be: that is a #GP of its own. */
static bool decode(struct guest *g, struct instruction *i)
{
	i->opcode2 = 0;
	if (!decode_opcode(g, i))
		return false;
	if (i->opcode == OPCODE_TWO_BYTES && !decode_move(g, i))
		return false;
	if (is_io(i->opcode) && !(i->opcode & OPCODE_IO_DX))
		i->length++;
	return i->length <= INSTRUCTION_BYTES_MAX;
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

static u32 *general_register(struct trap_frame *regs, u32 number)
{
	u32 *const registers[] = {&regs->eax, &regs->ecx, &regs->edx, &regs->ebx,
				  &regs->esp, &regs->ebp, &regs->esi, &regs->edi};

	return registers[number];
}

/* 4 and 5 are other names of 6 and 7 while CR4.DE is clear (SDM vol. 3, 17.2.2). */
static u32 debug_register_number(const struct instruction *i)
{
	return i->special | (i->special & 4 ? 2 : 0);
}

static u32 debug_register_at_reset(u32 number)
{
	if (number < 4)
		return 0;
	return number == DR7 ? DR7_RESET : DR6_RESET;
}

/* A kernel that never sets a breakpoint need not notice that it could not. */
static bool skip_move(struct guest *g, const struct instruction *i)
{
	u32 *general = general_register(g->regs, i->general);

	switch (i->opcode2) {
	case OPCODE2_FROM_DEBUG:
		*general = debug_register_at_reset(debug_register_number(i));
		return true;
	case OPCODE2_TO_DEBUG:
		return debug_register_number(i) != DR7 || !(*general & DR7_ENABLES);
	case OPCODE2_FROM_CONTROL:
		if (i->special != 4)
			return false;
		*general = 0; /* no feature that CR4 could switch is the guest's */
		return true;
	default:
		return false;
	}
}

static bool skip_io(struct guest *g, const struct instruction *i)
{
	if (!(i->opcode & OPCODE_IO_OUT))
		input_all_ones(g->regs, i);
	return true;
}

bool skip_instruction(struct guest *g)
{
	struct instruction i;
	bool skipped;

	if (!decode(g, &i))
		return false;
	if (i.opcode == OPCODE_TWO_BYTES)
		skipped = skip_move(g, &i);
	else
		skipped = is_io(i.opcode) ? skip_io(g, &i) : i.opcode == OPCODE_CLI;
	if (skipped)
		g->regs->eip += i.length;
	return skipped;
}
