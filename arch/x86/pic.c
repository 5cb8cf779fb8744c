/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Intel 8259A: datasheet, "Initialization command words". */
#include "arch/x86/pic.h"

#include "arch/x86/io.h"
#include "arch/x86/registers.h"

#define MASTER_COMMAND 0x20
#define MASTER_DATA 0x21
#define SLAVE_COMMAND 0xA0
#define SLAVE_DATA 0xA1

#define ICW1_INIT_ICW4 0x11
#define ICW4_8086 0x01
#define OCW2_END_OF_INTERRUPT 0x20
#define OCW3_READ_IN_SERVICE 0x0B

#define CASCADE_IRQ 2
#define IRQS_EACH 8
#define SPURIOUS 7 /* an interrupt that went away again shows as the lowest priority */

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
	outb(MASTER_DATA, 0xFF & ~(1 << CASCADE_IRQ));
	outb(SLAVE_DATA, 0xFF);
}

void pic_unmask(u32 irq)
{
	u16 port = irq < IRQS_EACH ? MASTER_DATA : SLAVE_DATA;

	outb(port, inb(port) & ~(1 << irq % IRQS_EACH));
}

void pic_mask_all(void)
{
	outb(MASTER_DATA, 0xFF);
	outb(SLAVE_DATA, 0xFF);
}

static bool in_service(u16 command_port)
{
	outb(command_port, OCW3_READ_IN_SERVICE);
	return inb(command_port) & 1 << SPURIOUS;
}

bool pic_acknowledge(u32 irq)
{
	bool slave = irq >= IRQS_EACH;

	if (irq % IRQS_EACH == SPURIOUS && !in_service(slave ? SLAVE_COMMAND : MASTER_COMMAND)) {
		if (slave) /* the master saw a real interrupt on its cascade line */
			outb(MASTER_COMMAND, OCW2_END_OF_INTERRUPT);
		return false;
	}
	if (slave)
		outb(SLAVE_COMMAND, OCW2_END_OF_INTERRUPT);
	outb(MASTER_COMMAND, OCW2_END_OF_INTERRUPT);
	return true;
}
