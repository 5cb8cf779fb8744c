// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A boot loader that leaves the machine in a bad state: in all states that the Multiboot
 * specification leaves open, and in a few that no real loader leaves. The loader is itself booted
 * by Multiboot:
 *
 *	its command line     the bad states, by name, from the table at the end
 *	its first module     an ELF file, the kernel that it loads; its words are the kernel's command line
 *	the other modules    the kernel's
 */
#include "abi/elf.h"
#include "arch/x86/io.h"
#include "arch/x86/memory_map.h"
#include "lib/string.h"

/* The used fields of the Multiboot information structure (specification 0.6.96, 3.3). */
struct multiboot_information {
	u32 flags, memory_lower, memory_upper, boot_device;
	const char *command_line;
	u32 module_count;
	struct multiboot_module *modules;
};

#define HAS_SYMBOLS (1u << 4 | 1u << 5)

struct multiboot_module {
	u8 *start, *end;
	const char *string;
	u32 reserved;
};

u32 loader_eflags = 0x2;

/* The memory that the kernel is loaded to. It belongs to this program, so the real boot loader puts no
 * module there: GRUB's modules begin at the lowest free address from 1 MB up. The linker script
 * places it. */
static u8 room[3 << 20] __attribute__((section(".bss.room")));

u32 loader_main(struct multiboot_information *information); /* called by loader_entry.S */

#define SERIAL_PORT 0x3F8

/* Ends the program with a message, which an emulated serial port takes without being set up. */
static void stop(const char *text)
{
	while (*text)
		outb(SERIAL_PORT, *text++);
	for (;;)
		__asm__ volatile("cli; hlt");
}

/* -- 1. The registers ------------------------------------------------------------------------- */

#define MSR_APIC_BASE 0x1B
#define MSR_PAT 0x277
#define MSR_DEBUGCTL 0x1D9
#define MSR_EFER 0xC0000080
#define APIC_BASE_X2APIC 0x400
#define APIC_BASE_ENABLE 0x800
#define APIC ((volatile u32 *)0xFEE00000)
#define APIC_TPR (0x080 / 4)
#define APIC_SPURIOUS (0x0F0 / 4)
#define APIC_TIMER (0x320 / 4)
#define APIC_LINT0 (0x350 / 4)
#define APIC_LINT1 (0x360 / 4)
#define APIC_TIMER_INITIAL (0x380 / 4)
#define APIC_MASKED 0x10000
#define APIC_PERIODIC 0x20000
#define TIMER_VECTOR 239
#define TIMER_TICKS 100000

static u32 cpuid_edx(u32 leaf)
{
	u32 eax = leaf, ebx, ecx = 0, edx;

	__asm__ volatile("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
	return edx;
}

/* A flag of CPUID's leaf 7. Returns false if the CPU has no leaf 7. */
static bool leaf_7_has(bool in_ecx, u32 bit)
{
	u32 eax = 0, ebx, ecx, edx;

	__asm__ volatile("cpuid" : "+a"(eax), "=b"(ebx), "=c"(ecx), "=d"(edx));
	if (eax < 7)
		return false;
	eax = 7;
	ecx = 0;
	__asm__ volatile("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
	return (in_ecx ? ecx : ebx) >> bit & 1;
}

static void set_msr(u32 msr, u32 bits)
{
	u32 low, high;

	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
	__asm__ volatile("wrmsr" : : "a"(low | bits), "d"(high), "c"(msr));
}

static void set_cr0(u32 bits)
{
	u32 value;

	__asm__ volatile("movl %%cr0, %0" : "=r"(value));
	__asm__ volatile("movl %0, %%cr0" : : "r"(value | bits));
}

static void set_cr4(u32 bits)
{
	u32 value;

	__asm__ volatile("movl %%cr4, %0" : "=r"(value));
	__asm__ volatile("movl %0, %%cr4" : : "r"(value | bits));
}

/* -- 2. The bad states ------------------------------------------------------------------------ */

static void efer_sce(void)
{
	set_msr(MSR_EFER, 1 << 0);
}

/* LME with PAE, as a loader leaves them that has been in 64-bit mode. */
static void efer_lme(void)
{
	set_cr4(1 << 5);
	set_msr(MSR_EFER, 1 << 8);
}

static void flags_nt(void)
{
	loader_eflags |= 1 << 14;
}

static void flags_odd(void)
{
	loader_eflags |= 1 << 10 | 3 << 12 | 1 << 18 | 1 << 21; /* DF, IOPL, AC, ID */
}

static void cr0_caches(void)
{
	set_cr0(1u << 30 | 1u << 29);
}

/* MP, EM, TS, NE, WP, AM. */
static void cr0_odd(void)
{
	set_cr0(1 << 1 | 1 << 2 | 1 << 3 | 1 << 5 | 1 << 16 | 1 << 18);
}

static void cr4_pae(void)
{
	set_cr4(1 << 5);
}

/* Bits of CR4 that a flag of leaf 7 allows. */
static const struct {
	bool in_ecx;
	u8 flag, bit;
} new_bits[] = {
    {false, 0, 16},  /* FSGSBASE */
    {false, 7, 20},  /* SMEP */
    {false, 20, 21}, /* SMAP */
    {true, 2, 11},   /* UMIP */
    {true, 3, 22},   /* PKE */
    {true, 7, 23},   /* CET, which requires CR0.WP */
};

/* Sets VME, PVI, TSD, DE, PSE, MCE, PGE, PCE, OSFXSR, OSXMMEXCPT; and those of new_bits that the
 * CPU has. */
static void cr4_odd(void)
{
	set_cr0(1 << 16);
	set_cr4(0x7DF);
	for (u32 i = 0; i < ARRAY_SIZE(new_bits); i++)
		if (leaf_7_has(new_bits[i].in_ecx, new_bits[i].flag))
			set_cr4(1u << new_bits[i].bit);
}

/* A breakpoint on writes to the registers page, which the hypervisor's first store after the gates
 * writes. */
static void breakpoint(void)
{
	__asm__ volatile("movl %0, %%dr0" : : "r"(CPU_AREA + PAGE_BYTES - 28));
	__asm__ volatile("movl %0, %%dr7" : : "r"(0xD0402)); /* G0, 4 bytes, writes */
}

static void general_detect(void)
{
	__asm__ volatile("movl %0, %%dr7" : : "r"(0x2400));
}

static void pat(void)
{
	__asm__ volatile("wrmsr" : : "a"(0), "d"(0), "c"(MSR_PAT)); /* all uncached */
}

static void debugctl(void)
{
	set_msr(MSR_DEBUGCTL, 1 << 1); /* BTF */
}

static void lint0_masked(void)
{
	APIC[APIC_LINT0] |= APIC_MASKED;
	APIC[APIC_LINT1] |= APIC_MASKED;
}

static void apic_timer_at(u32 vector)
{
	APIC[APIC_SPURIOUS] = 0x1FF;
	APIC[APIC_TPR] = 0;
	APIC[APIC_TIMER] = APIC_PERIODIC | vector;
	APIC[APIC_TIMER_INITIAL] = TIMER_TICKS;
	while (!(APIC[(0x200 + vector / 32 * 16) / 4] >> vector % 32 & 1)) /* until it is in IRR */
		;
}

static void apic_timer(void)
{
	apic_timer_at(TIMER_VECTOR);
}

/* At the vector of the guests' system calls. */
static void apic_timer_syscall(void)
{
	apic_timer_at(0x80);
}

static void apic_soft_off(void)
{
	APIC[APIC_SPURIOUS] = 0xFF;
}

static void apic_tpr(void)
{
	APIC[APIC_TPR] = 0xFF;
}

static void apic_off(void)
{
	u32 low, high;

	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(MSR_APIC_BASE));
	__asm__ volatile("wrmsr" : : "a"(low & ~APIC_BASE_ENABLE), "d"(high), "c"(MSR_APIC_BASE));
}

/* Enables x2APIC mode, and masks LINT0 there. */
static void x2apic(void)
{
	set_msr(MSR_APIC_BASE, APIC_BASE_X2APIC);
	set_msr(0x800 + 0x35, APIC_MASKED);
}

static void uart_dlab(void)
{
	outb(0x3F8 + 3, 0x03);
	outb(0x3F8 + 1, 0x0F); /* every interrupt */
	outb(0x3F8 + 3, 0x83);
}

static void uart_loop(void)
{
	outb(0x3F8 + 3, 0x43); /* break */
	outb(0x3F8 + 4, 0x10); /* loop back */
	outb(0x3F8 + 2, 0xC1);
}

/* Leaves both 8259s in the middle of their initialisation. */
static void pic_midway(void)
{
	outb(0x20, 0x11);
	outb(0x21, 0x70);
	outb(0xA0, 0x19);
}

/* All interrupts unmasked; automatic EOI with rotation, special fully nested mode, special mask
 * mode and a poll command. */
static void pic_odd(void)
{
	for (u16 port = 0x20; port <= 0xA0; port += 0x80) {
		outb(port, 0x11);
		outb(port + 1, port == 0x20 ? 0x08 : 0x70);
		outb(port + 1, port == 0x20 ? 1 << 2 : 2);
		outb(port + 1, 0x13);
		outb(port + 1, 0x00);
		outb(port, 0x80);
		outb(port, 0x6C);
	}
}

static void elcr(void)
{
	outb(0x4D0, 0xF8);
	outb(0x4D1, 0xDE);
}

/* Counters 0 and 2 of the 8254 take the low byte only and make square waves; the speaker is on. */
static void pit_odd(void)
{
	outb(0x43, 0x16);
	outb(0x40, 0x12);
	outb(0x43, 0x96);
	outb(0x42, 0x34);
	outb(0x61, inb(0x61) | 3);
}

static void descriptor_tables(void)
{
	static const struct {
		u16 limit;
		u32 base;
	} PACKED nothing = {0, 0xFFFFF000};

	__asm__ volatile("lidt %0; lgdt %0" : : "m"(nothing));
}

static void sysenter(void)
{
	set_msr(0x174, 8);
	set_msr(0x176, 0x1000);
}

static void syscall_msrs(void)
{
	if (!(cpuid_edx(0x80000001) >> 11 & 1))
		stop("loader: this CPU has no SYSCALL\n");
	__asm__ volatile("wrmsr" : : "a"(0x1000), "d"(8), "c"(0xC0000081));
	efer_sce();
}

/* In the order in which they are set: later states may prevent earlier ones. */
static const struct {
	const char *name;
	void (*make)(void);
} states[] = {
    {"efer-sce", efer_sce},
    {"syscall", syscall_msrs},
    {"sysenter", sysenter},
    {"nt", flags_nt},
    {"flags", flags_odd},
    {"caches", cr0_caches},
    {"cr0", cr0_odd},
    {"cr4", cr4_odd},
    {"pae", cr4_pae},
    {"lme", efer_lme},
    {"pat", pat},
    {"debugctl", debugctl},
    {"lint0", lint0_masked},
    {"timer", apic_timer},
    {"timer-0x80", apic_timer_syscall},
    {"tpr", apic_tpr},
    {"apic-soft-off", apic_soft_off},
    {"apic-off", apic_off},
    {"x2apic", x2apic},
    {"pic-midway", pic_midway},
    {"pic", pic_odd},
    {"elcr", elcr},
    {"pit", pit_odd},
    {"dlab", uart_dlab},
    {"loop", uart_loop},
    {"tables", descriptor_tables},
    {"breakpoint", breakpoint},
    {"general-detect", general_detect},
};

/* -- 3. Loading ------------------------------------------------------------------------------- */

static bool lies_in_room(const struct elf_segment *s)
{
	u32 offset = s->paddr - (u32)room;

	return offset <= sizeof(room) && s->memory_size <= sizeof(room) - offset;
}

static u32 load_elf(const u8 *file)
{
	const struct elf_header *header = (const struct elf_header *)file;
	const struct elf_segment *s = (const struct elf_segment *)(file + header->segments);

	for (u32 i = 0; i < header->segment_count; i++, s++) {
		if (s->type != ELF_SEGMENT_LOAD)
			continue;
		if (!lies_in_room(s))
			stop("loader: the kernel does not lie between 1 MB and 4 MB\n");
		memcpy((void *)s->paddr, file + s->offset, s->file_size);
		memset((void *)(s->paddr + s->file_size), 0, s->memory_size - s->file_size);
	}
	return header->entry;
}

/* True if `name` is one of the words, which blanks separate. */
static bool is_asked_for(const char *words, const char *name)
{
	size_t length = strlen(name);

	for (const char *at = words; *at; at++)
		if ((at == words || at[-1] == ' ') && !memcmp(at, name, length) &&
		    (at[length] == ' ' || !at[length]))
			return true;
	return false;
}

u32 loader_main(struct multiboot_information *information)
{
	const char *words = information->command_line;
	struct multiboot_module *kernel = information->modules;
	u32 entry = load_elf(kernel->start);

	information->flags &= ~HAS_SYMBOLS; /* they are this program's */
	information->command_line = kernel->string;
	information->modules++;
	information->module_count--;
	for (u32 i = 0; i < ARRAY_SIZE(states); i++)
		if (is_asked_for(words, states[i].name))
			states[i].make();
	return entry;
}
