// SPDX-License-Identifier: GPL-2.0-or-later
#include "boot/outputs.h"

#include "arch/x86/framebuffer.h"
#include "arch/x86/host_windows.h"
#include "arch/x86/post_code.h"
#include "arch/x86/serial_find.h"
#include "arch/x86/vga.h"
#include "arch/x86/vga_registers.h"
#include "boot/command_line.h"
#include "boot/memory.h"
#include "boot/serial_option.h"
#include "hv/base/log.h"
#include "hv/console/console_driver.h"

#define CONSOLE_WORDS_SIZE 32
#define PROBLEM_SIZE 160

static struct boot_info *boot;
static bool framebuffer_started;

static bool is_ram(u32 at)
{
	u32 frame = at >> FRAME_SHIFT;

	for (u32 i = 0; i < boot->ram_count; i++)
		if (frame >= boot->ram[i].first && frame < boot->ram[i].end)
			return true;
	return false;
}

static void say_serial(const struct serial_place *place)
{
	char text[PROBLEM_SIZE];

	serial_describe(place, text, sizeof(text));
	if (place->base != serial_coms[0].base || place->baud != SERIAL_BAUD_DEFAULT)
		say("serial port: %s", text);
}

/* A search for the serial port, and its result. */
struct search {
	char wanted[CONSOLE_WORDS_SIZE]; /* by serial= */
	bool understood;
	struct serial_wish wish;
	enum serial_outcome outcome;
	struct serial_place place;
};

static bool is_missing(const struct search *s)
{
	return s->outcome == SERIAL_FOUND_ELSEWHERE ||
	       (s->outcome == SERIAL_NONE &&
		(s->wish.kind == SERIAL_AT || s->wish.kind == SERIAL_ON_PCI));
}

/* Finds the serial port, and starts the console on it. */
static void start_serial(struct search *s)
{
	static const struct serial_machine machine = {physical_read, is_ram};

	option_value(boot->command_line, "serial", s->wanted, sizeof(s->wanted));
	s->understood = serial_option_parse(s->wanted, &s->wish);
	if (console_wants_serial())
		s->outcome = serial_find(&s->wish, &machine, &s->place);
	console_start_serial(s->outcome == SERIAL_NONE ? NULL : &s->place);
}

/* `wanted`: console= wants a serial port. */
static void report_serial(const struct search *s, bool wanted)
{
	if (!s->understood)
		say("serial=%s is not known: write " SERIAL_OPTION_FORMS, s->wanted);
	else if (wanted && is_missing(s))
		say("serial=%s: no serial port answers there", s->wanted);
	if (s->outcome != SERIAL_NONE)
		say_serial(&s->place);
}

/* The framebuffer is mapped: some can be at once, the others by memory_init. */
static void start_framebuffer(void)
{
	if (!boot->framebuffer.bits || framebuffer_started)
		return;
	framebuffer_use(&boot->framebuffer);
	console_start_screen(&framebuffer_display);
	framebuffer_started = true;
}

static bool lies_on_module(const struct framebuffer_mode *mode)
{
	u32 start = (u32)mode->address, size = framebuffer_size(mode);

	for (u32 i = 0; i < boot->module_count; i++) {
		u32 module = paddr_value(boot->modules[i].start);

		if (module < start + size && start < module + boot->modules[i].size)
			return true;
	}
	return false;
}

/* The framebuffer that the boot loader passed, or VGA text. */
static void start_screen(void)
{
	struct framebuffer_mode *mode = &boot->framebuffer;
	const char *problem;

	if (!mode->bits) {
		if (vga_is_present())
			console_start_screen(&vga_display);
		return;
	}
	problem = framebuffer_problem(mode);
	if (!problem && lies_on_module(mode))
		problem = "a module lies there";
	if (problem) {
		say("the framebuffer is not used: %s", problem);
		mode->bits = 0;
		return;
	}
	if (memory_map_framebuffer(boot))
		start_framebuffer();
	else
		console_await_screen();
}

/* Messages wait until both outputs are there. */
void outputs_start(struct boot_info *info)
{
	struct search search = {.outcome = SERIAL_NONE, .place = serial_coms[0]};
	char where[CONSOLE_WORDS_SIZE] = "";
	bool known, wants_serial;

	boot = info;
	post_code(POST_CONSOLE);
	option_value(info->command_line, "console", where, sizeof(where));
	known = console_init(where);
	wants_serial = console_wants_serial();
	start_serial(&search);
	start_screen();
	report_serial(&search, wants_serial);
	if (!known)
		say("console=%s is not known: write console=serial, vga, both or merged", where);
}

void outputs_memory_is_mapped(void)
{
	start_framebuffer();
}
