// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The bare machine under a guest image: the code with which the same image runs without the
 * hypervisor, as a kernel of its own in ring 0. So the CPU itself shows the results that are
 * expected of the hypervisor. Each hypercall becomes the instruction that it stands for:
 *
 *	NEW_PGTABLE, FLUSH_TLB, SET_PGD, SET_PMD    MOV CR3
 *	SET_PTE                                     INVLPG
 *	LOAD_IDT_ENTRY, LOAD_GDT_ENTRY, SET_STACK   stores into the IDT, the GDT and the TSS
 *	NOTIFY, SHUTDOWN                            the serial port, QEMU's debug exit
 *
 * An image with `native := y` in its .mk has this in it, and starts in native_entry.S. Devices are
 * silent here, so there are no interrupts and no clock.
 *
 *	1. The machine's registers
 *	2. The console
 *	3. Hypercalls
 *	4. Start
 */
#include "guest/native/native.h"
#include "guest/include/cpu.h"
#include "guest/include/hypercall.h"
#include "guest/include/paging.h"
#include "guest/include/segments.h"
#include "guest/include/trap.h"
#include "lib/string.h"

/* native_entry.S */
extern char native_hypercall_entry[], native_page_fault_entry[];
void native_start(const u32 *information);

#define NATIVE_MEMORY (4u * 1024 * 1024) /* the image's RAM: a guest's default */
#define FLAT_LIMIT 0xFFFFFFFFu
#define GATE_TYPE_SHIFT 8

/*
 * 1. The machine's registers.
 */
#define CR0_WP 0x10000u
#define CR0_PG 0x80000000u
#define CR4_PAE 0x20u
#define MSR_EFER 0xC0000080u
#define EFER_NXE 0x800u
#define CPUID_EXTENDED_FEATURES 0x80000001u
#define CPUID_NX (1u << 20) /* in edx */
#define CPUID_FEATURES 1u
#define CPUID_PAE (1u << 6) /* in edx */

/* Intel SDM 3, 7.2.1: only the fields that a trap into ring 0 reads are used. */
struct task_state {
	u32 previous, esp0, ss0, unused[22];
	u16 trap, io_map;
};
_Static_assert(sizeof(struct task_state) == 104, "task_state");

static struct task_state task_state = {.ss0 = NATIVE_SS, .io_map = sizeof(struct task_state)};
static struct descriptor gdt[GUEST_GDT_ENTRIES], idt[VECTOR_COUNT];

/* The operand of LGDT and LIDT (Intel SDM 3, 3.5.1). */
struct table_register {
	u16 limit;
	u32 base;
} PACKED;

static void reload_cr3(void)
{
	u32 cr3;

	__asm__ volatile("movl %%cr3, %0; movl %0, %%cr3" : "=r"(cr3) : : "memory");
}

static void load_cr3(gpa_t top)
{
	__asm__ volatile("movl %0, %%cr3" : : "r"(top) : "memory");
}

static void enable_nx(void)
{
	u32 low, high;

	if (!(cpuid(CPUID_EXTENDED_FEATURES).edx & CPUID_NX))
		return;
	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(MSR_EFER));
	__asm__ volatile("wrmsr" : : "a"(low | EFER_NXE), "d"(high), "c"(MSR_EFER));
}

/* Read-only entries hold for the kernel too, as for a guest's. */
static void enable_paging(gpa_t top)
{
	u32 cr0, cr4;

	enable_nx();
	if (GUEST_PAE) { /* a CPU without PAE may have no CR4 */
		__asm__ volatile("movl %%cr4, %0" : "=r"(cr4));
		__asm__ volatile("movl %0, %%cr4" : : "r"(cr4 | CR4_PAE));
	}
	load_cr3(top);
	__asm__ volatile("movl %%cr0, %0" : "=r"(cr0));
	__asm__ volatile("movl %0, %%cr0" : : "r"(cr0 | CR0_PG | CR0_WP) : "memory");
}

/*
 * 2. The console.
 */
#define UART 0x3F8
#define UART_LINE_CONTROL (UART + 3)
#define UART_LINE_STATUS (UART + 5)
#define LINE_8N1 0x03
#define LINE_DLAB 0x80 /* the first two registers are the divisor's */
#define NO_UART 0xFF
#define UART_TRANSMITTER_EMPTY 0x20
#define UART_PATIENCE 2000000u /* looks, of a microsecond each on a PC */
#define SCREEN 0xB8000u        /* VGA, text mode 3: a character and its colour in each word */
#define SCREEN_COLUMNS 80u
#define SCREEN_LAST_ROW (24 * SCREEN_COLUMNS)
#define SCREEN_GREY 0x0700
#define DEBUG_EXIT 0xF4
#define DEBUG_EXIT_DONE 0x10
#define PIC_MASK_1 0x21
#define PIC_MASK_2 0xA1

static void out8(u16 port, u8 value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static u8 in8(u16 port)
{
	u8 value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

/* 115200 baud, 8N1, whatever the loader has left. */
static void start_serial(void)
{
	if (in8(UART_LINE_STATUS) == NO_UART)
		return;
	out8(UART_LINE_CONTROL, LINE_DLAB | LINE_8N1);
	out8(UART, 1);
	out8(UART + 1, 0);
	out8(UART_LINE_CONTROL, LINE_8N1);
}

/* A port where no UART is reads all ones, which looks ready. */
static void put_serial(char c)
{
	for (u32 i = 0; i < UART_PATIENCE; i++)
		if (in8(UART_LINE_STATUS) & UART_TRANSMITTER_EMPTY)
			break;
	out8(UART, c);
}

static void scroll(u16 *screen)
{
	memmove(screen, screen + SCREEN_COLUMNS, SCREEN_LAST_ROW * sizeof(*screen));
	for (u32 i = 0; i < SCREEN_COLUMNS; i++)
		screen[SCREEN_LAST_ROW + i] = SCREEN_GREY | ' ';
}

/* On the bottom row of the PC's text screen, if there is one. */
static void put_on_screen(char c)
{
	static u32 column;
	u16 *screen = gpa_pointer(SCREEN);

	if (c == '\n' || column == SCREEN_COLUMNS) {
		scroll(screen);
		column = 0;
	}
	if (c != '\n')
		screen[SCREEN_LAST_ROW + column++] = SCREEN_GREY | (u8)c;
}

static void print(const char *text)
{
	for (; *text; text++) {
		put_serial(*text);
		put_on_screen(*text);
	}
}

static void stop(void) NORETURN;
static void stop(void)
{
	out8(DEBUG_EXIT, DEBUG_EXIT_DONE);
	for (;;)
		__asm__ volatile("cli; hlt");
}

/*
 * 3. Hypercalls.
 */

/* As PUSHAL leaves it. */
struct native_call {
	u32 edi, esi, ebp, esp, ebx, edx, ecx, eax;
};
void native_hypercall(const struct native_call *call);

u32 native_page_fault_handler;
static bool paging;

static void new_pgtable(gpa_t top)
{
	if (paging)
		load_cr3(top);
	else
		enable_paging(top);
	paging = true;
}

/* The image's page-fault handler finds cr2 in lguest_data. */
static void load_idt_entry(u32 vector, u32 low, u32 high)
{
	u32 entry = (u32)native_page_fault_entry;

	if (vector >= VECTOR_COUNT || vector == HCALL_VECTOR)
		return;
	if (vector == VECTOR_PF) {
		native_page_fault_handler = (high & 0xFFFF0000) | (low & 0xFFFF);
		low = (low & 0xFFFF0000) | (entry & 0xFFFF);
		high = (high & 0xFFFF) | (entry & 0xFFFF0000);
	}
	idt[vector] = (struct descriptor){low, high};
}

static void perform(u32 number, u32 ebx, u32 ecx, u32 edx)
{
	switch (number) {
	case HCALL_SHUTDOWN:
		print("shut down: ");
		print(gpa_pointer(ebx));
		print("\n");
		stop();
	case HCALL_NEW_PGTABLE:
		new_pgtable(ebx);
		break;
	case HCALL_FLUSH_TLB:
	case HCALL_SET_PGD:
	case HCALL_SET_PMD:
		reload_cr3();
		break;
	case HCALL_SET_PTE:
		__asm__ volatile("invlpg (%0)" : : "r"(ecx) : "memory");
		break;
	case HCALL_LOAD_IDT_ENTRY:
		load_idt_entry(ebx, ecx, edx);
		break;
	case HCALL_LOAD_GDT_ENTRY:
		gdt[ebx % GUEST_GDT_ENTRIES] = (struct descriptor){ecx, edx};
		break;
	case HCALL_SET_STACK:
		task_state.esp0 = ecx;
		break;
	case HCALL_NOTIFY:
		print(gpa_pointer(ebx));
		break;
	}
}

static u32 cursor; /* the slot of the ring that runs next */

static void run_ring(void)
{
	while (lguest_data.hcall_status[cursor] != HCALL_SLOT_DONE) {
		volatile struct hypercall_slot *slot = &lguest_data.hcalls[cursor];

		perform(slot->eax, slot->ebx, slot->ecx, slot->edx);
		lguest_data.hcall_status[cursor] = HCALL_SLOT_DONE;
		cursor = (cursor + 1) % HCALL_RING_SIZE;
	}
}

void native_hypercall(const struct native_call *call)
{
	run_ring();
	perform(call->eax, call->ebx, call->ecx, call->edx);
}

/*
 * 4. Start.
 */
#define MULTIBOOT_COMMAND_LINE 4 /* index into the information, and bit 2 of its flags */
#define MULTIBOOT_HAS_COMMAND_LINE (1u << 2)

/* Writes the boot parameters as the hypervisor does. */
static void make_boot_parameters(const u32 *information)
{
	char *command_line = gpa_pointer(BOOT_COMMAND_LINE);

	memset(gpa_pointer(BOOT_PARAMETERS), 0, PAGE_SIZE);
	*command_line = '\0';
	if (information[0] & MULTIBOOT_HAS_COMMAND_LINE)
		strlcpy(command_line, (const char *)information[MULTIBOOT_COMMAND_LINE], PAGE_SIZE);
	*(u32 *)gpa_pointer(BP_CMD_LINE_PTR) = BOOT_COMMAND_LINE;
	*(u32 *)gpa_pointer(BP_E820_TABLE + 8) = NATIVE_MEMORY;
}

static struct descriptor tss_descriptor(void)
{
	struct descriptor made =
	    descriptor_make((u32)&task_state, sizeof(task_state) - 1, 0, SEGMENT_TSS32);

	made.high &= ~(SEGMENT_CODE_OR_DATA | SEGMENT_32BIT);
	return made;
}

/* A kernel in ring 0 may have data segments of ring 1, so GUEST_DS works; SS must be of ring 0. */
static void load_tables(void)
{
	struct table_register gdtr = {sizeof(gdt) - 1, (u32)gdt};
	struct table_register idtr = {sizeof(idt) - 1, (u32)idt};
	u32 entry = (u32)native_hypercall_entry;

	gdt[GUEST_CS / 8] = descriptor_make(0, FLAT_LIMIT, 0, SEGMENT_CODE | SEGMENT_READABLE);
	gdt[GUEST_DS / 8] = descriptor_make(0, FLAT_LIMIT, 1, SEGMENT_WRITABLE);
	gdt[NATIVE_GDT_STACK] = descriptor_make(0, FLAT_LIMIT, 0, SEGMENT_WRITABLE);
	gdt[NATIVE_GDT_TSS] = tss_descriptor();
	idt[HCALL_VECTOR].low = (u32)NATIVE_CS << 16 | (entry & 0xFFFF);
	idt[HCALL_VECTOR].high =
	    (entry & 0xFFFF0000) | GATE_PRESENT | GATE_INTERRUPT << GATE_TYPE_SHIFT;
	__asm__ volatile("lgdt %0" : : "m"(gdtr));
	__asm__ volatile("lidt %0" : : "m"(idtr));
	__asm__ volatile("ltr %w0" : : "r"(NATIVE_GDT_TSS * 8));
}

void native_start(const u32 *information)
{
	out8(PIC_MASK_1, 0xFF);
	out8(PIC_MASK_2, 0xFF);
	start_serial();
	make_boot_parameters(information);
	load_tables();
	if (GUEST_PAE && !(cpuid(CPUID_FEATURES).edx & CPUID_PAE)) {
		print("this CPU has no PAE\n");
		stop();
	}
}
