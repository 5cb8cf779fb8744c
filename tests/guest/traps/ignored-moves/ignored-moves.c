/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: In ring 1 MOV from a debug register gives its value after a reset, whatever was
 * written before; MOV to a debug register that enables nothing does nothing; MOV from CR4 gives 0.
 * MOV to DR7 with an enabling bit, MOV to CR4, and MOV to or from other control registers are #GP.
 * In ring 3 all of them are #GP.
 *
 * Reason: A kernel that prints its registers in a panic must come to the end. A kernel that sets a
 * breakpoint must learn that it does not get one.
 *
 * Method: Each register with each, esp too, written into a page, with a jump behind it to code that
 * stores all eight registers: one must have the value, the others be as before.
 *
 * Expect: shut down "tap: "
 */
#include "guest/include/kit.h"

#define CODE 0x20000000u /* for ring 3, too */
#define FROM_CONTROL 0x20
#define FROM_DEBUG 0x21
#define TO_CONTROL 0x22
#define TO_DEBUG 0x23
#define REGISTERS 8
#define EAX 0
#define UD2 0x0B0F

/* The general registers before (esp too) and after, in the order of their numbers. */
u32 before[REGISTERS] = {0x100, 0x201, 0x400, 0x303, 0x804, 0x505, 0x606, 0x707};
u32 after[REGISTERS];
u32 kept_esp;

/* call_code(address): calls code that ends with a jump to code_returns. */
u32 call_code(u32 address);
__asm__("call_code:\n"
	"	pushal\n"
	"	movl	%eax, code_address\n"
	"	movl	%esp, kept_esp\n"
	"	movl	before, %eax\n"
	"	movl	before+4, %ecx\n"
	"	movl	before+8, %edx\n"
	"	movl	before+12, %ebx\n"
	"	movl	before+16, %esp\n"
	"	movl	before+20, %ebp\n"
	"	movl	before+24, %esi\n"
	"	movl	before+28, %edi\n"
	"	jmp	*code_address\n"
	"code_returns:\n"
	"	movl	%eax, after\n"
	"	movl	%ecx, after+4\n"
	"	movl	%edx, after+8\n"
	"	movl	%ebx, after+12\n"
	"	movl	%esp, after+16\n"
	"	movl	%ebp, after+20\n"
	"	movl	%esi, after+24\n"
	"	movl	%edi, after+28\n"
	"	movl	kept_esp, %esp\n"
	"	popal\n"
	"	ret\n");
extern char code_returns[];
u32 code_address;

static u8 *page; /* what CODE maps */

/* 0F opcode, the byte that names the registers, JMP code_returns, UD2. */
static void write_code(u8 prefixes, u8 opcode, u32 special, u32 general)
{
	u8 *code = page;
	u32 offset;

	memset(code, 0x66, prefixes);
	code += prefixes;
	*code++ = 0x0F;
	*code++ = opcode;
	*code++ = 0xC0 | special << 3 | general;
	*code++ = 0xE9;
	offset = (u32)code_returns - (CODE + (u32)(code - page) + 4);
	memcpy(code, &offset, 4);
	code[4] = UD2 & 0xFF;
	code[5] = UD2 >> 8;
}

/* Only `general` has changed, to `value`. */
static bool registers_are(u32 general, u32 value)
{
	u32 i;

	for (i = 0; i < REGISTERS; i++)
		if (after[i] != (i == general ? value : before[i]))
			return false;
	return true;
}

#define WRITTEN 0x12345678u

/* After WRITTEN: DR6 keeps its status bits, 0 to 3 and 13 to 15; all else is as after a reset. */
static u32 debug_register(u32 number)
{
	static const u32 values[] = {0, 0, 0, 0, 0xFFFF4FF8, 0x400, 0xFFFF4FF8, 0x400};

	return values[number];
}

static void reads(u8 opcode, u32 special, u32 general, u32 value)
{
	struct outcome outcome;

	write_code(0, opcode, special, general);
	outcome = try_call(call_code, CODE);
	if (!ok(!outcome.trapped && registers_are(general, value), "from %s%u to register %u",
		opcode == FROM_DEBUG ? "DR" : "CR", special, general))
		note("%s; it is %08x", outcome_text(&outcome), after[general]);
}

static void write_passes(u32 special, u32 general, u32 value)
{
	u32 old = before[general];
	struct outcome outcome;

	before[general] = value;
	write_code(0, TO_DEBUG, special, general);
	outcome = try_call(call_code, CODE);
	if (!ok(!outcome.trapped && registers_are(general, value), "%08x to DR%u", value, special))
		note("%s", outcome_text(&outcome));
	before[general] = old;
}

static void is_reflected(u8 opcode, u32 special, u32 eax, const char *what)
{
	struct outcome outcome;

	before[EAX] = eax;
	before[4] = kept_esp; /* the trap's frame needs a stack */
	write_code(0, opcode, special, EAX);
	outcome = try_call(call_code, CODE);
	is_trap(outcome, VECTOR_GP, 0, "%s", what);
	is_equal(outcome.frame.eip, CODE, "the frame points to the refused instruction");
}

static void debug_registers(void)
{
	u32 special, general, i;

	for (special = 0; special < 8; special++)
		for (general = 0; general < REGISTERS; general++) {
			write_passes(special, general, special == 5 || special == 7 ? 0 : WRITTEN);
			reads(FROM_DEBUG, special, general, debug_register(special));
		}
	write_passes(7, EAX, 0xFFFFDF00); /* everything but the enable bits */
	for (i = 0; i < 8; i++)
		is_reflected(TO_DEBUG, 7, 1u << i, "a breakpoint in DR7");
	is_reflected(TO_DEBUG, 7, 1u << 13, "general detect in DR7");
	is_reflected(TO_DEBUG, 5, 1, "a breakpoint by DR7's other name");
}

static void control_registers(void)
{
	u32 general;

	for (general = 0; general < REGISTERS; general++)
		reads(FROM_CONTROL, 4, general, 0);
	is_reflected(TO_CONTROL, 4, 0, "MOV to CR4");
	is_reflected(FROM_CONTROL, 0, 0, "MOV from CR0");
	is_reflected(FROM_CONTROL, 2, 0, "MOV from CR2");
	is_reflected(FROM_CONTROL, 3, 0, "MOV from CR3");
	is_reflected(TO_CONTROL, 0, 0, "MOV to CR0");
}

static void in_ring_3(u8 opcode, u32 special, const char *what)
{
	write_code(0, opcode, special, EAX);
	is_trap(ring3_execute(CODE), VECTOR_GP, 0, "%s in ring 3", what);
}

static void prefixes(void)
{
	write_code(12, FROM_DEBUG, 7, EAX);
	is_fine(try_call(call_code, CODE), "a MOV of 15 bytes is skipped");
	is_equal(after[EAX], debug_register(7), "a MOV with prefixes gives the register's value");
	before[4] = kept_esp;
	write_code(13, FROM_DEBUG, 7, EAX);
	is_trap(try_call(call_code, CODE), VECTOR_GP, 0, "16 are #GP");
}

const char *guest_main(void)
{
	paging_start();
	user_map(kernel_directory);
	page = page_alloc();
	page_map(kernel_directory, CODE, gpa_of(page), PTE_USER);
	if (cpu_has_cpuid())
		control_registers();
	else
		skip("this machine may have no CR4");
	before[4] = 0x804;
	debug_registers();
	in_ring_3(FROM_DEBUG, 0, "MOV from DR0");
	in_ring_3(FROM_DEBUG, 7, "MOV from DR7");
	in_ring_3(TO_DEBUG, 0, "MOV to DR0");
	in_ring_3(FROM_CONTROL, 4, "MOV from CR4");
	prefixes();
	done();
}
