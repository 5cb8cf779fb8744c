/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The CPUs, as hv/sched shares them between its files: who sleeps, who is woken for what. */
#ifndef HV_SCHED_CPUS_H
#define HV_SCHED_CPUS_H

#include "arch/x86/per_cpu.h"
#include "hv/sched/schedule.h"

/* Under the machine's lock. Bit n of a mask is for CPU n. */
struct sched_cpus {
	u32 count;   /* of the machine */
	u32 online;  /* has joined */
	u32 idle;    /* sleeps, and has not been woken yet */
	u32 stopper; /* the CPU that keeps guests off the others; NO_CPU: none */
};
extern struct sched_cpus sched_cpus;

static inline struct scheduler *scheduler_of(u32 cpu)
{
	return per_cpu_of(cpu, &scheduler);
}

static inline u32 cpu_bit(u32 cpu)
{
	return 1u << cpu;
}

/* No other CPU takes part, nor will: each joins at its own time. */
static inline bool sched_is_single(void)
{
	return sched_cpus.count == 1;
}

/* The CPUs on which it may run. It waits for one that has not joined yet. */
static inline u32 sched_allowed(const struct vcpu *v)
{
	u32 all = cpu_bit(sched_cpus.count) - 1;

	return v->cpus & all ? v->cpus & all : all;
}

/* The CPU that is to wake for a vCPU that waits: the one that ran it last if it sleeps, else another
 * one. NO_CPU: none sleeps. */
u32 sched_idle_cpu_for(const struct vcpu *v);

/* Interrupts another CPU, so that it decides anew. */
void sched_wake_cpu(u32 cpu);

#endif
