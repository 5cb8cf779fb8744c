// SPDX-License-Identifier: GPL-2.0-or-later
#include "boot/end.h"

#include "arch/x86/bios_power_off.h"
#include "arch/x86/cpu.h"
#include "arch/x86/power.h"
#include "arch/x86/reset.h"
#include "arch/x86/timer.h"
#include "hv/base/log.h"
#include "hv/console/console_driver.h"
#include "hv/monitor/monitor_machine.h"
#include "lib/string.h"

#define POWER_OFF_NS (500u * NS_PER_MS) /* a power supply may take as long to switch off */

static const char *const names[] = {
    [END_WAIT] = "wait", [END_POWEROFF] = "poweroff", [END_REBOOT] = "reboot", [END_HALT] = "halt"};

bool end_parse(const char *value, enum end_of_machine *end)
{
	for (u32 i = END_WAIT; i < ARRAY_SIZE(names); i++)
		if (!strcmp(value, names[i])) {
			*end = i;
			return true;
		}
	return false;
}

static void wait(u32 ns)
{
	u64 until = timer_now() + ns;

	while (timer_now() < until)
		;
}

NORETURN static void switch_off(enum exit_value value)
{
	debug_exit(value);
	power_off();
	wait(POWER_OFF_NS);
	say("it is now safe to switch off");
	power_off_by_bios();
}

/* Where the output is on a screen, it stays readable until a key is pressed. */
NORETURN static void wait_for_key(enum exit_value value)
{
	console_forget_keys(); /* before the message: a key after it is an answer */
	say("any key switches the machine off, r starts it again");
	if (console_wait_for_key() == 'r')
		machine_restart();
	switch_off(value);
}

/* A command of the monitor overrides end=. */
static enum end_of_machine choose(enum end_of_machine said)
{
	if (monitor_reboot_requested())
		return END_REBOOT;
	return monitor_poweroff_requested() ? END_POWEROFF : said;
}

void end_machine(enum end_of_machine said, enum exit_value value)
{
	enum end_of_machine end = choose(said);

	console_guests_have_ended();
	if (end == END_REBOOT)
		machine_restart();
	if (end == END_HALT) {
		say("halted: it is now safe to switch off");
		halt_forever();
	}
	if (end == END_UNSAID)
		debug_exit(value);
	if (end == END_WAIT || (end == END_UNSAID && console_has_screen()))
		wait_for_key(value);
	switch_off(value);
}
