/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "arch/x86/cpu_list.h"

#include "arch/x86/acpi_devices.h"
#include "arch/x86/apic.h"
#include "arch/x86/mp_table.h"

static bool has(const struct cpu_list *list, u32 apic_id)
{
	for (u32 i = 0; i < list->count; i++)
		if (list->apic_ids[i] == apic_id)
			return true;
	return false;
}

void cpu_list_add(struct cpu_list *list, u32 apic_id)
{
	if (has(list, apic_id))
		return;
	if (list->count < CPUS_MAX)
		list->apic_ids[list->count++] = apic_id;
	else
		list->beyond++;
}

void cpu_list_find(physical_reader *read, struct cpu_list *list)
{
	list->count = list->beyond = 0;
	if (!apic_is_on()) {
		cpu_list_add(list, 0);
		return;
	}
	cpu_list_add(list, apic_number());
	if (!acpi_find_cpus(read, list))
		mp_find_cpus(read, list);
}
