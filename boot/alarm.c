/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "boot/alarm.h"

#include "arch/x86/cpu.h"
#include "arch/x86/irq.h"
#include "arch/x86/timer.h"
#include "boot/command_line.h"
#include "hv/base/log.h"
#include "hv/run.h"
#include "lib/format.h"
#include "lib/panic.h"
#include "lib/string.h"

#define WORD_SIZE 16
#define TRIED_SIZE 160
#define NOT_SAID UINT32_MAX

/* More than one: the first may be an interrupt that a boot loader has left pending. */
#define ALARMS_SHOWN 2u

#define PATIENCE_NS (1000u * NS_PER_MS)
#define PATIENCE_LOOKS 100000u

/* The wait ends only after both a minimum time and a minimum number of checks. The time alone would
 * allow a slow host too few checks; the number alone would pass too fast on a fast host. */
static bool interrupts_once(void)
{
	u32 before = run_timer_interrupts();
	u64 until = timer_now() + PATIENCE_NS;

	timer_arm(0);
	for (u32 looks = 0; run_timer_interrupts() == before; looks++) {
		if (looks > PATIENCE_LOOKS && timer_now() > until)
			return false;
		take_interrupts();
	}
	return true;
}

static bool interrupts(void)
{
	for (u32 i = 0; i < ALARMS_SHOWN; i++)
		if (!interrupts_once())
			return false;
	timer_arm(TIMER_NEVER);
	return true;
}

/* The device that timer= names. */
static u32 said_device(const char *command_line)
{
	char word[WORD_SIZE] = "";

	option_value(command_line, "timer", word, sizeof(word));
	if (!*word)
		return NOT_SAID;
	for (u32 n = 0; timer_alarm(n); n++)
		if (!strcmp(word, timer_alarm(n)->word))
			return n;
	say("timer=%s is not known: write timer=apic, pit or hpet", word);
	return NOT_SAID;
}

/* The devices that were tried, each with the reason why it is not used: for the panic. */
static char tried[TRIED_SIZE];

static bool fails(u32 n, const char *reason)
{
	u32 used = strlen(tried);

	snprintf(tried + used, sizeof(tried) - used, "%s%s %s", used ? "; " : "",
		 timer_alarm(n)->name, reason);
	return false;
}

static bool try(u32 n, bool said)
{
	if (!timer_use_alarm(n)) {
		if (said)
			say("timer=%s: this machine has none; trying the others",
			    timer_alarm(n)->word);
		return fails(n, "is missing");
	}
	if (interrupts())
		return true;
	say("%s counts, but does not interrupt; trying the others", timer_alarm(n)->name);
	return fails(n, "does not interrupt");
}

void alarm_choose(const char *command_line)
{
	u32 said = said_device(command_line);

	if (said != NOT_SAID && try(said, true))
		return;
	for (u32 n = 0; timer_alarm(n); n++)
		if (n != said && try(n, false))
			return;
	panic("no timer interrupts: %s%s", tried, irq_controller() ? "" : "; no 8259 or I/O APIC");
}
