/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hv/console/console_screen.h"

#include "arch/x86/timer.h"
#include "hv/console/console.h"
#include "hv/console/multiplexer.h"
#include "hv/console/text_screen.h"
#include "hv/sched/schedule.h"

#define DRAW_PERIOD_NS (20u * NS_PER_MS)
#define PART_PERIOD_NS (NS_PER_MS / 5u) /* so parts, of 40 us, take a fifth of the time */
#define STATUS_PERIOD_NS (1000u * NS_PER_MS)

static struct {
	void (*status_line)(char *text, u32 width);
	const struct console *guest; /* the source of the last guest's text; NULL: none yet */
	bool own_text;               /* the hypervisor's own text was shown last */
	const struct console *status_front; /* in front when the status line was written */
	bool status_is_old;                 /* its values may have changed since */
	u64 draw_at;                        /* before it, changes are not shown */
	u64 status_at;                      /* when the status line has to be written again */
} screen;

void console_set_status_line(void (*status_line)(char *text, u32 width))
{
	screen.status_line = status_line;
}

void screen_start(const struct display *display)
{
	screen.own_text = true;
	text_screen_init(display);
}

/* A guest's modes and incomplete escape sequence must not affect the text of another source. Own
 * text within the output of the guest in front is a short interruption: afterwards the guest's
 * modes are restored. */
static void change_source(const struct console *source)
{
	if (source && source == screen.guest) {
		text_screen_resume();
	} else if (!source && !screen.own_text && screen.guest == console_front()) {
		text_screen_interrupt();
	} else {
		text_screen_take_over();
		screen.guest = source;
	}
	screen.own_text = !source;
}

static bool source_changes(const struct console *source)
{
	if (source)
		return source != screen.guest || screen.own_text;
	return !screen.own_text || (screen.guest && screen.guest != console_front());
}

void screen_put(char byte)
{
	const struct console *source = multiplexer_source();

	if (source_changes(source))
		change_source(source);
	text_screen_put(byte);
}

void screen_update_status(u64 now)
{
	char text[DISPLAY_COLUMNS + 1] = "";

	if (screen.status_line)
		screen.status_line(text, DISPLAY_COLUMNS);
	text_screen_status(text);
	screen.status_front = console_front();
	screen.status_at = now + STATUS_PERIOD_NS;
}

/* Writes the status line once a second, and at once when another console has come to front. */
static void update_status(u64 now)
{
	screen.status_is_old = now < screen.status_at && screen.status_front == console_front();
	if (!screen.status_is_old)
		screen_update_status(now);
}

void screen_update(u64 now)
{
	update_status(now);
	if (!text_screen_has_changed() || now < screen.draw_at)
		return;
	text_screen_show_part();
	screen.draw_at =
	    timer_now() + (text_screen_is_partly_shown() ? PART_PERIOD_NS : DRAW_PERIOD_NS);
}

u64 screen_deadline(void)
{
	u64 at = TIMER_NEVER;

	if (text_screen_has_changed())
		at = screen.draw_at;
	if ((screen.status_is_old || schedule_load_percent()) && screen.status_at < at)
		at = screen.status_at;
	return at;
}
