// SPDX-License-Identifier: GPL-2.0-or-later
/* Functions that hv/hypercalls.c and the console call and a test of NOTIFY does not need: other hypercalls, the screen. */
#include "arch/x86/host_windows.h"
#include "arch/x86/irq.h"
#include "arch/x86/keyboard.h"
#include "arch/x86/serial.h"
#include "arch/x86/timer.h"
#include "arch/x86/vga.h"
#include "arch/x86/vga_registers.h"
#include "hv/clock.h"
#include "hv/console/console_screen.h"
#include "hv/console/text_screen.h"
#include "hv/fast_path_state.h"
#include "hv/guest.h"
#include "hv/segments.h"
#include "hv/shadow/shadow_calls.h"
#include "hv/traps.h"
#include "tests/unit/race_cpus.h"

/* -- Hypercalls ------------------------------------------------------------------------------- */

void clock_set_event(struct guest *g, u32 delta)
{
	(void)g, (void)delta;
}

void clock_write_time(struct guest *g)
{
	(void)g;
}

void fast_path_open(struct guest *g)
{
	(void)g;
}

void fast_path_show_shared(struct guest *g)
{
	(void)g;
}

void guest_end(struct guest *g, enum guest_state state, const char *reason)
{
	(void)g, (void)state, (void)reason;
	CHECK(false);
}

void guest_kill(struct guest *g, const char *text, ...)
{
	(void)g, (void)text;
	CHECK(false);
}

void *host_map_window(u32 window, pfn_t first, pfn_t second)
{
	(void)window, (void)first, (void)second;
	return NULL;
}

void segments_load_entry(struct guest *g, u32 index, struct descriptor d)
{
	(void)g, (void)index, (void)d;
}

void segments_load_tls(struct guest *g, gpa_t descriptors)
{
	(void)g, (void)descriptors;
}

enum progress shadow_first_table(struct guest_space *g, gpa_t top)
{
	(void)g, (void)top;
	return DONE;
}

u32 timer_constant_tsc_khz(void)
{
	return 0;
}

/* -- The screen, the keyboard, the interrupt controller ----------------------------------------- */

const struct display vga_display;

bool vga_is_present(void)
{
	return false;
}

void screen_start(const struct display *display)
{
	(void)display;
}

void screen_put(char byte)
{
	(void)byte;
}

void screen_update_status(u64 now)
{
	(void)now;
}

void screen_update(u64 now)
{
	(void)now;
}

u64 screen_deadline(void)
{
	return TIMER_NEVER;
}

void text_screen_put(char c)
{
	(void)c;
}

void text_screen_take_over(void) {}

void text_screen_show(void) {}

bool keyboard_init(void)
{
	return false;
}

bool keyboard_read(u8 *code)
{
	(void)code;
	return false;
}

const char *irq_controller(void)
{
	return "a controller";
}

void irq_unmask(u32 irq)
{
	(void)irq;
}

void timer_arm(u64 at)
{
	(void)at;
}
