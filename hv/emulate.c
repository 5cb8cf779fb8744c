/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A decoder for the instructions that are emulated: SDM vol. 2, IN, OUT, CLI, MOV from and to debug
 * registers, MOV from CR4, RDTSC and RDTSCP, and LIDT with a 32-bit address; with operand-size and segment prefixes.
 */
#include "hv/emulate.h"

#include "arch/x86/cpu.h"
#include "hv/clock.h"
#include "hv/guest.h"
#include "hv/reset.h"
#include "hv/segments.h"
#include "hv/shadow/shadow_calls.h"

#define PREFIX_OPERAND_SIZE 0x66
#define PREFIX_ES 0x26
#define PREFIX_CS 0x2E
#define PREFIX_SS 0x36
#define PREFIX_DS 0x3E
#define PREFIX_FS 0x64
#define PREFIX_GS 0x65
#define OPCODE_CLI 0xFA
#define OPCODE_IO_MASK 0xF4 /* E4 to E7 and EC to EF ... */
#define OPCODE_IO 0xE4
#define OPCODE_IO_OUT 0x02    /* ... bit 1: OUT */
#define OPCODE_IO_WIDE 0x01   /* bit 0: not a byte */
#define OPCODE_IO_DX 0x08     /* bit 3: the port is in dx, not in a byte that follows */
#define OPCODE_TWO_BYTES 0x0F /* the next byte is the opcode: */
#define OPCODE2_TABLES 0x01   /* bits 3 to 5 of the ModR/M byte say which instruction it is */
#define OPCODE2_TSC 0x31
#define OPCODE2_FROM_CONTROL 0x20
#define OPCODE2_FROM_DEBUG 0x21
#define OPCODE2_TO_DEBUG 0x23
#define INSTRUCTION_BYTES_MAX 15u

/* In ModR/M: bits 3 to 5 of LIDT; bits 6 and 7 of a register and of displacements. */
#define TABLES_LIDT 3
#define MODE_NO_DISPLACEMENT 0
#define MODE_DISPLACEMENT_8 1
#define MODE_REGISTER 3
#define REGISTER_ESP 4 /* as a base: a SIB byte follows; as an index: none */
#define REGISTER_EBP 5 /* without a displacement: no base, but 32 bits of displacement */
#define IDT_OPERAND_SIZE 6

/* DR7 after a reset (SDM vol. 3, table 9-1). */
#define DR7_RESET 0x00000400u
/* The bits of DR7 that enable a breakpoint (L0 to G3), or a trap at the next access to a debug
 * register (GD). */
#define DR7_ENABLES 0x000020FFu
#define DR6 6u
#define DR7 7u
#define DR6_STATUS 0x0000E00Fu /* B0 to B3, BD, BS, BT */

struct instruction {
	u8 opcode;
	u8 opcode2; /* if opcode is OPCODE_TWO_BYTES; otherwise 0 */
	u8 mode;    /* if so: bits 6 and 7 of its ModR/M byte, ... */
	u8 special; /* ... bits 3 to 5: which control or debug register, or which LxDT ... */
	u8 general; /* ... and bits 0 to 2: which general register */
	u8 port;    /* of IN and OUT, where it is in the instruction */
	bool short_operand; /* 16 bits rather than 32 */
	u8 segment;         /* the last segment prefix; 0: none */
	u32 length;
};

/* Reads the byte of the instruction at eip + offset; false if it cannot be read. */
static bool fetch(struct guest *g, u32 offset, u8 *byte)
{
	gva_t at;

	return segments_linear(g, g->regs->cs & 0xFFFFu, g->regs->eip + offset, 1, &at) &&
	       guest_virtual_read(&g->space, at, byte, 1);
}

static bool is_io(u8 opcode)
{
	return (opcode & OPCODE_IO_MASK) == OPCODE_IO;
}

static bool is_segment_prefix(u8 byte)
{
	return byte == PREFIX_ES || byte == PREFIX_CS || byte == PREFIX_SS || byte == PREFIX_DS ||
	       byte == PREFIX_FS || byte == PREFIX_GS;
}

/* Finds the opcode behind the prefixes; false if there is none within INSTRUCTION_BYTES_MAX
 * bytes. */
static bool decode_opcode(struct guest *g, struct instruction *i)
{
	bool is_big = segments_is_big(g, g->regs->cs & 0xFFFFu), prefixed = false;

	for (i->length = 1; i->length <= INSTRUCTION_BYTES_MAX; i->length++) {
		if (!fetch(g, i->length - 1, &i->opcode))
			return false;
		if (is_segment_prefix(i->opcode)) {
			i->segment = i->opcode;
		} else if (i->opcode == PREFIX_OPERAND_SIZE) {
			prefixed = true; /* a second one changes nothing */
		} else {
			i->short_operand = is_big == prefixed;
			return true;
		}
	}
	return false;
}

/* Decodes the second byte of the opcode, and the ModR/M byte. MOV ignores the upper two bits of
 * that (SDM vol. 2, MOV to and from control and debug registers). */
static bool decode_two_bytes(struct guest *g, struct instruction *i)
{
	u8 modrm;

	if (!fetch(g, i->length++, &i->opcode2))
		return false;
	if (i->opcode2 == OPCODE2_TSC)
		return true;
	if (!fetch(g, i->length++, &modrm))
		return false;
	i->mode = modrm >> 6;
	i->special = modrm >> 3 & 7;
	i->general = modrm & 7;
	return true;
}

static bool decode_port(struct guest *g, struct instruction *i)
{
	return fetch(g, i->length++, &i->port);
}

/* False if the instruction cannot be read, or is longer than the CPU allows: the CPU raises #GP for
 * its length. */
static bool decode(struct guest *g, struct instruction *i)
{
	*i = (struct instruction){0};
	if (!decode_opcode(g, i))
		return false;
	if (i->opcode == OPCODE_TWO_BYTES && !decode_two_bytes(g, i))
		return false;
	if (is_io(i->opcode) && !(i->opcode & OPCODE_IO_DX) && !decode_port(g, i))
		return false;
	return i->length <= INSTRUCTION_BYTES_MAX;
}

/* IN reads all ones from a bus without devices. */
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

/* Fetches `size` bytes behind what has been decoded, sign-extended. */
static bool decode_displacement(struct guest *g, struct instruction *i, u32 size, u32 *value)
{
	u8 bytes[4] = {0};

	for (u32 n = 0; n < size; n++)
		if (!fetch(g, i->length++, &bytes[n]))
			return false;
	*value = size == 1 ? (bytes[0] ^ 0x80u) - 0x80u
			   : bytes[0] | bytes[1] << 8 | bytes[2] << 16 | (u32)bytes[3] << 24;
	return true;
}

/* The SIB byte, if there is one: adds the scaled index, and leaves the base in *base. */
static bool decode_index(struct guest *g, struct instruction *i, u8 *base, u32 *offset)
{
	u8 sib;

	*base = i->general;
	if (*base != REGISTER_ESP)
		return true;
	if (!fetch(g, i->length++, &sib))
		return false;
	*base = sib & 7;
	if ((sib >> 3 & 7) != REGISTER_ESP)
		*offset += *general_register(g->regs, sib >> 3 & 7) << (sib >> 6);
	return true;
}

static u32 operand_selector(const struct trap_frame *regs, const struct instruction *i,
			    bool on_stack)
{
	switch (i->segment) {
	case PREFIX_ES:
		return regs->es;
	case PREFIX_CS:
		return regs->cs;
	case PREFIX_SS:
		return regs->ss;
	case PREFIX_DS:
		return regs->ds;
	case PREFIX_FS:
		return regs->fs;
	case PREFIX_GS:
		return regs->gs;
	default:
		return on_stack ? regs->ss : regs->ds;
	}
}

/* The selector and offset of a memory operand with a 32-bit address (SDM vol. 2, tables 2-2,
 * 2-3). */
static bool decode_memory(struct guest *g, struct instruction *i, u32 *selector, u32 *offset)
{
	u32 displacement = 0, size = i->mode == MODE_DISPLACEMENT_8 ? 1 : i->mode ? 4 : 0;
	bool has_base;
	u8 base;

	*offset = 0;
	if (i->mode == MODE_REGISTER || !decode_index(g, i, &base, offset))
		return false;
	has_base = i->mode != MODE_NO_DISPLACEMENT || base != REGISTER_EBP;
	if (!decode_displacement(g, i, has_base ? size : 4, &displacement))
		return false;
	*offset += displacement + (has_base ? *general_register(g->regs, base) : 0);
	*selector = operand_selector(g->regs, i, has_base && (base & ~1) == REGISTER_ESP);
	return i->length <= INSTRUCTION_BYTES_MAX;
}

/* 4 and 5 are other names of 6 and 7 while CR4.DE is clear (SDM vol. 3, 17.2.2). */
static u32 debug_register_number(const struct instruction *i)
{
	return i->special | (i->special & 4 ? 2 : 0);
}

/* Debug registers read as after a reset, but for the status of the guest's single steps. */
static u32 debug_register(const struct guest *g, u32 number)
{
	if (number < DR6)
		return 0;
	return number == DR7 ? DR7_RESET : DR6_RESET | g->traps.dr6;
}

/* False if the value would enable a breakpoint. */
static bool write_debug_register(struct guest *g, u32 number, u32 value)
{
	if (number == DR6)
		g->traps.dr6 = value & DR6_STATUS;
	return number != DR7 || !(value & DR7_ENABLES);
}

static bool emulate_move(struct guest *g, const struct instruction *i)
{
	u32 *general = general_register(g->regs, i->general);

	switch (i->opcode2) {
	case OPCODE2_FROM_DEBUG:
		*general = debug_register(g, debug_register_number(i));
		return true;
	case OPCODE2_TO_DEBUG:
		return write_debug_register(g, debug_register_number(i), *general);
	case OPCODE2_FROM_CONTROL:
		if (i->special != 4)
			return false;
		*general = 0; /* a guest has none of CR4's features */
		return true;
	default:
		return false;
	}
}

/* LIDT is decoded only to find a reset, and never emulated: always false. */
static bool try_load_table(struct guest *g, struct instruction *i)
{
	u32 selector, offset;
	u16 limit;
	gva_t at;

	if (i->special == TABLES_LIDT && segments_is_big(g, g->regs->cs & 0xFFFFu) &&
	    decode_memory(g, i, &selector, &offset) &&
	    segments_linear(g, selector & 0xFFFFu, offset, IDT_OPERAND_SIZE, &at) &&
	    guest_virtual_read(&g->space, at, &limit, sizeof(limit)))
		reset_by_idt(g, limit);
	return false;
}

/* False if the guest has ended by this instruction. */
static bool emulate_io(struct guest *g, const struct instruction *i)
{
	u16 port = i->opcode & OPCODE_IO_DX ? (u16)g->regs->edx : i->port;

	if (i->opcode & OPCODE_IO_OUT)
		return !reset_by_output(g, port, (u8)g->regs->eax);
	input_all_ones(g->regs, i);
	return true;
}

/* RDTSC, and RDTSCP, which has the encoding of an LxDT: ecx is then the CPU's number, by Linux's choice. */
static bool is_rdtscp(const struct instruction *i)
{
	return i->opcode2 == OPCODE2_TABLES && i->mode == MODE_REGISTER && i->special == 7 &&
	       i->general == 1;
}

/* False if it is another instruction, or RDTSC is not emulated for this guest. */
static bool emulate_tsc(struct guest *g, const struct instruction *i)
{
	u64 tsc;

	if (!g->clock.tsc_khz || i->opcode != OPCODE_TWO_BYTES ||
	    (i->opcode2 != OPCODE2_TSC && !is_rdtscp(i)))
		return false;
	tsc = clock_tsc(g);
	g->regs->eax = (u32)tsc;
	g->regs->edx = (u32)(tsc >> 32);
	if (is_rdtscp(i))
		g->regs->ecx = 0;
	return true;
}

static bool emulate_privileged(struct guest *g, struct instruction *i)
{
	if (privilege_level(g->regs) != GUEST_KERNEL_RPL)
		return false;
	if (i->opcode != OPCODE_TWO_BYTES)
		return is_io(i->opcode) ? emulate_io(g, i) : i->opcode == OPCODE_CLI;
	return i->opcode2 == OPCODE2_TABLES ? try_load_table(g, i) : emulate_move(g, i);
}

bool emulate_instruction(struct guest *g)
{
	struct instruction i;
	bool emulated;

	if (!decode(g, &i))
		return false;
	emulated = emulate_tsc(g, &i) || emulate_privileged(g, &i);
	if (emulated)
		g->regs->eip += i.length;
	return emulated;
}
