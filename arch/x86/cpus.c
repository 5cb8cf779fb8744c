/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "arch/x86/cpus.h"

#include "arch/x86/apic.h"
#include "arch/x86/per_cpu.h"
#include "arch/x86/vectors.h"

static u32 apic_id_of(u32 cpu)
{
	return ((const struct this_cpu *)per_cpu_of(cpu, &this_cpu))->apic_id;
}

void cpu_send_wake(u32 cpu)
{
	apic_send(apic_id_of(cpu), VECTOR_WAKE);
}

void cpu_send_nmi(u32 cpu)
{
	apic_send_nmi(apic_id_of(cpu));
}
