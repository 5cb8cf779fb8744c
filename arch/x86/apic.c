/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SDM vol. 3, chapter 10. An interrupt of the local APIC (its timer, another CPU, an I/O APIC, a
 * device's message) can have any vector from 16 up, also one that is a guest's own gate. So all
 * local sources are masked, and the task priority holds back all vectors, also those that are
 * pending. It does not hold back ExtINT, NMI, SMI and INIT (10.8.3.1): the pins LINT0 and LINT1
 * still work.
 *
 * If the hypervisor uses the APIC's timer, an I/O APIC, or other CPUs, the priority is lowered by
 * one class: the vectors from VECTOR_APIC_BASE up come, and no others. No guest has a direct gate
 * there. For a trap at one of them, the in-service bit tells an interrupt from a guest's `int n`.
 *
 * An interrupt mode register (IMCR) may stay as it is: it leads the 8259s' line past the APIC or to
 * LINT0, and both work.
 */
#include "arch/x86/apic.h"

#include "arch/x86/cpu.h"
#include "arch/x86/host_windows.h"
#include "arch/x86/irq.h"
#include "arch/x86/msr.h"
#include "arch/x86/pic.h"

#define BASE_RESET 0xFEE00000u
#define BASE_X2APIC (1u << 10)
#define BASE_ENABLE (1u << 11)
#define FAMILY_WITH_BASE 6 /* older families: at its address after reset */

#define ID 0x020
#define ID_SHIFT 24 /* but not in an x2APIC */
#define VERSION 0x030
#define VERSION_LAST_ENTRY_SHIFT 16
#define TASK_PRIORITY 0x080
#define END_OF_INTERRUPT 0x0B0
#define SPURIOUS 0x0F0
#define IN_SERVICE 0x100 /* 8 registers of 32 vectors */
#define ERROR_STATUS 0x280
#define LVT_MACHINE_CHECK 0x2F0
#define COMMAND 0x300 /* the interrupt command register (10.6.1); an x2APIC's has 64 bits */
#define COMMAND_HIGH 0x310
#define LVT_TIMER 0x320
#define LVT_THERMAL 0x330
#define LVT_PERFORMANCE 0x340
#define LVT_LINT0 0x350
#define LVT_LINT1 0x360
#define LVT_ERROR 0x370
#define TIMER_INITIAL 0x380
#define TIMER_CURRENT 0x390
#define TIMER_DIVIDE 0x3E0
#define TIMER_DIVIDE_BY_1 0xBu
#define REGISTER_STEP 0x10

#define SPURIOUS_ENABLE (1u << 8)
#define PRIORITY_HIGHEST 0xFFu
#define PRIORITY_OPEN (VECTOR_APIC_BASE - 1u)
#define COMMAND_NMI (4u << 8)
#define COMMAND_INIT (5u << 8)
#define COMMAND_STARTUP (6u << 8)
#define COMMAND_PENDING (1u << 12)
#define COMMAND_ASSERT (1u << 14)
#define EVERY_CPU 0xFFu /* as an address; an x2APIC's is EVERY_CPU_X2APIC */
#define EVERY_CPU_X2APIC 0xFFFFFFFFu
#define SEND_TRIES 10000u

#define LVT_MASKED (1u << 16)
#define LVT_NMI (4u << 8)
#define LVT_EXTINT (7u << 8)

/* The low four bits are ones, as the first APICs require. The slave 8259's spurious interrupt has
 * the same vector. */
#define SPURIOUS_VECTOR (VECTOR_IRQ_BASE + PIC_IRQS - 1)

enum access { ACCESS_NONE, ACCESS_MEMORY, ACCESS_MSRS };

static struct {
	enum access access;      /* the same on every CPU, as all of these */
	volatile u32 *registers; /* ACCESS_MEMORY */
	u32 frame;               /* that they lie in */
	u32 priority;            /* of the task */
} apic;

static u32 apic_read(u32 at)
{
	if (apic.access == ACCESS_MSRS)
		return read_msr(MSR_X2APIC + at / REGISTER_STEP);
	return apic.registers[at / sizeof(u32)];
}

static void apic_write(u32 at, u32 value)
{
	if (apic.access == ACCESS_MSRS)
		write_msr(MSR_X2APIC + at / REGISTER_STEP, value);
	else
		apic.registers[at / sizeof(u32)] = value;
}

static u64 base_register(void)
{
	if (cpu_features.msr && cpu_features.family >= FAMILY_WITH_BASE)
		return read_msr(MSR_APIC_BASE);
	return BASE_RESET | BASE_ENABLE;
}

/* Finds out how to reach the registers. If they lie beyond 4 GB, the APIC is switched off: its pins
 * are then the CPU's INTR and NMI. */
static enum access find(void)
{
	u64 base;

	if (!cpu_features.apic)
		return ACCESS_NONE;
	base = base_register();
	if (!(base & BASE_ENABLE))
		return ACCESS_NONE;
	if (base & BASE_X2APIC)
		return ACCESS_MSRS;
	if (base >> 32) {
		write_msr(MSR_APIC_BASE, base & ~(u64)BASE_ENABLE);
		return ACCESS_NONE;
	}
	apic.frame = (u32)base >> FRAME_SHIFT;
	apic.registers = host_map_device(to_pfn(apic.frame));
	return ACCESS_MEMORY;
}

/* Later APICs have more entries. A masked entry needs a valid vector, too. */
static void mask_local_sources(void)
{
	static const u16 entries[] = {LVT_TIMER,       LVT_LINT0,   LVT_LINT1,        LVT_ERROR,
				      LVT_PERFORMANCE, LVT_THERMAL, LVT_MACHINE_CHECK};
	u32 last = apic_read(VERSION) >> VERSION_LAST_ENTRY_SHIFT & 0xFF;

	for (u32 i = 0; i < ARRAY_SIZE(entries) && i <= last; i++)
		apic_write(entries[i], LVT_MASKED | SPURIOUS_VECTOR);
	apic_write(TIMER_INITIAL, 0);
}

static bool is_in_service(u32 vector)
{
	return apic_read(IN_SERVICE + vector / 32 * REGISTER_STEP) >> vector % 32 & 1;
}

/* Each EOI ends the interrupt with the highest vector, so they are ended from there down. */
static void end_interrupts_in_service(void)
{
	for (u32 vector = VECTOR_COUNT; vector-- > 0;)
		if (is_in_service(vector))
			apic_write(END_OF_INTERRUPT, 0);
}

/* All sources are masked afterwards. */
static void set_up(u32 priority)
{
	apic.priority = priority;
	apic_write(TASK_PRIORITY, apic.priority);
	apic_write(SPURIOUS, SPURIOUS_ENABLE | SPURIOUS_VECTOR);
	mask_local_sources();
	apic_write(ERROR_STATUS, 0);
	end_interrupts_in_service();
}

void apic_init(void)
{
	apic.access = find();
	if (apic.access == ACCESS_NONE)
		return;
	set_up(PRIORITY_HIGHEST);
	apic_write(LVT_LINT0, LVT_EXTINT);
	apic_write(LVT_LINT1, LVT_NMI);
}

/* True if this CPU's registers can be reached as the boot CPU's are. INIT does not end x2APIC mode
 * (10.12.5.1). */
static bool has_same_access(void)
{
	u64 base;

	if (apic.access == ACCESS_NONE)
		return false;
	base = base_register();
	if (!(base & BASE_ENABLE))
		return false;
	if (apic.access == ACCESS_MEMORY)
		return base >> FRAME_SHIFT == apic.frame && !(base & BASE_X2APIC);
	write_msr(MSR_APIC_BASE, base | BASE_X2APIC);
	return true;
}

bool apic_init_this_cpu(void)
{
	if (!has_same_access())
		return false;
	set_up(PRIORITY_OPEN);
	return true;
}

bool apic_acknowledge(u32 vector)
{
	if (apic.access == ACCESS_NONE || !is_in_service(vector))
		return false;
	apic_write(END_OF_INTERRUPT, 0);
	return true;
}

bool apic_is_on(void)
{
	return apic.access != ACCESS_NONE;
}

void apic_open(void)
{
	apic.priority = PRIORITY_OPEN;
	apic_write(TASK_PRIORITY, apic.priority);
}

void apic_close(void)
{
	if (apic.access == ACCESS_NONE)
		return;
	apic.priority = PRIORITY_HIGHEST;
	apic_write(TASK_PRIORITY, apic.priority);
}

u32 apic_number(void)
{
	return apic.access == ACCESS_MSRS ? apic_read(ID) : apic_read(ID) >> ID_SHIFT;
}

/* -- To other CPUs -- */

bool apic_can_address(u32 apic_id)
{
	return apic_id < (apic.access == ACCESS_MSRS ? EVERY_CPU_X2APIC : EVERY_CPU);
}

static void wait_until_sent(void)
{
	for (u32 i = 0; i < SEND_TRIES && apic_read(COMMAND) & COMMAND_PENDING; i++)
		;
}

/* One write, which may overtake stores before it (10.12.3): what they tell the other CPU has to be
 * visible first. CPUID waits for them (8.3), and is no instruction that a 486 lacks. */
static void send_by_msr(u32 apic_id, u32 command)
{
	u32 eax = 0;

	__asm__ volatile("cpuid" : "+a"(eax) : : "ebx", "ecx", "edx", "memory");
	write_msr(MSR_X2APIC + COMMAND / REGISTER_STEP, (u64)apic_id << 32 | command);
}

/* The write of the lower half sends. */
static void send_by_memory(u32 apic_id, u32 command)
{
	wait_until_sent();
	apic_write(COMMAND_HIGH, apic_id << ID_SHIFT);
	apic_write(COMMAND, command);
	wait_until_sent();
}

static void send(u32 apic_id, u32 command)
{
	if (apic.access == ACCESS_NONE || !apic_can_address(apic_id))
		return;
	if (apic.access == ACCESS_MSRS)
		send_by_msr(apic_id, command | COMMAND_ASSERT);
	else
		send_by_memory(apic_id, command | COMMAND_ASSERT);
}

void apic_send(u32 apic_id, u32 vector)
{
	send(apic_id, vector);
}

void apic_send_nmi(u32 apic_id)
{
	send(apic_id, COMMAND_NMI);
}

void apic_send_init(u32 apic_id)
{
	send(apic_id, COMMAND_INIT);
}

void apic_send_startup(u32 apic_id, u32 page)
{
	send(apic_id, COMMAND_STARTUP | page);
}

/* -- Timer -- */

void apic_timer_unmask(void)
{
	apic_write(LVT_TIMER, VECTOR_APIC_BASE + IRQ_TIMER); /* one-shot */
}

void apic_timer_mask(void)
{
	apic_write(LVT_TIMER, LVT_MASKED | SPURIOUS_VECTOR);
}

void apic_timer_start(u32 count)
{
	apic_write(TIMER_DIVIDE, TIMER_DIVIDE_BY_1);
	apic_write(TIMER_INITIAL, count);
}

u32 apic_timer_count(void)
{
	return apic_read(TIMER_CURRENT);
}

#ifdef CONFIG_TEST_HYPERCALL
#define COMMAND_TO_ITSELF (1u << 18)

void apic_test_interrupt(u32 vector, bool unheld)
{
	if (apic.access == ACCESS_NONE)
		return;
	apic_write(TASK_PRIORITY, unheld ? 0 : apic.priority);
	apic_write(COMMAND, COMMAND_TO_ITSELF | COMMAND_ASSERT | vector);
}
#endif
