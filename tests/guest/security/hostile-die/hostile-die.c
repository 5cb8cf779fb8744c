/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: An argument that no correct guest passes kills the guest at once, with a sentence that
 * names the argument. (A shutdown without a reason is a shutdown: Linux reboots so.)
 *
 * Reason: Each would reach memory, a descriptor or a gate that is not the guest's.
 *
 * Method: The case is the argument; see the table at the end.
 *
 * Module: devices=off
 * Case: top-highest killed "bad page directory address 0xffffffff"
 * Case: top-last-page killed "bad page directory address 0xfffff000"
 * Case: set-pte-top-highest killed "bad page directory address 0xffffffff"
 * Case: set-pgd-top-limit killed "bad page directory address 0x400000"
 * Case: set-pgd-2-to-31 killed "bad page directory index 2147483648"
 * Case: set-pgd-highest killed "bad page directory index 4294967295"
 * Case: set-pmd killed "bad hypercall 13"
 * Case: tls-beyond killed "bad address 0x3ffff0 of thread-local segments"
 * Case: tls-highest killed "bad address 0xfffffff8 of thread-local segments"
 * Case: gdt-highest killed "bad segment descriptor index 4294967295"
 * Case: gdt-trap-gate killed "bad segment descriptor"
 * Case: gdt-ring2 killed "bad segment descriptor"
 * Case: gate-6 killed "bad IDT type 6 "
 * Case: gate-7 killed "bad IDT type 7 "
 * Case: gate-12 killed "bad IDT type 12 "
 * Case: gate-segment killed "bad IDT type 14 "
 * Case: gate-highest killed "bad IDT vector 4294967295"
 * Case: stack-rpl-0 killed "bad stack segment 0x68"
 * Case: stack-null killed "bad stack segment 0:"
 * Case: stack-wide killed "bad stack segment 0x10069"
 * Case: stack-pages-highest killed "bad stack: 4294967295 pages"
 * Case: notify-highest killed "bad NOTIFY address 0xffffffff"
 * Case: shutdown-highest shut down "no reason given"
 * Case: shutdown-3 killed "bad SHUTDOWN: 3 "
 * Case: ring-halts killed "halted, and no interrupt can ever wake it"
 * Case: halt-blocked killed "halted, and no interrupt can ever wake it"
 */
#include "guest/include/kit.h"

#define MEMORY (4 * MIB)
#define HIGHEST 0xFFFFFFFFu
#define RING1 1
#define GATE_INTERRUPT_16 0x6u
#define GATE_TRAP_16 0x7u
#define GATE_CALL 0xCu

static u32 top(void)
{
	return gpa_of(kernel_directory);
}

static void load_gate(u32 type, u32 more)
{
	hcall_load_idt_entry(VECTOR_BR, GUEST_CS << 16, GATE_PRESENT | type << 8 | more);
}

static void top_highest(void)
{
	hcall_new_pgtable(HIGHEST);
}

static void top_last_page(void)
{
	hcall_new_pgtable(HIGHEST & ~PAGE_OFFSET_MASK);
}

static void set_pte_top_highest(void)
{
	hcall_set_pte(HIGHEST, (u32)image_start, 0);
}

static void set_pgd_top_limit(void)
{
	hcall_set_pgd(MEMORY, 0);
}

static void set_pgd_2_to_31(void)
{
	hcall_set_pgd(top(), 1u << 31);
}

static void set_pgd_highest(void)
{
	hcall_set_pgd(top(), HIGHEST);
}

static void set_pmd(void)
{
	hypercall(HCALL_SET_PMD, top(), 0, 0, 0);
}

static void tls_beyond(void)
{
	hcall_load_tls(MEMORY - 2 * sizeof(struct descriptor));
}

static void tls_highest(void)
{
	hcall_load_tls(HIGHEST - sizeof(struct descriptor) + 1);
}

static void gdt_highest(void)
{
	descriptor_load(HIGHEST, descriptor_make(0, PAGE_SIZE, RING1, 0));
}

static void gdt_trap_gate(void)
{
	hcall_load_gdt_entry(20, GUEST_CS << 16, SEGMENT_PRESENT | GATE_TRAP << 8);
}

static void gdt_ring2(void)
{
	descriptor_load(20, descriptor_make(0, PAGE_SIZE, 2, SEGMENT_WRITABLE));
}

static void gate_6(void)
{
	load_gate(GATE_INTERRUPT_16, 0);
}

static void gate_7(void)
{
	load_gate(GATE_TRAP_16, 0);
}

static void gate_12(void)
{
	load_gate(GATE_CALL, 0);
}

/* The bit that is S in a segment's descriptor. */
static void gate_segment(void)
{
	load_gate(GATE_INTERRUPT, SEGMENT_CODE_OR_DATA);
}

static void gate_highest(void)
{
	hcall_load_idt_entry(HIGHEST, GUEST_CS << 16, GATE_PRESENT | GATE_TRAP << 8);
}

static void stack_rpl_0(void)
{
	hcall_set_stack(GUEST_DS & ~RING1, (u32)trap_stack + PAGE_SIZE, 1);
}

static void stack_null(void)
{
	hcall_set_stack(0, (u32)trap_stack + PAGE_SIZE, 1);
}

static void stack_wide(void)
{
	hcall_set_stack(GUEST_DS | 1 << 16, (u32)trap_stack + PAGE_SIZE, 1);
}

static void stack_pages_highest(void)
{
	hcall_set_stack(GUEST_DS, (u32)trap_stack + PAGE_SIZE, HIGHEST);
}

static void notify_highest(void)
{
	hcall_notify(HIGHEST);
}

static void shutdown_highest(void)
{
	plan(1); /* reached unless the guest is killed */
	ok(true, "the end will say how");
	hcall_shutdown(HIGHEST, SHUTDOWN_POWEROFF);
}

static void shutdown_3(void)
{
	hcall_shutdown(BOOT_COMMAND_LINE, 3);
}

static void ring_halts(void)
{
	u32 i;

	for (i = 0; i < HCALL_RING_SIZE; i++)
		hypercall_async(HCALL_HALT, 0, 0, 0, 0);
	hcall_flush_async();
}

static void halt_blocked(void)
{
	irq_disable();
	hcall_set_clockevent(NS_PER_MS);
	hcall_halt();
}

static const struct boot_case cases[] = {
    {"top-highest", top_highest},
    {"top-last-page", top_last_page},
    {"set-pte-top-highest", set_pte_top_highest},
    {"set-pgd-top-limit", set_pgd_top_limit},
    {"set-pgd-2-to-31", set_pgd_2_to_31},
    {"set-pgd-highest", set_pgd_highest},
    {"set-pmd", set_pmd},
    {"tls-beyond", tls_beyond},
    {"tls-highest", tls_highest},
    {"gdt-highest", gdt_highest},
    {"gdt-trap-gate", gdt_trap_gate},
    {"gdt-ring2", gdt_ring2},
    {"gate-6", gate_6},
    {"gate-7", gate_7},
    {"gate-12", gate_12},
    {"gate-segment", gate_segment},
    {"gate-highest", gate_highest},
    {"stack-rpl-0", stack_rpl_0},
    {"stack-null", stack_null},
    {"stack-wide", stack_wide},
    {"stack-pages-highest", stack_pages_highest},
    {"notify-highest", notify_highest},
    {"shutdown-highest", shutdown_highest},
    {"shutdown-3", shutdown_3},
    {"ring-halts", ring_halts},
    {"halt-blocked", halt_blocked},
};

const char *guest_main(void)
{
	paging_start();
	return boot_run_case(cases, ARRAY_SIZE(cases));
}
