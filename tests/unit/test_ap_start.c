// SPDX-License-Identifier: GPL-2.0-or-later
/* The start of another CPU, which a function plays: the interrupts that it gets, their times, and the state afterwards. */
#include "tests/unit/native.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "arch/x86/ap_start.h"
#include "arch/x86/ap_trampoline.h"
#include "arch/x86/apic.h"
#include "arch/x86/cpu.h"
#include "arch/x86/host_paging.h"
#include "arch/x86/msr.h"
#include "arch/x86/timer.h"
#include "mm/frame_map.h"

#define APIC_ID 5u
#define OWN_ID 2u
#define PAGE_OF_TRAMPOLINE 8u
#define LOOK_NS 20000u
#define NEVER UINT32_MAX

struct cpu_features cpu_features;

/* The words are at 200. */
__asm__(".pushsection .rodata\n"
	".global ap_trampoline_start, ap_words\n"
	"ap_trampoline_start: .fill 256, 1, 0xC3\n"
	".set ap_words, ap_trampoline_start + 200\n"
	".popsection\n");

static struct {
	u64 now;
	u64 look_ns;    /* between two looks at the clock; 0: it stands still */
	u32 answers_at; /* the CPU arrives at this look after the first startup interrupt */
	u32 looks, startups;
	bool in_page; /* it is executable */
	bool has_efer, on;
	char log[256];
	u8 page[AP_TRAMPOLINE_SIZE]; /* as the CPU has found it */
} machine;

static sigjmp_buf arrived;
static u32 entered;

static void log_event(const char *event)
{
	strcat(machine.log, event);
}

static void entry(void)
{
	entered++;
	siglongjmp(arrived, 1);
}

/* The other CPU: from the trampoline to the entry. */
static void arrive(void)
{
	assert_true(machine.in_page);
	memcpy(machine.page, frame_bytes(to_pfn(PAGE_OF_TRAMPOLINE)), sizeof(machine.page));
	if (!sigsetjmp(arrived, 1))
		ap_arrive();
}

u64 timer_now(void)
{
	if (machine.startups && ++machine.looks == machine.answers_at)
		arrive();
	return machine.now += machine.look_ns;
}

static void log_time(const char *event, u32 apic_id)
{
	char text[40];

	assert_int_equal(apic_id, APIC_ID);
	snprintf(text, sizeof(text), "%s@%u ", event, (u32)(machine.now / 100000));
	log_event(text);
}

void apic_send_init(u32 apic_id)
{
	log_time("INIT", apic_id);
}

void apic_send_startup(u32 apic_id, u32 page)
{
	assert_int_equal(page, PAGE_OF_TRAMPOLINE);
	log_time("SIPI", apic_id);
	machine.startups++;
}

bool apic_is_on(void)
{
	return machine.on;
}

u32 apic_number(void)
{
	return OWN_ID;
}

bool apic_can_address(u32 apic_id)
{
	return apic_id < 0xFF;
}

bool try_read_msr(u32 msr, u32 *low)
{
	assert_int_equal(msr, MSR_EFER);
	*low = 0;
	return machine.has_efer;
}

void host_make_executable(pfn_t frame)
{
	assert_int_equal(pfn_value(frame), PAGE_OF_TRAMPOLINE);
	machine.in_page = true;
}

void host_make_not_executable(pfn_t frame)
{
	assert_int_equal(pfn_value(frame), PAGE_OF_TRAMPOLINE);
	machine.in_page = false;
}

static int start(void **state)
{
	(void)state;
	machine_start(64);
	memset(&machine, 0, sizeof(machine));
	memset(frame_bytes(to_pfn(PAGE_OF_TRAMPOLINE)), 0xF1, FRAME_SIZE);
	machine.look_ns = LOOK_NS;
	machine.answers_at = 2;
	machine.has_efer = machine.on = true;
	cpu_features.msr = true;
	entered = 0;
	return 0;
}

/* Afterwards the page is as before. */
static int stop(void **state)
{
	(void)state;
	assert_true(all_bytes_are(frame_bytes(to_pfn(PAGE_OF_TRAMPOLINE)), 0xF1, FRAME_SIZE));
	assert_false(machine.in_page);
	machine_stop();
	return 0;
}

static bool start_cpu(u32 apic_id, bool nx)
{
	struct ap_start how = {0x1000, 0x30, 0xFFC80000, nx, entry};

	return ap_start(apic_id, &how);
}

static void cpu_that_answers_gets_one_startup_interrupt(void **state)
{
	(void)state;
	assert_true(start_cpu(APIC_ID, false));
	assert_int_equal(entered, 1);
	assert_string_equal(machine.log, "INIT@0 SIPI@100 ");
}

static void second_startup_interrupt_follows_after_200_us(void **state)
{
	(void)state;
	machine.answers_at = 200;
	assert_true(start_cpu(APIC_ID, false));
	assert_int_equal(entered, 1);
	assert_string_equal(machine.log, "INIT@0 SIPI@100 SIPI@102 ");
}

static void silent_cpu_is_reset_after_half_a_second(void **state)
{
	(void)state;
	machine.answers_at = NEVER;
	assert_false(start_cpu(APIC_ID, false));
	assert_string_equal(machine.log, "INIT@0 SIPI@100 SIPI@102 INIT@5102 ");
}

/* A process may not execute CLI. */
static void cpu_has_halted(int number)
{
	(void)number;
	siglongjmp(arrived, 1);
}

static void late_cpu_halts(void **state)
{
	void (*before)(int) = signal(SIGSEGV, cpu_has_halted);

	(void)state;
	machine.answers_at = NEVER;
	assert_false(start_cpu(APIC_ID, false));
	machine.in_page = true;
	arrive();
	machine.in_page = false;
	signal(SIGSEGV, before);
	assert_int_equal(entered, 0);
}

static void clock_that_stands_still_ends_the_wait(void **state)
{
	(void)state;
	machine.look_ns = 0;
	machine.answers_at = NEVER;
	assert_false(start_cpu(APIC_ID, false));
	assert_string_equal(machine.log, "INIT@0 SIPI@0 SIPI@0 INIT@0 ");
}

static void trampoline_gets_its_words(void **state)
{
	struct ap_words words,
	    expected = {0x1000, 0x30, 1, 1u << 11, 0xFFC80000, CPUID_1_EDX_PSE | CPUID_1_EDX_PAE};

	(void)state;
	assert_true(start_cpu(APIC_ID, true));
	memcpy(&words, machine.page + 200, sizeof(words));
	assert_memory_equal(&words, &expected, sizeof(words));
	assert_true(all_bytes_are(machine.page, 0xC3, 200));
}

static void efer_is_written_only_where_it_exists(void **state)
{
	struct ap_words words;

	(void)state;
	machine.has_efer = false;
	assert_true(start_cpu(APIC_ID, false));
	memcpy(&words, machine.page + 200, sizeof(words));
	assert_int_equal(words.has_efer, 0);
	machine.has_efer = true;
	machine.startups = machine.looks = 0;
	assert_true(start_cpu(APIC_ID, false));
	memcpy(&words, machine.page + 200, sizeof(words));
	assert_int_equal(words.has_efer, 1);
	assert_int_equal(words.efer, 0);
}

static void cpu_that_cannot_be_addressed_is_sent_nothing(void **state)
{
	(void)state;
	assert_false(start_cpu(OWN_ID, false));
	assert_false(start_cpu(0xFF, false));
	machine.on = false;
	assert_false(start_cpu(APIC_ID, false));
	assert_string_equal(machine.log, "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(cpu_that_answers_gets_one_startup_interrupt),
	    TEST(second_startup_interrupt_follows_after_200_us),
	    TEST(silent_cpu_is_reset_after_half_a_second),
	    TEST(late_cpu_halts),
	    TEST(clock_that_stands_still_ends_the_wait),
	    TEST(trampoline_gets_its_words),
	    TEST(efer_is_written_only_where_it_exists),
	    TEST(cpu_that_cannot_be_addressed_is_sent_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
