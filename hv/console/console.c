/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Moves bytes between the consoles and the hardware: multiplexer.h says which byte goes out next,
 * console_input.h takes what is typed.
 *
 *	1. sending             4. interrupts
 *	2. options, start      5. what is done outside of interrupts
 *	3. text of our own
 *
 * Sending is polled until the guests run, and after they have ended. In between, a guest that prints also
 * sends, in its own time: an emulated UART is ready again at once, and would interrupt others for each load.
 * When the guest's stretch is spent, its console owes the rest: that is sent in the guest's next turn, and with
 * it whatever other guests print meanwhile. When
 * the UART is not ready, or what is to be sent is not a living guest's, the UART interrupts as soon as it is, and gets
 * the next bytes then.
 */
#include "hv/console/console.h"

#include "arch/x86/cpu.h"
#include "arch/x86/keyboard.h"
#include "arch/x86/pic.h"
#include "arch/x86/serial.h"
#include "arch/x86/timer.h"
#include "hv/base/log.h"
#include "hv/base/stretch.h"
#include "hv/console/console_input.h"
#include "hv/console/console_screen.h"
#include "hv/console/multiplexer.h"
#include "hv/console/scancodes.h"
#include "hv/console/text_screen.h"
#include "hv/guest.h"
#include "hv/hypercalls.h"
#include "hv/run.h"
#include "hv/sched/schedule.h"
#include "lib/format.h"
#include "lib/min_max.h"
#include "lib/string.h"

#define LOAD_MAX 16u      /* bytes to be shown at a time where there is no UART */
#define END_ROOM 2048u    /* bytes that a guest's end, its statistics and its next beginning take */
#define REASONS_MAX 4u    /* of one interrupt */
#define LOOKS_AT_ONCE 64u /* at a UART that is busy, each of a microsecond on a PC */
#define CODES_MAX 16u     /* a controller has one at a time, an emulated one a few */

#define ERASE_LINE "\x1b[2K" /* ECMA-48, 8.3.41 */

/* Where the interrupt of a UART gets lost, it is looked after now and then. */
#define LOST_INTERRUPT_NS (50u * NS_PER_MS)

static struct {
	bool serial, vga, keyboard;
	bool interrupts;   /* are used, else everything is polled */
	bool transmitting; /* the UART will interrupt when it is ready for more */
	u32 owing;         /* consoles that owe */
	bool panicking;
	u64 look_at_uart; /* while it is transmitting */
	bool poll_is_due; /* the scheduler knows that poll() has something to do */
	struct keyboard held_keys;
} console;

/* Sees to it that the scheduler calls poll(), and asks for the deadline. */
static void want_poll(void)
{
	if (!console.poll_is_due)
		schedule_soon();
	console.poll_is_due = true;
}

/* -- 1. Sending -------------------------------------------------------------------------------- */

static void show(char byte)
{
	if (!console.vga)
		return;
	screen_put(byte);
	want_poll();
}

static void draw(void)
{
	if (console.vga)
		text_screen_show();
}

static bool is_ready(void)
{
	return !console.serial || serial_is_ready();
}

/* As much as the UART takes at once. It is ready. */
static void load(void)
{
	u32 most = console.serial ? serial_fifo() : LOAD_MAX;
	char byte;

	for (u32 n = most; n && multiplexer_next(&byte); n--) {
		if (console.serial)
			serial_send(byte);
		show(byte);
	}
}

static void owe(struct console *c, bool owes)
{
	console.owing += owes - c->owes;
	c->owes = owes;
}

/* The turns of those that owe will send it. */
static bool is_owed(void)
{
	return console.owing && is_ready() && !multiplexer_own_waits();
}

/* What can be sent without waiting, while the stretch lasts. Returns true if all is out. */
static bool transmit(void)
{
	while (multiplexer_has_next()) {
		if (!is_ready())
			return false;
		load();
		if (stretch_is_spent())
			break;
	}
	return !multiplexer_has_next();
}

static void interrupt_when_ready(bool more)
{
	if (console.serial && more != console.transmitting)
		serial_interrupt_when(true, more);
	console.transmitting = more;
	if (more && !console.serial)
		want_poll(); /* a screen never interrupts */
}

/* In the hypervisor's time. Output that a guest owes stays for that guest's turns. */
static void send_some(void)
{
	bool more = is_owed() || !transmit();

	interrupt_when_ready(more && !is_owed());
}

/* While guests run, waiting for the line is no reason to keep interrupts off. */
static void let_others_in(void)
{
	if (console.interrupts)
		stretch_window(NULL, "waiting for the line");
}

/* A line that never gets ready is given up for the rest of the time. */
static void wait_and_load(void)
{
	for (u32 looks = 0; !is_ready(); looks++) {
		if (looks == SERIAL_PATIENCE)
			console.serial = false;
		if (looks % LOOKS_AT_ONCE == 0)
			let_others_in();
	}
	load();
	let_others_in();
}

void console_flush(void)
{
	while (multiplexer_has_next())
		wait_and_load();
	draw();
}

/* There is something to send. */
static void send(void)
{
	if (console.interrupts)
		send_some();
	else
		console_flush();
}

bool console_owes(const struct console *c)
{
	return c->owes;
}

void console_pay(struct console *c)
{
	bool more = !transmit();

	owe(c, more && is_ready() && multiplexer_waits(c));
	interrupt_when_ready(more && !is_owed());
}

void console_forgive(struct console *c)
{
	owe(c, false);
	send();
}

u32 console_write(struct console *c, const char *bytes, u32 size)
{
	u32 taken = multiplexer_write(c, bytes, size);

	if (!console.interrupts)
		console_flush();
	else if (multiplexer_shows(c) && (c->owes || !console.owing))
		console_pay(c);
	if (c->owes || c->refused)
		schedule_soon();     /* the guest must not run on */
	if (multiplexer_is_merged()) /* a line without its end has a deadline */
		want_poll();
	return taken;
}

/* -- 2. Options, start ------------------------------------------------------------------------- */

static bool is_word(const char *word, u32 length, const char *known)
{
	return strlen(known) == length && !strncmp(word, known, length);
}

/* One word of console=; false if it is not known. */
static bool take_word(const char *word, u32 length, bool *merged)
{
	if (is_word(word, length, "serial"))
		console.vga = false;
	else if (is_word(word, length, "vga"))
		console.serial = false;
	else if (is_word(word, length, "merged"))
		*merged = true;
	else
		return !length || is_word(word, length, "both");
	return true;
}

static bool take_words(const char *words, bool *merged)
{
	bool known = true;

	for (const char *end; (end = strchr(words, ',')); words = end + 1)
		known &= take_word(words, end - words, merged);
	return known & take_word(words, strlen(words), merged);
}

bool console_init(const char *words)
{
	bool merged = false, known;

	console.serial = console.vga = true;
	known = take_words(words, &merged);
	if (!console.serial && !console.vga)
		console.serial = console.vga = true;
	multiplexer_init(merged);
	console.serial = console.serial && serial_init();
	if (console.vga)
		screen_start();
	return known;
}

/* -- 3. Text of our own ------------------------------------------------------------------------ */

/* Not into any buffer: in a panic nothing is certain. */
static void put_now(char c)
{
	console.serial = console.serial && serial_wait();
	if (console.serial)
		serial_send(c);
	if (console.vga)
		text_screen_put(c);
}

static void put(char c, void *context)
{
	(void)context;
	if (console.panicking && c == '\n')
		put_now('\r');
	if (console.panicking)
		put_now(c);
	else
		while (!multiplexer_own(c))
			wait_and_load();
}

static void put_and_log(char c, void *context)
{
	put(c, context);
	log_put(c);
}

static void put_text(const char *text)
{
	while (*text)
		put(*text++, NULL);
}

/* An open line of our own is the monitor's prompt, which is drawn again below what is said now. */
static void make_way(void)
{
	if (multiplexer_own_is_open())
		put_text(console_monitor_is_open() ? ERASE_LINE "\r" : "\n");
}

void say(const char *text, ...)
{
	va_list arguments;

	if (!console.panicking)
		make_way();
	put_text("umbra: ");
	va_start(arguments, text);
	format(put_and_log, NULL, text, arguments);
	va_end(arguments);
	put_and_log('\n', NULL);
	if (console.panicking)
		draw();
	else
		send();
}

void console_print(const char *text, ...)
{
	va_list arguments;

	va_start(arguments, text);
	format(put, NULL, text, arguments);
	va_end(arguments);
	send();
}

u32 console_print_room(void)
{
	return multiplexer_own_room();
}

void console_panic(void)
{
	console.panicking = true;
	if (console.vga)
		text_screen_take_over();
	if (multiplexer_line_is_open())
		put_text("\n");
}

void console_panic_ends(void)
{
	if (multiplexer_has_next())
		say("what had not been shown before:");
	console_flush();
}

/* -- 4. Interrupts ----------------------------------------------------------------------------- */

static void receive(void)
{
	char byte;

	for (u32 i = 0; i < serial_fifo() && serial_receive(&byte); i++)
		console_input_put(byte);
}

/* One load: an emulated UART is ready again at once. */
static void send_load(void)
{
	if (serial_is_ready())
		load();
	interrupt_when_ready(multiplexer_has_next() && !is_owed());
}

/* The interrupt controller waits for the line to go from low to high. If there are still reasons, it
 * is made to. */
static void serial_interrupt(void)
{
	u32 i;

	for (i = 0; i < REASONS_MAX && serial_has_reason(); i++) {
		receive();
		if (!i && console.transmitting)
			send_load();
	}
	if (i < REASONS_MAX)
		return;
	serial_interrupt_when(false, false);
	serial_interrupt_when(true, console.transmitting);
}

static void keyboard_interrupt(void)
{
	char bytes[KEY_BYTES_MAX];
	u8 code;

	for (u32 n = 0; n < CODES_MAX && keyboard_read(&code); n++) {
		u32 count = scancode_decode(&console.held_keys, code, bytes);

		for (u32 i = 0; i < count; i++)
			console_input_put(bytes[i]);
	}
}

/* Keys and room for output are seen to by poll(). */
static void serve_irq(u32 irq)
{
	if (irq == PIC_IRQ_SERIAL && console.serial)
		serial_interrupt();
	else if (irq == PIC_IRQ_KEYBOARD && console.keyboard)
		keyboard_interrupt();
	if (console_input_waits() || multiplexer_room_has_come())
		schedule_soon();
}

void console_use_interrupts(bool use)
{
	if (!use) {
		console_flush();
	} else if (!console.interrupts) {
		console.keyboard = console.vga && keyboard_init();
		if (console.keyboard)
			pic_unmask(PIC_IRQ_KEYBOARD);
		if (console.serial)
			pic_unmask(PIC_IRQ_SERIAL);
	}
	if (console.serial)
		serial_interrupt_when(use, false);
	console.transmitting = false;
	console.interrupts = use;
}

/* -- 5. What is done outside of interrupts ------------------------------------------------------- */

static void poll(void)
{
	console.poll_is_due = false;
	if (console_input_waits())
		console_input_poll();
	if (multiplexer_room_has_come())
		multiplexer_tell_room();
	send();
	if (console.transmitting && timer_now() >= console.look_at_uart)
		console.look_at_uart = timer_now() + LOST_INTERRUPT_NS;
	if (console.vga)
		screen_update(timer_now());
}

bool console_has_screen(void)
{
	return console.vga;
}

void console_guests_have_ended(void)
{
	if (console.vga)
		screen_update_status(timer_now());
	console_flush();
}

/* Keys wait in the hardware while interrupts are not used, and where one gets lost. */
static void fetch_keys(void)
{
	if (console.serial)
		receive();
	if (console.keyboard)
		keyboard_interrupt();
}

void console_forget_keys(void)
{
	fetch_keys();
	console_input_forget();
}

char console_wait_for_key(void)
{
	char key;

	if (console.serial)
		serial_interrupt_when(true, false);
	for (fetch_keys(); !console_input_take(&key); fetch_keys()) {
		timer_arm(timer_now() + LOST_INTERRUPT_NS);
		wait_for_interrupt();
	}
	return key;
}

static u64 deadline(void)
{
	u64 at = multiplexer_deadline();

	if (console.transmitting)
		at = min_u64(at, console.look_at_uart);
	if (console.vga)
		at = min_u64(at, screen_deadline());
	return at;
}

static const struct poller poller = {.name = "console", .poll = poll, .deadline = deadline};

/* A guest's end is said when all that it had to say is out, and without anyone having to wait. */
static bool output_has_room(const struct guest *g)
{
	if (guest_has_ended(g))
		return console_is_out(g->console) && console_print_room() >= END_ROOM;
	if (g->device_state.pending) /* one of them may have to be reported */
		return console_print_room() >= END_ROOM;
	return console_room(g->console) >= NOTIFY_PRINT_MAX;
}

static bool output_owes(const struct guest *g)
{
	return console_owes(g->console);
}

static const struct guest_output guest_output = {.owes = output_owes, .has_room = output_has_room};

void console_register(void)
{
	schedule_add_poller(&poller);
	schedule_set_output(&guest_output);
	run_set_irq_handler(PIC_IRQ_KEYBOARD, serve_irq);
	run_set_irq_handler(PIC_IRQ_SERIAL, serve_irq);
}
