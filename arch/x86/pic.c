/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Intel 8259A (datasheet, "Initialization command words"). */
#include "arch/x86/pic.h"

#include "arch/x86/io.h"
#include "arch/x86/trap_frame.h"

#define MASTER_COMMAND 0x20
#define MASTER_DATA 0x21
#define SLAVE_COMMAND 0xA0
#define SLAVE_DATA 0xA1

/* ELCR1 and ELCR2 (Intel 82371SB), since EISA: a bit for each line, 1 for level triggered. Timer,
 * keyboard, cascade, clock and FPU are edge triggered for any value that is written. */
#define EDGE_OR_LEVEL_0 0x4D0
#define EDGE_OR_LEVEL_1 0x4D1
#define EDGE_ALWAYS_0 0x07
#define EDGE_ALWAYS_1 0x21

#define ICW1_INIT_ICW4 0x11 /* edge triggered; ends special mask mode and rotation */
#define ICW4_8086 0x01      /* normal EOI, no special fully nested mode */
#define OCW2_END_OF_INTERRUPT 0x20
#define OCW2_NO_ROTATION 0x00 /* off, on automatic EOI, which ICW1 does not change */
#define OCW3_NO_SPECIAL_MASK 0x48
#define OCW3_READ_IN_SERVICE 0x0B

#define CASCADE_IRQ 2
#define IRQS_EACH 8
#define MASK_PATTERN 0xA5 /* with the cascade's bit: nothing of the slave's comes */
#define SPURIOUS 7 /* the 8259 reports line 7 if the request has ended before the acknowledgement */

static bool present;

/* The hypervisor uses ISA lines only, which are edge triggered. On a PC without these registers all
 * ones are read. */
static void all_edge_triggered(void)
{
	if (!(inb(EDGE_OR_LEVEL_0) & EDGE_ALWAYS_0) && !(inb(EDGE_OR_LEVEL_1) & EDGE_ALWAYS_1)) {
		outb(EDGE_OR_LEVEL_0, 0);
		outb(EDGE_OR_LEVEL_1, 0);
	}
}

/* Ends modes that ICW1 leaves as they are, and the interrupts in service. ICW1 itself starts the
 * initialization in any state (datasheet: "it is interpreted as ICW1"). */
static void leave_odd_modes(u16 command_port)
{
	outb(command_port, OCW2_NO_ROTATION);
	outb(command_port, OCW3_NO_SPECIAL_MASK);
	for (u32 i = 0; i < IRQS_EACH; i++) /* end what is in service */
		outb(command_port, OCW2_END_OF_INTERRUPT);
}

/* The masks are registers that can be read back, while nothing answers at an empty port. Interrupts
 * are off. */
static bool find(void)
{
	outb(MASTER_DATA, MASK_PATTERN);
	outb(SLAVE_DATA, (u8)~MASK_PATTERN);
	present = inb(MASTER_DATA) == MASK_PATTERN && inb(SLAVE_DATA) == (u8)~MASK_PATTERN;
	if (present) {
		outb(MASTER_DATA, 0xFF & ~(1 << CASCADE_IRQ));
		outb(SLAVE_DATA, 0xFF);
	}
	return present;
}

bool pic_is_present(void)
{
	return present;
}

void pic_init(void)
{
	outb(MASTER_COMMAND, ICW1_INIT_ICW4);
	outb(SLAVE_COMMAND, ICW1_INIT_ICW4);
	outb(MASTER_DATA, VECTOR_IRQ_BASE);
	outb(SLAVE_DATA, VECTOR_IRQ_BASE + IRQS_EACH);
	outb(MASTER_DATA, 1 << CASCADE_IRQ);
	outb(SLAVE_DATA, CASCADE_IRQ);
	outb(MASTER_DATA, ICW4_8086);
	outb(SLAVE_DATA, ICW4_8086);
	if (!find())
		return;
	leave_odd_modes(MASTER_COMMAND);
	leave_odd_modes(SLAVE_COMMAND);
	all_edge_triggered();
}

static u16 data_port(u32 irq)
{
	return irq < IRQS_EACH ? MASTER_DATA : SLAVE_DATA;
}

void pic_unmask(u32 irq)
{
	u16 port = data_port(irq);

	if (present)
		outb(port, inb(port) & ~(1 << irq % IRQS_EACH));
}

void pic_mask(u32 irq)
{
	u16 port = data_port(irq);

	if (present)
		outb(port, inb(port) | 1 << irq % IRQS_EACH);
}

void pic_mask_all(void)
{
	if (present) {
		outb(MASTER_DATA, 0xFF);
		outb(SLAVE_DATA, 0xFF);
	}
}

static bool in_service(u16 command_port, u32 line)
{
	outb(command_port, OCW3_READ_IN_SERVICE);
	return inb(command_port) & 1 << line;
}

bool pic_acknowledge(u32 irq)
{
	bool slave = irq >= IRQS_EACH;

	if (!present)
		return false;
	if (irq % IRQS_EACH == SPURIOUS &&
	    !in_service(slave ? SLAVE_COMMAND : MASTER_COMMAND, SPURIOUS)) {
		if (slave &&
		    in_service(MASTER_COMMAND, CASCADE_IRQ)) /* the master had a real one */
			outb(MASTER_COMMAND, OCW2_END_OF_INTERRUPT);
		return false;
	}
	if (slave)
		outb(SLAVE_COMMAND, OCW2_END_OF_INTERRUPT);
	outb(MASTER_COMMAND, OCW2_END_OF_INTERRUPT);
	return true;
}
