// SPDX-License-Identifier: GPL-2.0-or-later
/* A sender that a fuzzer plays (`make fuzz-move`): it sends sections that are good but for the words that it changes, in
 * any order, cut into frames of any length. Each page is one of the guest's, each frame is answered after a bounded
 * number of polls, and the guest runs only behind its whole state, an end with right sums, and a commit. */
#include <stdlib.h>
#include <string.h>

#include "abi/move.h"
#include "arch/x86/cpu.h"
#include "arch/x86/timer.h"
#include "hv/base/log.h"
#include "hv/base/stretch.h"
#include "hv/domain/domain_run.h"
#include "hv/domain/line.h"
#include "hv/domain/move_receive.h"
#include "hv/domain/snapshot_file.h"
#include "hv/domain/snapshot_restore.h"
#include "lib/panic.h"
#include "mm/frame_map.h"

#define CHECK(condition) ((condition) ? (void)0 : __builtin_trap())

struct cpu_features cpu_features;
u8 *machine_memory;

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

#define FRAME_MOST 1024u
#define POLLS_MAX 1000u /* of one frame */
#define MEMORY_MOST (64u * MIB)
#define DISK_MOST MIB

/* -- The machine --------------------------------------------------------------------------------- */

static struct domain domain;
static const struct poller *poller;
static bool is_open, has_frame, is_ready, runs;
static struct line_frame frame;
static char letter; /* of the last answer; 0: none */
static u32 parts;

u64 timer_now(void)
{
	static u64 now;

	return ++now;
}

bool stretch_is_spent(void)
{
	return ++parts % 3 == 0;
}

void say(const char *text, ...)
{
	CHECK(*text);
}

void panic(const char *text, ...)
{
	(void)text;
	__builtin_trap();
}

const char *line_open(const char *user)
{
	CHECK(*user);
	is_open = true;
	return NULL;
}

void line_close(void)
{
	is_open = false;
}

void line_linger(void) {}

bool line_is_open_for(const char *user)
{
	return is_open && *user;
}

void line_set_session(u32 session)
{
	(void)session;
}

u64 line_deadline(void)
{
	return TIMER_NEVER;
}

bool line_receive(struct line_frame *taken)
{
	if (!has_frame)
		return false;
	has_frame = false;
	*taken = frame;
	return true;
}

void line_answer(u32 number, char answer)
{
	CHECK(number == frame.number);
	letter = answer;
}

void schedule_add_poller(const struct poller *new)
{
	poller = new;
}

/* -- The guest ----------------------------------------------------------------------------------- */

struct domain *domains_add_received(const struct guest_config *config)
{
	memset(&domain, 0, sizeof(domain));
	domain.config = *config;
	domain.guest.config = &domain.config;
	strlcpy(domain.name, config->name, sizeof(domain.name));
	return &domain;
}

bool domain_begin(struct domain *of, char *problem, size_t size)
{
	if (of->config.memory > MEMORY_MOST || of->config.disk.size > DISK_MOST) {
		strlcpy(problem, "needs too much", size);
		return false;
	}
	of->guest.space.memory =
	    (struct guest_memory){.directory = to_pfn(1), .frames = frames_for(of->config.memory)};
	of->guest.disk.frames = frames_for(of->config.disk.size);
	of->guest.regs = &of->guest.saved_regs;
	return true;
}

void domain_set_state(struct domain *of, enum domain_state state)
{
	CHECK(state != DOMAIN_ALIVE || (is_ready && !runs));
	runs |= state == DOMAIN_ALIVE;
	of->state = state;
}

void schedule_add(struct vcpu *v, struct guest *g)
{
	CHECK(v == &domain.vcpu && g == &domain.guest);
}

void watch_started(struct domain *of)
{
	CHECK(of->state == DOMAIN_ALIVE);
}

void guest_kill(struct guest *g, const char *text, ...)
{
	CHECK(*text);
	g->space.state = GUEST_KILLED;
}

bool guest_load_page(struct guest_memory *memory, gfn_t gfn, const void *page)
{
	static u8 copy[FRAME_SIZE];

	CHECK(memory == &domain.guest.space.memory || memory == &domain.guest.disk);
	CHECK(gfn_value(gfn) < memory->frames && !is_ready);
	memcpy(copy, page, sizeof(copy));
	return true;
}

pfn_t frame_of_zeroes(void)
{
	return to_pfn(0);
}

bool guest_zero(struct guest_memory *memory, gpa_t at, u32 size)
{
	CHECK(gfn_value(gpa_frame(at)) < memory->frames && size == FRAME_SIZE);
	return true;
}

bool snapshot_configure(struct guest_config *config, char *problem, size_t size)
{
	const struct snapshot_state *state = snapshot_open(config->image, problem, size);

	if (!state)
		return false;
	config->name = state->header.name;
	config->memory = state->header.memory;
	config->disk = snapshot_disk(config->image);
	CHECK(!config->disk.size);
	return true;
}

bool snapshot_restore_begin(struct domain *of)
{
	return of->config.memory != 4 * MIB; /* as if its devices had other frames */
}

void snapshot_restore_state(struct domain *of, const struct snapshot_state *state)
{
	CHECK(of == &domain);
	is_ready = true;
	if (state->registers.cs == 0)
		guest_kill(&of->guest, "bad registers");
}

/* -- The sender ---------------------------------------------------------------------------------- */

static struct {
	const u8 *data;
	size_t size;
	u8 bytes[FRAME_MOST]; /* of the next frame */
	u32 filled, number, taken;
	bool refused;
	struct snapshot_sums sums;
	struct move_state state;
} sender;

/* The fuzzer's next number; 0 at its end. */
static u32 next(u32 bytes)
{
	u32 number = 0;

	if (sender.size < bytes) {
		sender.size = 0;
		return 0;
	}
	memcpy(&number, sender.data, bytes);
	sender.data += bytes;
	sender.size -= bytes;
	return number;
}

static void send_frame(void)
{
	u32 polls = 0;

	frame = (struct line_frame){sender.number, sender.filled, sender.bytes};
	has_frame = true;
	letter = 0;
	while (polls++ < POLLS_MAX && !letter)
		poller->poll();
	CHECK(letter || sender.refused || sender.number != sender.taken);
	sender.taken += letter == LINE_TAKEN && sender.number == sender.taken;
	sender.refused |= letter == LINE_NO;
	sender.number = sender.taken;
	sender.filled = 0;
}

static void send(const void *bytes, u32 size)
{
	const u8 *from = bytes;

	for (u32 i = 0; i < size; i++) {
		sender.bytes[sender.filled++] = from[i];
		if (sender.filled == FRAME_MOST)
			send_frame();
	}
}

static void send_section(u32 type, u32 claimed, const void *body, u32 size)
{
	struct snapshot_section section = {type, claimed};

	send(&section, sizeof(section));
	snapshot_add(&sender.sums, &section, sizeof(section));
	send(body, size);
	if (type != SNAPSHOT_END && size)
		snapshot_add(&sender.sums, body, size / sizeof(u32) * sizeof(u32));
}

static void send_hello(void)
{
	struct move_hello hello = {.version = MOVE_VERSION + next(1), .session = 1};

	memcpy(hello.magic, MOVE_MAGIC, MOVE_MAGIC_SIZE);
	sender.number = 0;
	send(&hello, sizeof(hello));
	send_frame();
}

/* Good, but for some words. */
static void send_state(u32 flags)
{
	sender.state.flags = flags;
	for (u32 changes = next(1) % 4; changes; changes--) {
		u32 at = next(2) % (sizeof(sender.state) / sizeof(u32)), word = next(4);

		memcpy((u8 *)&sender.state + at * sizeof(u32), &word, sizeof(word));
	}
	send_section(MOVE_STATE, sizeof(sender.state), &sender.state, sizeof(sender.state));
}

static void send_page(u32 type)
{
	static struct snapshot_page page;

	page.gfn = next(2) + (next(1) << 24);
	send_section(type, sizeof(page), &page, sizeof(page));
}

static void send_end(void)
{
	struct snapshot_section section = {SNAPSHOT_END, sizeof(struct snapshot_end)};
	struct snapshot_sums sums = sender.sums;
	struct snapshot_end end;

	snapshot_add(&sums, &section, sizeof(section));
	end = (struct snapshot_end){sums.sum + next(1), sums.sums};
	send_section(SNAPSHOT_END, sizeof(end), &end, sizeof(end));
}

static void send_other(void)
{
	u8 bytes[64];
	u32 type = next(1), claimed = next(4), size = next(1) % sizeof(bytes);

	for (u32 i = 0; i < size; i++)
		bytes[i] = (u8)next(1);
	send_section(type, claimed, bytes, size);
}

static void do_one(void)
{
	u32 zero;

	switch (next(1) % 10) {
	case 0:
		send_hello();
		break;
	case 1:
		send_state(0);
		break;
	case 2:
		send_state(MOVE_LAST);
		break;
	case 3:
		send_page(SNAPSHOT_PAGE);
		break;
	case 4:
		zero = next(4);
		send_section(MOVE_ZERO, sizeof(zero), &zero, sizeof(zero));
		break;
	case 5:
		send_page(MOVE_DISK);
		break;
	case 6:
		send_end();
		send_frame();
		break;
	case 7:
		send_section(MOVE_COMMIT, 0, NULL, 0);
		send_frame();
		break;
	case 8:
		send_other();
		break;
	default:
		sender.number += next(1) % 3;
		send_frame();
	}
}

static void start(const u8 *data, size_t size)
{
	memset(&sender, 0, sizeof(sender));
	sender.data = data;
	sender.size = size;
	snapshot_begin(&sender.state.state);
	sender.state.state.header.memory = MIB;
	sender.state.state.header.frames = MIB / FRAME_SIZE;
	sender.state.state.header.disk = 5 * FRAME_SIZE / 2;
	strcpy(sender.state.state.header.name, "moved");
	sender.state.state.registers.cs = 1;
	memset(&cpu_features, 0xFF, sizeof(cpu_features));
	is_ready = runs = false;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	machine_memory = machine_memory ?: calloc(2, FRAME_SIZE);
	start(data, size);
	CHECK(!move_receive("com2"));
	send_hello();
	while (sender.size && !runs)
		do_one();
	if (!runs)
		move_receive_stop("given up");
	else
		line_close();
	poller->poll();
	CHECK(runs || domain.state != DOMAIN_ALIVE);
	memset(&domain, 0, sizeof(domain));
	return 0;
}
