// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Guests on several CPUs print by NOTIFY on one merged console, and send frames to each other through the
 * switch, while interrupts of the UART come and the console's poller runs. Each guest's lines come out
 * whole and in order, and so do the frames.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch/x86/irq.h"
#include "arch/x86/serial.h"
#include "arch/x86/serial_find.h"
#include "arch/x86/timer.h"
#include "hv/base/log.h"
#include "hv/base/machine.h"
#include "hv/base/stretch.h"
#include "hv/console/console_driver.h"
#include "hv/console/console_input.h"
#include "hv/console/console_output.h"
#include "hv/console/console_text.h"
#include "hv/hypercalls.h"
#include "hv/run.h"
#include "hv/sched/schedule.h"
#include "hv/virtio/switch.h"
#include "tests/unit/race_cpus.h"

#define CPUS 3u /* each runs a guest of its own */
#define FRAMES 1024u
#define FIRST 0x100u
#define GUEST_FRAMES 4u
#define RAM (GUEST_FRAMES * FRAME_SIZE)
#define TEXT 0x100u /* gpa of the text to print */
#define UART_IRQ 4u
#define LINE_MAX 128u
#define CALLS_PER_TURN 8u
#define MAC(n) (0x0000020000000002ull | (u64)(n) << 32)

struct printer {
	struct guest guest;
	struct guest_config config;
	struct trap_frame regs;
	struct lguest_data data;
	struct fast_path_guest fast;
	struct console console;
	struct switch_port port;
	char name[4];
	u32 printed; /* number of the next line */
	u32 sent;    /* number of the next frame to each other guest */
	u32 arrived, keys;

	/* Of the receivers: what comes next from each other guest. */
	u32 next_frame[CPUS];
};

PER_CPU struct wake wake;
PER_CPU struct stretch stretch;
static struct printer printers[CPUS];
static const struct poller *poller;
static output_state_query *output_state;
static irq_handler *uart_handler;

/* Of the line, under the machine's lock. */
static struct {
	char text[LINE_MAX];
	u32 length;
	u32 next_line[CPUS]; /* the number that each guest's next line must have */
	u32 own;             /* lines of the hypervisor */
	u32 pending;         /* keys */
	bool interrupts;
} line;

/* -- 1. The UART ------------------------------------------------------------------------------- */

static void check_guest_line(void)
{
	u32 guest, number;

	CHECK(sscanf(line.text, "g%u| line %u.", &guest, &number) == 2 && guest < CPUS);
	CHECK(number == line.next_line[guest]++);
	CHECK(line.text[line.length - 1] == '.');
}

void serial_send(char c)
{
	if (c == '\r')
		return;
	if (c != '\n') {
		CHECK(line.length < LINE_MAX - 1);
		line.text[line.length++] = c;
		return;
	}
	line.text[line.length] = '\0';
	if (line.text[0] == 'g')
		check_guest_line();
	else if (line.length)
		line.own++;
	line.length = 0;
}

const struct serial_place serial_coms[SERIAL_COMS];

bool serial_init(const struct serial_place *place)
{
	return place;
}

u32 serial_irq(void)
{
	return UART_IRQ;
}

bool serial_is_ready(void)
{
	return race_random(8);
}

bool serial_wait(void)
{
	return true;
}

u32 serial_fifo(void)
{
	return 16;
}

void serial_interrupt_when(bool received, bool ready)
{
	(void)received;
	line.interrupts = ready;
}

bool serial_has_reason(void)
{
	return line.interrupts || line.pending;
}

/* Keys of a user: one in eight is Ctrl-A, whose command follows. */
bool serial_receive(char *byte)
{
	static const char keys[] = "abcdefg\x01n12h";

	if (!line.pending)
		return false;
	line.pending--;
	*byte = keys[race_random(sizeof(keys) - 1)];
	return true;
}

/* -- 2. Interrupts, and what the console registers ---------------------------------------------- */

void schedule_add_poller(const struct poller *its)
{
	poller = its;
}

void schedule_set_output(output_state_query *query)
{
	output_state = query;
}

void run_set_irq_handler(u32 irq, irq_handler *handler)
{
	if (irq == UART_IRQ)
		uart_handler = handler;
}

/* As serve_shared() in hv/run.c. */
static void take_interrupts_now(void)
{
	bool taken;

	if (this_cpu.number || race_random(32))
		return;
	taken = machine_lock_nested();
	line.pending += race_random(3);
	uart_handler(UART_IRQ);
	machine_unlock_nested(taken);
}

void stretch_window(struct guest *g, const char *cause)
{
	(void)g, (void)cause;
	take_interrupts_now();
}

bool stretch_is_spent(void)
{
	return !race_random(4);
}

/* -- 3. Services of the devices ----------------------------------------------------------------- */

static struct printer *of(struct guest *g)
{
	return (struct printer *)((u8 *)g - offsetof(struct printer, guest));
}

static void print(struct guest *g, const char *text, u32 size)
{
	CHECK(console_write(g->console, text, size) == size);
}

struct payload {
	u8 to[NET_MAC_SIZE], from[NET_MAC_SIZE];
	u32 sender, number, again;
	u8 rest[NET_FRAME_MIN];
};

/* To all others. A frame that finds a queue full is dropped. */
static bool send_frame(struct guest *g, gpa_t at)
{
	struct printer *p = of(g);
	u64 from = MAC(p - printers);
	struct payload frame = {.sender = p - printers, .number = p->sent, .again = p->sent};

	CHECK(gpa_value(at) == RAM);
	memset(frame.to, 0xFF, sizeof(frame.to));
	memcpy(frame.from, &from, sizeof(frame.from));
	p->sent++;
	switch_send(&p->port, (const u8 *)&frame, sizeof(frame));
	return true;
}

static const struct guest_services services = {.print = print, .notify_device = send_frame};
const struct guest_services *guest_services = &services;

static void take_frames(struct printer *p)
{
	const struct payload *frame;
	u32 size;

	while ((frame = (const struct payload *)switch_first(&p->port, &size))) {
		CHECK(size == sizeof(*frame) && frame->sender < CPUS);
		CHECK(frame->number == frame->again);
		CHECK(frame->number >= p->next_frame[frame->sender]);
		p->next_frame[frame->sender] = frame->number + 1;
		switch_drop_first(&p->port);
	}
}

static void frame_arrives(void *owner)
{
	((struct printer *)owner)->arrived++;
}

/* One in eight has to come again. */
static bool key_arrives(void *owner, char byte)
{
	(void)byte;
	if (!race_random(8))
		return false;
	((struct printer *)owner)->keys++;
	return true;
}

/* -- 4. Guests --------------------------------------------------------------------------------- */

static void notify(struct printer *p, u32 address)
{
	p->regs.eax = HCALL_NOTIFY;
	p->regs.ebx = address;
	hypercalls_handle(&p->guest);
	race_step();
}

static void print_line(struct printer *p)
{
	char text[LINE_MAX];
	u32 size = snprintf(text, sizeof(text), "line %u.\n", p->printed++) + 1;

	CHECK(guest_write(&p->guest.space.memory, to_gpa(TEXT), text, size));
	notify(p, TEXT);
}

/* As run_guest(): without the lock. */
static void run(struct printer *p)
{
	machine_unlock();
	wake.needed = false;
	for (u32 i = 0; i < CALLS_PER_TURN && !wake.needed; i++) {
		take_interrupts_now();
		if (race_random(8))
			notify(p, RAM);
		else
			print_line(p);
	}
	machine_lock();
}

static void turn(struct printer *p)
{
	switch (output_state(&p->guest)) {
	case OUTPUT_BACKLOG:
		console_send_backlog(&p->console);
		break;
	case OUTPUT_HAS_ROOM:
		run(p);
		break;
	default:
		break;
	}
	take_frames(p);
}

/* One of the boot CPU's messages, and the pollers, as in schedule_next(). */
static void poll(void)
{
	if (!race_random(256))
		say("a message of CPU %u", this_cpu.number);
	CHECK(poller->deadline());
	poller->poll();
	stretch_window(NULL, poller->name);
	race_step();
}

static void run_cpu(void)
{
	machine_lock();
	while (!race_is_over()) {
		poll();
		turn(&printers[this_cpu.number]);
		machine_unlock();
		machine_lock();
	}
	machine_unlock();
}

static void start(u32 n)
{
	struct printer *p = &printers[n];
	struct guest *g = &p->guest;

	snprintf(p->name, sizeof(p->name), "g%u", n);
	p->config = (struct guest_config){.name = p->name, .memory = RAM};
	g->config = &p->config;
	g->regs = &p->regs;
	g->shared = &p->data;
	g->console = &p->console;
	g->space.fast = &p->fast;
	memset(p->data.hcall_status, HCALL_SLOT_DONE, HCALL_RING_SIZE);
	CHECK(frames_open(&g->space.account, OWNER_FIRST_GUEST + n,
			  guest_memory_cost(GUEST_FRAMES) + PORT_PAGES));
	CHECK(guest_memory_open(&g->space.memory, &g->space.account, GUEST_FRAMES));
	console_open(&p->console, p->name);
	console_listen(&p->console, p, NULL, key_arrives);
	switch_reserve(MAC(n));
	CHECK(switch_join(&p->port, &g->space.account, MAC(n)));
	p->port.owner = p;
	p->port.arrived = frame_arrives;
}

/* All that was printed has come out, and each frame was received or dropped. */
static void check_end(void)
{
	u32 sent = 0, arrived = 0, dropped = 0;

	console_use_interrupts(false);
	for (u32 i = 0; i < CPUS; i++) {
		CHECK(printers[i].printed && line.next_line[i] == printers[i].printed);
		CHECK(printers[i].port.received == printers[i].arrived);
		sent += printers[i].sent;
		arrived += printers[i].arrived;
		dropped += printers[i].port.dropped;
	}
	CHECK(sent && sent * (CPUS - 1) == arrived + dropped);
	CHECK(line.own);
}

int main(void)
{
	const struct serial_place place = {.irq = UART_IRQ};

	race_memory(FIRST, FRAMES);
	console_init("serial,merged");
	console_start_serial(&place);
	console_register();
	console_use_interrupts(true);
	for (u32 i = 0; i < CPUS; i++)
		start(i);
	race_run(CPUS, run_cpu);
	check_end();
	return race_passed("lines and frames of three guests come whole and in order");
}
