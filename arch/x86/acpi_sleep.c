/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The way to S5 (ACPI specification 6.4, 4.8.3.2, 4.8.3.7 and 16.1.7). The method \_PTS is not run:
 * that would need an interpreter.
 *
 *	1. enter ACPI mode, if the machine is not in it: the control registers have no effect before
 *	2. clear the wake status, which would end the sleep at once
 *	3. write the sleep types into the control registers
 *	4. write the bit that starts the sleep, in a write of its own, as some chip sets require
 *
 * The caches need no flush, since memory does not outlive S5.
 */
#include "arch/x86/acpi_sleep.h"

#include "arch/x86/host_windows.h"
#include "arch/x86/io.h"

#define PM1_WAKE_STATUS (1u << 15) /* written to clear it */
#define PM1_ACPI_MODE (1u << 0)    /* SCI_EN */
#define PM1_SLEEP_TYPE_SHIFT 10
#define PM1_SLEEP_TYPE (7u << PM1_SLEEP_TYPE_SHIFT)
#define PM1_SLEEP_ENABLE (1u << 13)

#define SLEEP_STATUS_WAKE (1u << 7)
#define SLEEP_CONTROL_TYPE_SHIFT 2
#define SLEEP_CONTROL_ENABLE (1u << 5)

/* Firmware may take seconds to enter ACPI mode (4.8.2.5 has no limit); a read of a port takes a
 * microsecond. */
#define ACPI_MODE_PATIENCE 3000000u

static volatile u8 *memory_register(const struct acpi_register *r)
{
	u8 *frame = host_map_frame(0, to_pfn(r->address >> FRAME_SHIFT));

	return frame + (r->address & FRAME_OFFSET_MASK);
}

static u16 read16(const struct acpi_register *r)
{
	switch (r->space) {
	case ACPI_MEMORY:
		return *(volatile u16 *)memory_register(r);
	case ACPI_PORT:
		return inw(r->address);
	default:
		return 0;
	}
}

static void write16(const struct acpi_register *r, u16 value)
{
	if (r->space == ACPI_MEMORY)
		*(volatile u16 *)memory_register(r) = value;
	else if (r->space == ACPI_PORT)
		outw(r->address, value);
}

void acpi_write8(const struct acpi_register *r, u8 value)
{
	if (r->space == ACPI_MEMORY)
		*memory_register(r) = value;
	else if (r->space == ACPI_PORT)
		outb(r->address, value);
}

static void enter_acpi_mode(const struct acpi_power *p)
{
	if (!p->smi_command || !p->acpi_enable || read16(&p->control_a) & PM1_ACPI_MODE)
		return;
	outb(p->smi_command, p->acpi_enable);
	for (u32 i = 0; i < ACPI_MODE_PATIENCE && !(read16(&p->control_a) & PM1_ACPI_MODE); i++)
		;
}

/* The register's present value with this sleep type, and SLP_EN clear. */
static u16 with_type(const struct acpi_register *control, u8 type)
{
	u16 others = read16(control) & ~(PM1_SLEEP_TYPE | PM1_SLEEP_ENABLE);

	return others | type << PM1_SLEEP_TYPE_SHIFT;
}

static void sleep_by_pm1(const struct acpi_power *p)
{
	u16 a, b;

	enter_acpi_mode(p);
	write16(&p->event_a, PM1_WAKE_STATUS);
	write16(&p->event_b, PM1_WAKE_STATUS);
	a = with_type(&p->control_a, p->type_a);
	b = with_type(&p->control_b, p->type_b);
	write16(&p->control_a, a);
	write16(&p->control_b, b);
	write16(&p->control_a, a | PM1_SLEEP_ENABLE);
	write16(&p->control_b, b | PM1_SLEEP_ENABLE);
}

void acpi_power_off(const struct acpi_power *p)
{
	if (!p->hardware_reduced) {
		sleep_by_pm1(p);
		return;
	}
	acpi_write8(&p->sleep_status, SLEEP_STATUS_WAKE);
	acpi_write8(&p->sleep_control,
		    p->type_a << SLEEP_CONTROL_TYPE_SHIFT | SLEEP_CONTROL_ENABLE);
}
