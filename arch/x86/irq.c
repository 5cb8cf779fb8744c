/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "arch/x86/irq.h"

#include "arch/x86/apic.h"
#include "arch/x86/io_apic.h"
#include "arch/x86/pic.h"

_Static_assert(PIC_IRQS == IRQS && ACPI_ISA_IRQS == IRQS && HARDWARE_VECTORS == IRQS,
	       "lines of a PC");

static struct {
	bool io_apic;
	struct acpi_isa_line lines[IRQS];
} irqs;

void irq_init(const struct acpi_devices *devices)
{
	io_apic_init(devices);
	for (u32 irq = 0; irq < IRQS; irq++)
		irqs.lines[irq] = devices->isa[irq];
	/* The 8254 and the HPET pulse or hold this line until they are loaded again. */
	irqs.lines[IRQ_TIMER].level_triggered = irqs.lines[IRQ_TIMER].active_low = false;
	irqs.io_apic = !pic_is_present() && io_apic_has(&irqs.lines[IRQ_TIMER]);
}

void irq_unmask(u32 irq)
{
	if (irqs.io_apic) {
		apic_open();
		io_apic_unmask(&irqs.lines[irq], VECTOR_APIC_BASE + irq);
	} else {
		pic_unmask(irq);
	}
}

void irq_mask(u32 irq)
{
	if (irqs.io_apic)
		io_apic_mask(&irqs.lines[irq]);
	else
		pic_mask(irq);
}

/* No `int n` of a guest leads to the 8259s' vectors. At any other vector, only the local APIC can
 * tell whether it was an interrupt: its in-service bit is set until the acknowledgement. */
enum irq_outcome irq_acknowledge(u32 vector, u32 *irq)
{
	*irq = irq_of_vector(vector);
	if (vector < VECTOR_IRQ_BASE)
		return IRQ_NONE;
	if (vector - VECTOR_IRQ_BASE < PIC_IRQS)
		return pic_acknowledge(*irq) ? IRQ_LINE : IRQ_SPURIOUS;
	if (!apic_acknowledge(vector))
		return IRQ_NONE;
	if (vector == VECTOR_WAKE)
		return IRQ_WAKE;
	return vector >= VECTOR_APIC_BASE ? IRQ_LINE : IRQ_STRAY;
}

const char *irq_controller(void)
{
	if (pic_is_present())
		return "8259";
	return irqs.io_apic ? "I/O APIC" : NULL;
}
