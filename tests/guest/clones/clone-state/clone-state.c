/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: A clone has its parent's registers, FPU, descriptors, gates, TS and current directory.
 * Afterwards each of them changes its own only.
 *
 * Reason: The hypervisor keeps this state, and copies it.
 *
 * Method: Three parties (parties.h). The registers are compared right behind CLONE.
 *
 * Module: mem=4M clones=12
 * Expect: shut down "tap: "
 * Expect-clones: 10 shut down "tap: "
 */
#include "tests/guest/clones/parties.h"

#define WINDOW 0x20000000u
#define BASE 0x5EED0000u
#define OWN_GDT_ENTRY 17
#define OWN_VECTOR 0x90
#define TLS_SELECTOR (GUEST_TLS_FIRST * 8 + 1)
#define GDT_SELECTOR (OWN_GDT_ENTRY * 8 + 1)

static u32 values[PARTIES + 1] = {BASE, BASE + 1, BASE + 2, BASE + 3};
static struct page_table *directories[PARTIES + 1];

static void write_fpu(u32 value)
{
	u32 number = BASE + value;

	__asm__ volatile("fninit; fildl %0" : : "m"(number));
}

static u32 read_fpu(void)
{
	u32 value;

	__asm__ volatile("fistl %0" : "=m"(value));
	return value - BASE;
}

static struct descriptor segment_at(const u32 *word)
{
	return descriptor_make((u32)word, sizeof(u32) - 1, 1, SEGMENT_WRITABLE);
}

static void write_tls(u32 value)
{
	struct descriptor tls[GUEST_TLS_ENTRIES] = {segment_at(&values[value])};

	gs_write(0);
	descriptor_load_tls(tls);
	gs_write(TLS_SELECTOR);
}

static u32 read_tls(void)
{
	u32 value;

	__asm__ volatile("movl %%gs:0, %0" : "=r"(value));
	return value - BASE;
}

static void write_gdt(u32 value)
{
	fs_write(0);
	descriptor_load(OWN_GDT_ENTRY, segment_at(&values[value]));
	fs_write(GDT_SELECTOR);
}

static u32 read_gdt(void)
{
	u32 value;

	__asm__ volatile("movl %%fs:0, %0" : "=r"(value));
	return value - BASE;
}

/* Four handlers of 16 bytes each: they return their number in eax. */
extern char handlers[];
__asm__(".balign 16; handlers: movl $0, %eax; iret; .balign 16; movl $1, %eax; iret;"
	".balign 16; movl $2, %eax; iret; .balign 16; movl $3, %eax; iret");

static void write_gate(u32 value)
{
	gate_set(OWN_VECTOR, GATE_TRAP, 0, (u32)handlers + 16 * value);
}

static u32 read_gate(void)
{
	u32 value;

	__asm__ volatile("int %1" : "=a"(value) : "i"(OWN_VECTOR) : "memory", "cc");
	return value;
}

static void write_directory(u32 value)
{
	directory_switch(directories[value]);
}

static u32 read_directory(void)
{
	return *(volatile u32 *)WINDOW - BASE;
}

static const struct way ways[] = {
    {"the FPU", write_fpu, read_fpu},
    {"a segment of LOAD_TLS", write_tls, read_tls},
    {"a segment of LOAD_GDT_ENTRY", write_gdt, read_gdt},
    {"a gate", write_gate, read_gate},
    {"the current directory", write_directory, read_directory},
};

static u32 use_fpu(u32 argument)
{
	__asm__ volatile("fnop");
	return argument;
}

static bool ts_is_set(void)
{
	return try_call(use_fpu, 0).trapped;
}

/* Only the first clone clears TS. */
static void test_ts(void)
{
	u32 party;

	hcall_ts(true);
	party = split();
	ok(ts_is_set(), "TS is set in each");
	if (party == 1)
		hcall_ts(false);
	clock_sleep_ms(TURN_MS);
	is_equal(ts_is_set(), party != 1, "TS is each one's own");
	if (party)
		done();
	hcall_ts(false);
}

/* All registers behind CLONE, in the order of pushal, and eflags. */
struct registers {
	u32 edi, esi, ebp, esp, ebx, edx, ecx, eax, eflags;
};

#define EFLAGS_TESTED (EFLAGS_CARRY | EFLAGS_DF | EFLAGS_AC)

/* clone_with(registers): loads them, but for esp, makes CLONE, and stores them all. */
void __attribute__((regparm(0))) clone_with(struct registers *registers);
__asm__("clone_with: pushal; pushfl; pushl 40(%esp); movl (%esp), %edx;"
	"pushl 32(%edx); popfl; movl 0(%edx), %edi; movl 4(%edx), %esi; movl 8(%edx), %ebp;"
	"movl 16(%edx), %ebx; movl 24(%edx), %ecx; movl 28(%edx), %eax; movl 20(%edx), %edx;"
	"int $0x1f;"
	"pushfl; pushal; cld; movl 36(%esp), %edi; movl %esp, %esi; movl $9, %ecx;"
	"rep movsl; addl $40, %esp; popfl; popal; ret");

static void test_registers(void)
{
	const struct registers before = {
	    .edi = 0x11111111,
	    .esi = 0x22222222,
	    .ebp = 0x33333333,
	    .ebx = CLONES,
	    .edx = 0x44444444,
	    .ecx = 0x55555555,
	    .eax = HCALL_CLONE,
	    .eflags = EFLAGS_ALWAYS | EFLAGS_TESTED,
	};
	struct registers after = before;
	u32 party;

	clone_with(&after);
	party = after.eax;
	ok(party <= CLONES, "eax has the number of the clone, or 0");
	is_equal(after.ebx, party ? 0 : CLONES, "ebx has the number of clones, in the parent");
	ok(after.edi == before.edi && after.esi == before.esi && after.ebp == before.ebp &&
	       after.edx == before.edx && after.ecx == before.ecx,
	   "the other registers are kept");
	is_equal(after.eflags & EFLAGS_TESTED, EFLAGS_TESTED, "the flags are kept");
	if (party)
		done();
}

const char *guest_main(void)
{
	u32 i;

	paging_start();
	for (i = 0; i <= PARTIES; i++) {
		u32 *page = page_alloc();

		page[0] = BASE + i;
		directories[i] = directory_new();
		page_map(directories[i], WINDOW, gpa_of(page), 0);
	}
	test_registers();
	test_ts();
	play(ways, ARRAY_SIZE(ways));
	done();
}
