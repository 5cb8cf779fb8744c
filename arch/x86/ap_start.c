/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "arch/x86/ap_start.h"

#include "arch/x86/ap_trampoline.h"
#include "arch/x86/apic.h"
#include "arch/x86/cpu.h"
#include "arch/x86/host_paging.h"
#include "arch/x86/memory_map.h"
#include "arch/x86/msr.h"
#include "arch/x86/timer.h"
#include "lib/string.h"
#include "mm/frame_map.h"

#define PAGE (AP_TRAMPOLINE_LOAD >> FRAME_SHIFT)

#define AFTER_INIT_NS (10 * NS_PER_MS) /* SDM vol. 3, 8.4.4.1 */
#define AFTER_STARTUP_NS (200 * NS_PER_US)
#define ANSWER_NS (500 * NS_PER_MS) /* QEMU with -icount gives the other CPU a turn each 100 ms */
#define LOOKS_MOST 10000000u

enum state {
	WAITING, /* for the CPU to arrive */
	ARRIVED,
	GIVEN_UP, /* it came too late, or never */
};

static u32 state;
static void (*entry)(void);
static u8 firmware[AP_TRAMPOLINE_SIZE]; /* the page's own contents, while the trampoline is there */

/* -- The CPU that starts -- */

/* Of a CPU that arrives and one that gives it up, the first decides. */
static bool stop_waiting(u32 next)
{
	u32 expected = WAITING;

	return __atomic_compare_exchange_n(&state, &expected, next, false, __ATOMIC_SEQ_CST,
					   __ATOMIC_SEQ_CST);
}

/* From ARRIVED on, the next CPU may be started: `entry` is then that one's. */
void ap_arrive(void)
{
	void (*own_entry)(void) = entry;

	if (stop_waiting(ARRIVED))
		own_entry();
	halt_forever();
}

/* -- The CPU that starts it -- */

/* Waits until the CPU has arrived, `ns` at most. The looks are counted, since the clock may stand
 * still. */
static bool await(u64 ns)
{
	u64 end = timer_now() + ns;
	bool arrived = false;

	for (u32 i = 0; i < LOOKS_MOST && !arrived && timer_now() < end; i++) {
		arrived = __atomic_load_n(&state, __ATOMIC_ACQUIRE) == ARRIVED;
		__asm__ volatile("pause"); /* a CPU without it executes NOP */
	}
	return arrived;
}

static bool wake(u32 apic_id)
{
	apic_send_init(apic_id);
	await(AFTER_INIT_NS);
	apic_send_startup(apic_id, PAGE);
	if (await(AFTER_STARTUP_NS))
		return true;
	apic_send_startup(apic_id, PAGE);
	return await(ANSWER_NS);
}

/* After the second INIT, the CPU stays where the first has put it. */
static bool wake_or_give_up(u32 apic_id)
{
	if (wake(apic_id) || !stop_waiting(GIVEN_UP))
		return true;
	apic_send_init(apic_id);
	await(AFTER_INIT_NS);
	return false;
}

/* False if the page does not keep the bytes that are written to it: then it is not RAM. */
static bool put_trampoline(u8 *page, const struct ap_start *how)
{
	u32 efer;
	struct ap_words words = {
	    .cr3 = how->cr3,
	    .cr4 = how->cr4,
	    .has_efer = cpu_features.msr && try_read_msr(MSR_EFER, &efer),
	    .efer = how->nx ? EFER_NXE : 0,
	    .stack = how->stack,
	    .needs = (how->cr4 & CR4_PSE ? CPUID_1_EDX_PSE : 0) |
		     (how->cr4 & CR4_PAE ? CPUID_1_EDX_PAE : 0),
	};
	u8 *place = page + (ap_words - ap_trampoline_start);

	memcpy(firmware, page, sizeof(firmware));
	memcpy(page, ap_trampoline_start, AP_TRAMPOLINE_SIZE);
	memcpy(place, &words, sizeof(words));
	return !memcmp(page, ap_trampoline_start, ap_words - ap_trampoline_start) &&
	       !memcmp(place, &words, sizeof(words));
}

/* AP_TRAMPOLINE_LOAD is below 1 MB: mapped one to one, and never given out (boot/boot_parser.c). A
 * CPU that has arrived has left the page, so the contents that it had before can come back. */
bool ap_start(u32 apic_id, const struct ap_start *how)
{
	u8 *page = frame_map(to_pfn(PAGE));
	bool started = false;

	if (!apic_is_on() || !apic_can_address(apic_id) || apic_id == apic_number())
		return false;
	entry = how->entry;
	__atomic_store_n(&state, WAITING, __ATOMIC_SEQ_CST);
	if (put_trampoline(page, how)) {
		host_make_executable(to_pfn(PAGE));
		started = wake_or_give_up(apic_id);
		host_make_not_executable(to_pfn(PAGE));
	}
	memcpy(page, firmware, sizeof(firmware));
	return started;
}
