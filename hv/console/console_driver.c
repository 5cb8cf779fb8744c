/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 1. Options and start
 * 2. Interrupts
 * 3. The poller
 * 4. The output of guests, as the scheduler sees it
 * 5. The end
 */
#include "hv/console/console_driver.h"

#include "arch/x86/cpu.h"
#include "arch/x86/keyboard.h"
#include "arch/x86/irq.h"
#include "arch/x86/serial.h"
#include "arch/x86/timer.h"
#include "arch/x86/vga_registers.h"
#include "hv/console/console_input.h"
#include "hv/console/console_output.h"
#include "hv/console/console_screen.h"
#include "hv/console/console_text.h"
#include "hv/console/multiplexer.h"
#include "hv/console/scancodes.h"
#include "hv/guest.h"
#include "hv/hypercalls.h"
#include "hv/run.h"
#include "hv/sched/schedule.h"
#include "lib/min_max.h"
#include "lib/string.h"

/* Bytes of the reports of a guest's end, its statistics and its next start. */
#define END_ROOM 2048u

/* Causes of one UART interrupt that are served before the handler makes the line fall. */
#define CAUSES_MAX 4u

#define CODES_MAX 16u /* scan codes per interrupt: a controller has one, an emulated one a few */

/* A UART without an interrupt is polled at the first interval while output waits for it, else at the
 * second: with 115200 baud a FIFO of 16 bytes is empty after 1.4 ms, and keys come slowly. */
#define POLL_SENDING_NS NS_PER_MS
#define POLL_KEYS_NS (10u * NS_PER_MS)

/* UART interrupts can get lost: while one is due, the UART is polled at this interval. */
#define LOST_INTERRUPT_NS (50u * NS_PER_MS)

/* On a machine without an interrupt controller, the devices are polled at this interval. */
#define POLL_NS (2u * NS_PER_MS)

/* A text that was pasted has ended when no byte comes for so long; an emulator's UART is filled again within that
 * time. The bound is for a line that never falls silent: half a minute on a PC, where each look takes microseconds. */
#define QUIET_NS (100u * NS_PER_MS)
#define QUIET_LOOKS 10000000u

static struct {
	bool wants_screen; /* console= says so */
	bool has_keyboard;
	bool keys_wait; /* in the UART, which does not interrupt for them: the queue was full */
	struct keyboard keyboard; /* decodes scan codes */
	u64 uart_poll_at;         /* when the UART is polled next, if it is */
	u64 input_poll_at;        /* TIMER_NEVER: input interrupts */
} driver;

/* -- 1. Options and start ---------------------------------------------------------------------- */

static bool is_word(const char *word, u32 length, const char *known)
{
	return strlen(known) == length && !strncmp(word, known, length);
}

/* Applies one word of console=; false if it is unknown. */
static bool take_word(const char *word, u32 length, bool *merged)
{
	if (is_word(word, length, "serial"))
		console_output.screen = false;
	else if (is_word(word, length, "vga"))
		console_output.serial = false;
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

	console_output.chosen = console_output.serial = console_output.screen = true;
	known = take_words(words, &merged);
	if (!console_output.serial && !console_output.screen) /* "serial,vga" */
		console_output.serial = console_output.screen = true;
	multiplexer_init(merged);
	driver.wants_screen = console_output.screen;
	console_output.screen = false;
	return known;
}

bool console_wants_serial(void)
{
	return console_output.serial;
}

void console_start_serial(const struct serial_place *place)
{
	console_output.serial = console_output.serial && place && serial_init(place);
	if (!console_output.serial)
		driver.wants_screen = true;
}

void console_await_screen(void)
{
	console_output.awaits_screen = driver.wants_screen && !console_output.serial;
}

void console_start_screen(const struct display *display)
{
	console_output.awaits_screen = false;
	if (!driver.wants_screen)
		return;
	screen_start(display);
	console_output.screen = true;
}

bool console_has_screen(void)
{
	return console_output.screen;
}

/* -- 2. Interrupts ----------------------------------------------------------------------------- */

/* Bytes for which the queue has no room stay in the UART. An emulator then delivers no more: a text
 * that is pasted waits there. A cable's bytes that come behind a full FIFO are lost. */
static void receive(void)
{
	char byte;

	for (u32 i = 0; i < serial_fifo() && console_input_has_room() && serial_receive(&byte); i++)
		console_input_put(byte);
}

/* The PIC is edge-triggered: it sees the next interrupt only after the UART's line has been low.
 * The line falls when no cause is left. If one is left after CAUSES_MAX causes, the handler
 * disables and enables the UART's interrupts, which makes the line fall. Bytes that have no room do
 * not interrupt until the poller has made some. */
static void serial_interrupt(void)
{
	u32 i;

	for (i = 0; i < CAUSES_MAX && serial_has_reason(); i++) {
		receive();
		if (!i && console_output.transmitting)
			console_uart_is_ready();
	}
	if (i < CAUSES_MAX)
		return;
	serial_interrupt_when(false, false);
	driver.keys_wait = !console_input_has_room();
	serial_interrupt_when(!driver.keys_wait, console_output.transmitting);
}

static void keyboard_interrupt(void)
{
	char bytes[KEY_BYTES_MAX];
	u8 code;

	for (u32 n = 0; n < CODES_MAX && keyboard_read(&code); n++) {
		u32 count = scancode_decode(&driver.keyboard, code, bytes);

		for (u32 i = 0; i < count; i++)
			console_input_put(bytes[i]);
	}
}

/* Only moves bytes between the devices and the queues: poll() delivers keys and tells guests about
 * room. */
static void serve_irq(u32 irq)
{
	if (irq == serial_irq() && console_output.serial)
		serial_interrupt();
	else if (irq == IRQ_KEYBOARD && driver.has_keyboard)
		keyboard_interrupt();
	if (console_input_waits() || console_list.room_is_due)
		schedule_soon();
}

void console_use_interrupts(bool use)
{
	if (!use) {
		console_flush();
	} else if (!console_output.interrupts) {
		driver.has_keyboard = console_output.screen && keyboard_init();
		if (driver.has_keyboard)
			irq_unmask(IRQ_KEYBOARD);
		if (console_output.serial && serial_irq() != SERIAL_NO_IRQ)
			irq_unmask(serial_irq());
	}
	if (console_output.serial)
		serial_interrupt_when(use, false);
	console_output.transmitting = false;
	console_output.interrupts = use;
	driver.input_poll_at = use && !irq_controller() ? 0 : TIMER_NEVER;
}

/* -- 3. The poller ----------------------------------------------------------------------------- */

static bool uart_has_no_interrupt(void)
{
	return console_output.serial && (serial_irq() == SERIAL_NO_IRQ || !irq_controller());
}

/* The time from one poll of the UART to the next; 0: it is not polled. */
static u32 uart_poll_interval(void)
{
	if (uart_has_no_interrupt())
		return console_output.transmitting ? POLL_SENDING_NS : POLL_KEYS_NS;
	return console_output.transmitting ? LOST_INTERRUPT_NS : 0;
}

/* Keys wait in the hardware while interrupts are not used, and when an interrupt gets lost. */
static void fetch_keys(void)
{
	if (console_output.serial)
		receive();
	if (driver.has_keyboard)
		keyboard_interrupt();
}

static void poll_input(void)
{
	if (timer_now() < driver.input_poll_at)
		return;
	fetch_keys();
	driver.input_poll_at = timer_now() + POLL_NS;
}

static void deliver_keys(void)
{
	console_input_poll();
	if (!driver.keys_wait || !console_input_has_room())
		return;
	driver.keys_wait = false;
	serial_interrupt_when(true, console_output.transmitting);
}

static void poll(void)
{
	if (driver.input_poll_at != TIMER_NEVER)
		poll_input();
	console_output.poll_is_due = false;
	if (uart_has_no_interrupt())
		receive();
	if (console_input_waits())
		deliver_keys();
	if (console_list.room_is_due)
		console_tell_room();
	console_send();
	if (timer_now() >= driver.uart_poll_at || uart_has_no_interrupt())
		driver.uart_poll_at = timer_now() + uart_poll_interval();
	if (console_output.screen)
		screen_update(timer_now());
}

static u64 deadline(void)
{
	u64 at = min_u64(multiplexer_deadline(), driver.input_poll_at);

	at = min_u64(at, console_input_deadline());
	if (uart_poll_interval())
		at = min_u64(at, driver.uart_poll_at);
	if (console_output.screen)
		at = min_u64(at, screen_deadline());
	return at;
}

static const struct poller poller = {.name = "console", .poll = poll, .deadline = deadline};

/* -- 4. The output of guests, as the scheduler sees it ----------------------------------------- */

static bool has_room(const struct guest *g)
{
	/* The report of its end follows all of its output, and does not wait for the line. */
	if (guest_has_ended(g))
		return console_is_out(g->console) && console_print_room() >= END_ROOM;
	if (g->device_state.pending) /* the failure of a device may have to be reported */
		return console_print_room() >= END_ROOM;
	return console_room(g->console) >= NOTIFY_PRINT_MAX;
}

static enum guest_output_state output_state(const struct guest *g)
{
	if (console_has_backlog(g->console))
		return OUTPUT_BACKLOG;
	return has_room(g) ? OUTPUT_HAS_ROOM : OUTPUT_FULL;
}

void console_register(void)
{
	schedule_add_poller(&poller);
	schedule_set_output(output_state);
	run_set_irq_handler(IRQ_KEYBOARD, serve_irq);
	if (console_output.serial && serial_irq() != SERIAL_NO_IRQ)
		run_set_irq_handler(serial_irq(), serve_irq);
}

/* -- 5. The end -------------------------------------------------------------------------------- */

void console_guests_have_ended(void)
{
	if (console_output.screen)
		screen_update_status(timer_now());
	console_flush();
}

void console_forget_keys(void)
{
	u64 quiet_at = timer_now() + QUIET_NS;

	for (u32 looks = 0; looks < QUIET_LOOKS && timer_now() < quiet_at; looks++) {
		console_input_forget();
		fetch_keys();
		if (console_input_waits())
			quiet_at = timer_now() + QUIET_NS;
	}
	console_input_forget();
}

char console_wait_for_key(void)
{
	char key;

	if (console_output.serial)
		serial_interrupt_when(true, false);
	for (fetch_keys(); !console_input_take(&key); fetch_keys()) {
		timer_arm(timer_now() + LOST_INTERRUPT_NS);
		wait_for_interrupt();
	}
	return key;
}
