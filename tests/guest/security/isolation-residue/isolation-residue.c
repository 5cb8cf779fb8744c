/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: A guest that starts after an attacker finds the same in memory, registers, descriptors
 * and translations as one that starts alone.
 *
 * Reason: Any value that an attacker leaves in the machine changes a checksum.
 *
 * Method: The guest prints checksums over all that it can see, and over a fixed piece of work; time
 * is left out. The test boots one such guest alone and one behind each attacker, and compares.
 *
 * Module: mem=2M
 * Expect: shut down "isolation-residue: "
 */
#include "guest/include/kit.h"

const u32 guest_options = GUEST_NO_INIT | GUEST_NO_TRAPS;

#define REGISTERS_PAGE (SWITCHER_START + PAGE_SIZE)
#define STATE_PAGE (SWITCHER_START + 2 * PAGE_SIZE)
#define TOP_PAGES_SEEN 3
#define IMAGE_START (SWITCHER_START + 0x40000) /* of the hypervisor, in its own context */
#define CPUID_FPU 0x00000001u                  /* leaf 1, edx */
#define CPUID_FXSR 0x01000000u
#define SELECTORS_SEEN 0x800u /* of 256 descriptors: more than there are */

/* FNV-1a, by words: every bit that is put in changes what comes out. */
#define HASH_START 2166136261u
#define HASH_PRIME 16777619u

static u32 hash_word(u32 sum, u32 word)
{
	return (sum ^ word) * HASH_PRIME;
}

/* `size` is in bytes, whole words. */
static u32 hash(u32 sum, const volatile void *from, u32 size)
{
	const volatile u32 *word = from;

	for (; size; size -= sizeof(*word))
		sum = hash_word(sum, *word++);
	return sum;
}

/* -- What is there at the start --------------------------------------------------------------- */

static u8 fpu_image[512] ALIGNED(16);

/* The state at the start, before anything changes it. */
static u32 see_fpu(void)
{
	u32 features = cpuid(1).edx;

	if (features & CPUID_FXSR)
		__asm__ volatile("fxsave %0" : "=m"(fpu_image));
	else if (features & CPUID_FPU)
		fpu_save((struct fpu_state *)fpu_image);
	return hash(HASH_START, fpu_image, sizeof(fpu_image));
}

/* All of memory but the image: the boot parameters, and zeros. */
static u32 see_memory(void)
{
	u32 sum = hash(HASH_START, gpa_pointer(BOOT_PARAMETERS), gpa_of(image_start));

	return hash(sum, image_end, boot_memory() - gpa_of(image_end));
}

/*
 * Copies a page of the top 4 MB. The registers page holds the registers of the last exit, so one
 * is made at once in front, always with the same registers: the OUT, which the hypervisor skips.
 */
void copy_after_exit(u32 from, void *to);
__asm__(".pushsection .text\n"
	"copy_after_exit:\n"
	"pushal; movl %eax, %esi; movl %edx, %edi\n"
	"pushl %esi; pushl %edi\n"
	"xorl %eax, %eax; xorl %ebx, %ebx; xorl %edx, %edx; xorl %esi, %esi; xorl %edi, %edi\n"
	"xorl %ebp, %ebp; movl $1024, %ecx\n"
	"outb %al, $0x80\n"
	"popl %edi; popl %esi; cld; rep movsl\n"
	"popal; ret\n"
	".popsection");

static u32 see_top_page(u32 page)
{
	static u32 first[PAGE_SIZE / sizeof(u32)], second[PAGE_SIZE / sizeof(u32)];

	copy_after_exit(page, second);
	do { /* again, if the machine's timer made an exit in between */
		memcpy(first, second, sizeof(first));
		copy_after_exit(page, second);
	} while (memcmp(first, second, sizeof(first)));
	return hash(HASH_START, first, sizeof(first));
}

/* -- What there is to find out ----------------------------------------------------------------- */

/* LAR and LSL of every selector in ring 1. */
static u32 see_segments(void)
{
	u32 selector, rights, limit, sum = HASH_START;

	for (selector = 0; selector < SELECTORS_SEEN; selector++) {
		rights = limit = 0;
		__asm__ volatile("lar %2, %0; lsl %2, %1"
				 : "+r"(rights), "+r"(limit)
				 : "r"(selector)
				 : "cc");
		sum = hash_word(hash_word(sum, rights), limit);
	}
	return sum;
}

static u32 see_tables(void)
{
	struct {
		u16 unused, limit;
		u32 base;
	} PACKED gdt = {0}, idt = {0};
	u32 machine_status, task, local;

	__asm__ volatile("sgdt %0; sidt %1" : "=m"(gdt.limit), "=m"(idt.limit));
	__asm__ volatile("smsw %0; str %1; sldt %2"
			 : "=r"(machine_status), "=r"(task), "=r"(local));
	return hash_word(
	    hash_word(hash(hash(HASH_START, &gdt, sizeof(gdt)), &idt, sizeof(idt)), machine_status),
	    task << 16 | (local & 0xFFFF));
}

static u32 hash_outcome(u32 sum, struct outcome outcome)
{
	sum = hash_word(sum, outcome.trapped);
	if (!outcome.trapped)
		return hash_word(sum, outcome.value);
	return hash_word(hash_word(hash_word(sum, outcome.vector), outcome.error), outcome.cr2);
}

/* The rest of the Switcher's pages: windows on the guest's own memory, if it has used any. */
static u32 see_windows(void)
{
	u32 page, sum = HASH_START;

	for (page = STATE_PAGE + PAGE_SIZE; page < IMAGE_START; page += PAGE_SIZE)
		sum = hash_outcome(sum, try_read(page));
	return sum;
}

#define AREA 0x20000000u

/* Pages with all permissions, each accessed in each way, and the A and D bits that are left. */
static u32 see_faults(void)
{
	static const u32 flags[] = {0, PTE_PRESENT, PTE_PRESENT | PTE_WRITE, PTE_PRESENT | PTE_USER,
				    PTE_PRESENT | PTE_WRITE | PTE_USER};
	u32 i, at, sum = HASH_START;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		at = AREA + i * PAGE_SIZE;
		page_set_quietly(kernel_directory, at, gpa_of(page_with(i)) | flags[i]);
		sum = hash_outcome(sum, try_read(at));
		sum = hash_word(sum, page_lookup(kernel_directory, at));
		sum = hash_outcome(sum, ring3_read(at));
		sum = hash_outcome(sum, ring3_write(at, i));
		sum = hash_outcome(sum, try_write(at, i));
		sum = hash_word(sum, page_lookup(kernel_directory, at));
		page_unmap(kernel_directory, at);
		sum = hash_outcome(sum, try_read(at));
	}
	return hash_outcome(hash_outcome(sum, ring3_read(REGISTERS_PAGE)),
			    try_write(STATE_PAGE, 0));
}

static USER_CODE u32 fibonacci(u32 count)
{
	u32 a = 0, b = 1, next;

	for (; count; count--) {
		next = a + b;
		a = b;
		b = next;
	}
	return a;
}

#define SPACES 40 /* more than there are shadow directories */

/* Address spaces, ring 3, traps and an interrupt. */
static u32 work(void)
{
	static struct page_table *spaces[SPACES];
	u32 i, sum = HASH_START;

	for (i = 0; i < SPACES; i++) {
		spaces[i] = directory_new();
		page_map(spaces[i], AREA, gpa_of(page_with(i)), PTE_WRITE);
		directory_switch(spaces[i]);
		sum = hash_outcome(sum, try_read(AREA));
		sum = hash_outcome(sum, ring3_call(fibonacci, i));
	}
	for (i = 0; i < SPACES; i++) {
		directory_switch(spaces[i]);
		sum = hash_outcome(sum, try_write(AREA, i * i));
		sum = hash_outcome(sum, try_read(AREA + TABLE_SPAN));
	}
	clock_sleep_ms(1);
	return hash_outcome(sum, try_in(0x64, 4));
}

const char *guest_main(void)
{
	u32 fpu = see_fpu(), memory = see_memory();
	u32 at, top = HASH_START, tables = see_tables(), segments = see_segments();
	u32 entry = hash(HASH_START, &entry_state, sizeof(entry_state));

	for (at = 0; at < TOP_PAGES_SEEN; at++)
		top = hash_word(top, see_top_page(SWITCHER_START + at * PAGE_SIZE));
	hcall_lguest_init(gpa_of(&lguest_data));
	kit_start_traps();
	paging_start();
	user_map(kernel_directory);
	plan(1);
	printf("ok 1 - entry %08x fpu %08x memory %08x top %08x tables %08x segments %08x ", entry,
	       fpu, memory, top, tables, segments);
	printf("windows %08x ", see_windows());
	printf("faults %08x ", see_faults());
	printf("then %08x ", see_windows());
	printf("work %08x\n", work());
	return "isolation-residue: done";
}
