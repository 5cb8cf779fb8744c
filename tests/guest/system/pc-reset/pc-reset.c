/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: Ring 1 restarts its guest as a kernel restarts a PC: by a command to the keyboard
 * controller that pulses the reset line (0xF0 to 0xFE, even), and by LIDT of an IDT without a gate
 * for double faults. No other command and no other IDT does it, and ring 3 cannot do it at all.
 *
 * Reason: Linux restarts in an emergency (SysRq b) in these ways only, never by a hypercall.
 *
 * Method: Each life does one of them, and counts itself on the disk, which keeps its content. The
 * last life tries everything that must not restart.
 *
 * Disk: 4
 * Expect: restarting "reset by the keyboard controller: 0xfe to port 0x64"
 * Expect: restarting "reset by the keyboard controller: 0xf0 to port 0x64"
 * Expect: restarting "reset by the keyboard controller: 0xfe to port 0x64"
 * Expect: restarting "reset by LIDT: an IDT with limit 0 has no gate for double faults"
 * Expect: restarting "reset by LIDT: an IDT with limit 70 has no gate for double faults"
 * Expect: shut down "tap: "
 */
#include "guest/include/kit.h"

#define LIFE_SECTOR 1
#define FIRST_WORD 128u /* of that sector, as the runner writes it */
#define CONTROLLER 0x64
#define CODE 0x20000000u /* a page for ring 3 */
#define RET 0xC3
#define LIMIT_WITH_DOUBLE_FAULT 71

struct idt_pointer {
	u16 limit;
	u32 base;
} PACKED;

static struct virtio_device disk;
static struct block_header header = {.sector = LIFE_SECTOR};
static volatile u8 status;
static u32 sector[BLOCK_SECTOR / sizeof(u32)];

static void on_disk(struct trap_frame *frame)
{
	(void)frame;
}

static void transfer(u32 type)
{
	struct virtio_part parts[] = {
	    {&header, sizeof(header)}, {sector, sizeof(sector)}, {&status, 1}};
	u32 reads = type == BLOCK_WRITE ? 2 : 1;

	header.type = type;
	queue_do(&disk.queue[0], parts, reads, 3 - reads);
}

/* The number of lives before this one. */
static u32 count_life(void)
{
	ASSERT(virtio_find(&disk, VIRTIO_BLOCK));
	virtio_start(&disk, 0);
	irq_handle(disk.queue[0].irq, on_disk);
	transfer(BLOCK_READ);
	sector[0]++;
	transfer(BLOCK_WRITE);
	return sector[0] - 1 - FIRST_WORD;
}

static void command(u8 value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"((u16)CONTROLLER));
}

/* With a single step due behind it. */
static void command_in_steps(u8 value)
{
	__asm__ volatile("pushfl; orl $0x100, (%%esp); popfl; outb %0, %1"
			 :
			 : "a"(value), "d"(CONTROLLER)
			 : "cc");
}

static u32 load_idt(u32 limit)
{
	struct idt_pointer pointer = {.limit = (u16)limit};

	__asm__ volatile("lidt %0" : : "m"(pointer));
	return 0;
}

static u32 send(u32 value)
{
	command((u8)value);
	return 0;
}

static void test_ignored_commands(void)
{
	u32 trapped = 0;

	for (u32 value = 0; value < 256; value++)
		if (value < 0xF0 || value % 2)
			trapped += try_call(send, value).trapped;
	is_equal(trapped, 0, "every other command to the keyboard controller is ignored");
}

static void test_other_idt(void)
{
	is_trap(try_call(load_idt, LIMIT_WITH_DOUBLE_FAULT), VECTOR_GP, 0,
		"LIDT of an IDT with a gate for double faults is #GP");
	is_trap(try_call(load_idt, 0xFFFF), VECTOR_GP, 0, "LIDT of the largest IDT is #GP");
}

static void try_in_ring_3(const u8 *code, u32 size, const char *text)
{
	static u8 *page;

	if (!page) {
		page = page_alloc();
		page_map(kernel_directory, CODE, gpa_of(page), PTE_USER);
	}
	memcpy(page, code, size);
	is_trap(ring3_execute(CODE), VECTOR_GP, 0, "%s", text);
}

static void test_ring_3(void)
{
	static const u8 out[] = {0xB0, 0xFE, 0xE6, CONTROLLER, RET}; /* movb $0xfe, %al; outb */
	static const u8 lidt[] = {0x31, 0xC0, 0x50, 0x50, 0x0F, 0x01, 0x1C, 0x24}; /* of zeros */

	user_map(kernel_directory);
	try_in_ring_3(out, sizeof(out), "OUT of a reset is #GP in ring 3");
	try_in_ring_3(lidt, sizeof(lidt), "LIDT of an empty IDT is #GP in ring 3");
}

const char *guest_main(void)
{
	paging_start();
	switch (count_life()) {
	case 0:
		command(0xFE);
		break;
	case 1:
		command(0xF0);
		break;
	case 2:
		command_in_steps(0xFE);
		break;
	case 3:
		load_idt(0);
		break;
	case 4:
		load_idt(LIMIT_WITH_DOUBLE_FAULT - 1);
		break;
	default:
		test_ignored_commands();
		test_other_idt();
		test_ring_3();
		done();
	}
	return "still alive";
}
