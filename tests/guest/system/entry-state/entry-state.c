/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: A guest starts with the documented registers, segments, memory map and boot
 * parameters.
 *
 * Reason: A Linux kernel depends on each value in its first instructions, long before it could
 * report a wrong one.
 *
 * Method: The kit's entry code records the registers before it uses any.
 *
 * Module: mem=5M -- one two=2
 * Expect: shut down "tap: 23 passed"
 */
#include "guest/include/kit.h"

/* The bits that LAR gives of a descriptor's high word. Bits 16 to 19 are undefined, AVL is free. */
#define RIGHTS_MASK 0xE0FF00u
#define RIGHTS_4KB_UNITS 0x800000u
#define LIMIT_4GB 0xFFFFFFFFu
#define SIZE_HIGH_HALF 4
#define E820_RAM 1

static void test_registers(void)
{
	const struct entry_state *s = &entry_state;

	is_equal(s->cs, GUEST_CS, "cs");
	is_equal(s->ds, GUEST_DS, "ds");
	is_equal(s->es, GUEST_DS, "es");
	is_equal(s->ss, GUEST_DS, "ss");
	is_equal(s->esi, BOOT_PARAMETERS, "esi is where the boot parameters are");
	is_equal(s->eflags, EFLAGS_ALWAYS | EFLAGS_IF, "interrupts are on, no other flag is");
	is_equal(s->eax | s->ebx | s->ecx | s->edx | s->edi | s->ebp | s->esp, 0,
		 "every other general register is 0");
	is_equal(s->fs | s->gs, 0, "fs and gs are null");
}

static u32 limit_of(u32 selector)
{
	u32 limit = 0;

	__asm__("lsl %1, %0" : "+r"(limit) : "r"(selector) : "cc");
	return limit;
}

static u32 rights_of(u32 selector)
{
	u32 rights = 0;

	__asm__("lar %1, %0" : "+r"(rights) : "r"(selector) : "cc");
	return rights & RIGHTS_MASK;
}

static void test_segments(void)
{
	u32 flat = SEGMENT_PRESENT | SEGMENT_DPL(1) | SEGMENT_CODE_OR_DATA | SEGMENT_32BIT |
		   SEGMENT_ACCESSED | RIGHTS_4KB_UNITS;

	is_equal(limit_of(GUEST_CS), LIMIT_4GB, "the code segment ends at 4 GB");
	is_equal(limit_of(GUEST_DS), LIMIT_4GB, "the data segment ends at 4 GB");
	is_equal(rights_of(GUEST_CS), flat | SEGMENT_CODE | SEGMENT_READABLE,
		 "the code segment is code of ring 1");
	is_equal(rights_of(GUEST_DS), flat | SEGMENT_WRITABLE,
		 "the data segment is data of ring 1");
}

static void test_memory_map(void)
{
	const u32 size = BP_E820_TABLE + 8, type = BP_E820_TABLE + 16;

	is_equal(boot_parameter8(BP_E820_ENTRIES), 1, "one e820 entry");
	is_equal(boot_parameter32(BP_E820_TABLE) | boot_parameter32(BP_E820_TABLE + 4), 0,
		 "the e820 entry starts at address 0");
	is_equal(boot_parameter32(size), 5 * MIB,
		 "the e820 entry has the size in the module's line");
	is_equal(boot_parameter32(size + SIZE_HIGH_HALF), 0,
		 "the e820 entry's size has no upper half");
	is_equal(boot_parameter32(type), E820_RAM, "the e820 entry is RAM");
}

static void test_boot_parameters(void)
{
	is_equal(boot_parameter16(BP_VERSION), BP_PROTOCOL, "boot protocol 2.7");
	is_equal(boot_parameter8(BP_TYPE_OF_LOADER), BP_LOADER_UNKNOWN, "an unregistered loader");
	ok(boot_parameter8(BP_LOADFLAGS) & BP_KEEP_SEGMENTS, "the segments are to be kept");
	is_equal(boot_parameter32(BP_HARDWARE_SUBARCH), BP_SUBARCH_LGUEST, "on lguest");
	is_equal(boot_parameter32(BP_CMD_LINE_PTR), BOOT_COMMAND_LINE, "the command line is");
	ok(!strcmp(gpa_pointer(BOOT_COMMAND_LINE), "one two=2"),
	   "the command line is the text behind --");
}

const char *guest_main(void)
{
	test_registers();
	test_segments();
	test_memory_map();
	test_boot_parameters();
	done();
}
