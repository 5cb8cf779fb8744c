// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sends a guest to another machine, in rounds:
 *
 *	the first round    a clone of the guest, which never runs, is sent: its pages that are not zero
 *	further rounds     a new clone is made while the one before is still there: where the two have the same
 *			   frame, the guest has not written in between (copy on write); the others are sent
 *	the last round     the guest stands still from the new clone on
 *	the commit         the receiver has answered that the guest is ready: from now on it may run there
 *
 * Until the commit is sent, any failure lets the guest go on. After it, only the receiver's answer, or a user, decides:
 * the guest never runs on both machines. All of this is done in turns of the present clone; while the line is
 * busy, it is held, and a poller looks at the line.
 */
#include "hv/domain/move_send.h"

#include "abi/move.h"
#include "arch/x86/timer.h"
#include "hv/base/log.h"
#include "hv/base/random.h"
#include "hv/base/stretch.h"
#include "hv/domain/domain_clone.h"
#include "hv/domain/domain_run.h"
#include "hv/domain/line.h"
#include "hv/domain/snapshot_save.h"
#include "lib/format.h"
#include "lib/math64.h"
#include "lib/min_max.h"
#include "lib/string.h"

#define FEW_PAGES 16u /* so few are left to the last round */
#define ROUNDS_MAX 8u

static const char user[] = "send"; /* of the line */

enum phase {
	IN_ROUND,  /* state and pages are sent */
	AT_END,    /* the end is sent */
	COMMITTED, /* the commit has been sent, maybe */
};

#define SECTION_OF(type)                                                                           \
	struct {                                                                                   \
		struct snapshot_section section;                                                   \
		type body;                                                                         \
	} PACKED

/* One guest is sent at a time. */
static struct {
	struct domain *parent; /* NULL: none is */
	u32 life;              /* its `starts` */
	struct domain *before; /* the clone of the round before; it is held */
	struct domain *waits;  /* the present clone, held because the line is busy; or NULL */
	enum phase phase;
	u32 round;        /* from 1 */
	bool last;        /* this round is the last one */
	u32 gfn;          /* the next one; behind the last one come the pages of the disk */
	u32 pages;        /* sent in this round, */
	u32 pages_before; /* and in the one before */
	u64 stands_since;
	u32 sent;       /* bytes of sections */
	u32 done, size; /* bytes of the buffer */
	struct snapshot_sums sums;
	union {
		struct snapshot_section section; /* of what follows */
		SECTION_OF(struct move_state) state;
		SECTION_OF(struct snapshot_page) page;
		SECTION_OF(struct move_zero) zero;
		SECTION_OF(struct snapshot_end) end;
	} buffer;
} move;

/* -- 1. The sections --------------------------------------------------------------------------- */

/* The buffer's section is complete. */
static void put_section(u32 type, u32 size)
{
	move.buffer.section = (struct snapshot_section){type, size};
	move.done = 0;
	move.size = sizeof(struct snapshot_section) + size;
	move.sent += move.size;
}

static void put_counted(u32 type, u32 size)
{
	put_section(type, size);
	snapshot_add(&move.sums, &move.buffer, move.size);
}

static void put_state(const struct domain *clone)
{
	move.buffer.state.body.flags =
	    (move.last ? MOVE_LAST : 0) | (move.parent->vcpu.paused ? MOVE_PAUSED : 0);
	snapshot_put_state(clone, &move.buffer.state.body.state);
	put_counted(MOVE_STATE, sizeof(struct move_state));
}

static void put_end(void)
{
	const struct snapshot_section section = {SNAPSHOT_END, sizeof(struct snapshot_end)};

	snapshot_add(&move.sums, &section, sizeof(section));
	move.buffer.end.body = (struct snapshot_end){move.sums.sum, move.sums.sums};
	put_section(section.type, section.size);
}

/* The frame of a gfn; that of zeroes if it has not been touched. */
static pfn_t frame_at(const struct guest_memory *memory, u32 gfn)
{
	const u32 *words = guest_memory_words(memory, to_gfn(gfn));

	return words ? to_pfn(*words) : frame_of_zeroes();
}

static bool has_same_frame(const struct guest_memory *memory, const struct guest_memory *before,
			   u32 gfn)
{
	return pfn_value(frame_at(memory, gfn)) == pfn_value(frame_at(before, gfn));
}

/* A page that is sent whole, with zeroes behind its bytes. */
static void put_bytes(u32 type, u32 number, const void *bytes, u32 size)
{
	move.buffer.page.body.gfn = number;
	memcpy(move.buffer.page.body.bytes, bytes, size);
	memset(move.buffer.page.body.bytes + size, 0, FRAME_SIZE - size);
	put_counted(type, sizeof(struct snapshot_page));
	move.pages++;
}

/* The receiver has zeroes where it has got nothing. */
static void put_page(const struct domain *clone, u32 gfn)
{
	const struct guest_memory *memory = &clone->guest.space.memory;
	const u32 *page = frame_map(frame_at(memory, gfn));

	if (move.before && has_same_frame(memory, &move.before->guest.space.memory, gfn))
		return;
	if (!snapshot_page_is_zero(page)) {
		put_bytes(SNAPSHOT_PAGE, gfn, page, FRAME_SIZE);
	} else if (move.before) {
		move.buffer.zero.body.gfn = gfn;
		put_counted(MOVE_ZERO, sizeof(struct move_zero));
	}
}

/* A page that is still the module's has no frame, before and now. */
static void put_disk_page(const struct domain *clone, u32 number)
{
	const struct guest *g = &clone->guest;
	u32 offset = number * FRAME_SIZE, left = snapshot_disk_size(g->config) - offset;
	const void *page = snapshot_disk_page(g, offset);
	bool is_known = move.before ? has_same_frame(&g->disk, &move.before->guest.disk, number)
				    : left >= FRAME_SIZE && snapshot_page_is_zero(page);

	if (!is_known)
		put_bytes(MOVE_DISK, number, page, min_u32(left, FRAME_SIZE));
}

/* -- 2. Failures ------------------------------------------------------------------------------- */

static void remove_clone_before(void)
{
	struct domain *clone = move.before;

	move.before = NULL;
	if (!clone)
		return;
	clone->vcpu.held = false;
	domain_set_state(clone, DOMAIN_ENDING);
	schedule_soon();
}

/* The parent is no longer being sent. */
static void forget(enum sending state)
{
	move.parent->move = state;
	move.parent = NULL;
	remove_clone_before();
	line_close();
	schedule_soon();
}

static bool has_ended(const struct domain *parent)
{
	return parent->state != DOMAIN_ALIVE || guest_has_ended(&parent->guest) ||
	       parent->starts != move.life;
}

static void goes_on(struct domain *parent, const char *problem)
{
	parent->vcpu.held = false;
	forget(MOVE_NONE);
	say("guest %s: not sent: %s%s", parent->name, problem,
	    has_ended(parent) ? "" : "; it goes on here");
}

static void becomes_unsettled(struct domain *parent)
{
	if (has_ended(parent)) {
		forget(MOVE_NONE);
		return;
	}
	forget(MOVE_UNSETTLED);
	say("guest %s: sent, but no answer says that it runs there: `resume` it here, or `discard` it here",
	    parent->name);
}

static void failed(struct domain *parent, const char *problem)
{
	if (move.parent != parent)
		return;
	if (move.phase == COMMITTED)
		becomes_unsettled(parent);
	else
		goes_on(parent, problem);
}

/* -- 3. Rounds --------------------------------------------------------------------------------- */

static enum progress do_some(struct domain *clone);
static void begin(struct domain *clone);

static const struct clone_work work = {begin, do_some, failed};

static void begin(struct domain *clone)
{
	move.round++;
	move.gfn = move.size = move.done = 0;
	move.pages_before = move.pages;
	move.pages = 0;
	if (move.round == 1)
		say("guest %s: being sent", move.parent->name);
	if (move.last) {
		move.parent->vcpu.held = true;
		move.parent->move = MOVE_STANDS;
		move.stands_since = timer_now();
	}
	if (move.round == 1 || move.last)
		put_state(clone);
	clone->guest.devices->count = 0; /* they are the parent's */
}

/* The next round is the last one if it will be short, or if this one was no shorter than the one before. */
static bool is_time_to_stop(void)
{
	return move.pages <= FEW_PAGES || move.round + 1 >= ROUNDS_MAX ||
	       (move.round > 1 && move.pages >= move.pages_before);
}

/* This clone stays, without turns, until the next one has been compared with it. */
static void end_round(struct domain *clone)
{
	if (move.last) {
		put_end();
		move.phase = AT_END;
		return;
	}
	if (!domain_clone_for(move.parent, &work))
		return; /* it is being cloned otherwise: in the next turn */
	move.last = is_time_to_stop();
	remove_clone_before();
	move.before = clone;
	clone->vcpu.held = true;
}

static void next_section(struct domain *clone)
{
	u32 frames = clone->guest.space.memory.frames;
	u32 all = frames + frames_for(snapshot_disk_size(clone->guest.config));

	move.done = move.size = 0;
	for (; !move.size && move.gfn < all && !stretch_is_spent(); move.gfn++)
		if (move.gfn < frames)
			put_page(clone, move.gfn);
		else
			put_disk_page(clone, move.gfn - frames);
	if (!move.size && move.gfn == all)
		end_round(clone);
}

/* -- 4. The commit ----------------------------------------------------------------------------- */

static void commit(void)
{
	const struct snapshot_section section = {MOVE_COMMIT, 0};

	move.phase = COMMITTED;
	line_fill(&section, sizeof(section));
	line_seal();
}

static void has_moved(struct domain *parent)
{
	u32 rest, ms = divide(timer_now() - move.stands_since, NS_PER_MS, &rest);
	char reason[GUEST_REASON_SIZE];

	snprintf(reason, sizeof(reason), "%u KB in %u rounds, and it stood still for %u ms",
		 move.sent / KIB, move.round, ms);
	if (!has_ended(parent)) {
		parent->ended_by_user = true;
		guest_end(&parent->guest, GUEST_MOVED, reason);
	}
	forget(MOVE_NONE);
}

/* The line is free, and there is nothing left in the buffer. */
static enum progress next_step(struct domain *clone)
{
	switch (move.phase) {
	case IN_ROUND:
		next_section(clone);
		return AGAIN;
	case AT_END:
		if (line_filled())
			line_seal();
		else
			commit();
		return AGAIN;
	default:
		has_moved(move.parent);
		return DONE;
	}
}

/* The clone has no turns until the poller has seen the line free. */
static void wait_for_line(struct domain *clone)
{
	move.waits = clone;
	clone->vcpu.held = true;
	schedule_soon();
}

/* Until the line is busy, or the stretch is spent. */
static enum progress send_some(struct domain *clone)
{
	do {
		if (line_send() == LINE_BUSY) {
			wait_for_line(clone);
			return AGAIN;
		}
		if (move.done == move.size && next_step(clone) == DONE)
			return DONE;
		move.done += line_fill((const u8 *)&move.buffer + move.done, move.size - move.done);
	} while (!clone->vcpu.held && !stretch_is_spent());
	return AGAIN;
}

static enum progress do_some(struct domain *clone)
{
	enum line_state state;

	if (!move.parent)
		return DONE;
	state = line_send();
	if (state == LINE_DEAD || state == LINE_REFUSED)
		failed(move.parent, line_problem(state));
	else if (has_ended(move.parent) && move.phase != COMMITTED)
		failed(move.parent, "it has ended");
	return move.parent ? send_some(clone) : DONE;
}

static void poll(void)
{
	struct domain *clone = move.waits;

	if (!clone || (line_send() == LINE_BUSY && !has_ended(move.parent)))
		return;
	move.waits = NULL;
	clone->vcpu.held = false;
}

static u64 deadline(void)
{
	return move.waits ? line_deadline() : TIMER_NEVER;
}

static const struct poller poller = {.name = "sending", .poll = poll, .deadline = deadline};
static bool has_poller; /* from the first command on: until then it costs nothing */

/* -- 5. Commands ------------------------------------------------------------------------------- */

static void say_hello(void)
{
	struct move_hello hello = {.version = MOVE_VERSION};

	memcpy(hello.magic, MOVE_MAGIC, MOVE_MAGIC_SIZE);
	do
		random_bytes(&hello.session, sizeof(hello.session));
	while (!hello.session);
	line_fill(&hello, sizeof(hello));
	line_set_session(hello.session);
	line_seal();
}

const char *move_send(struct domain *domain, const char *port)
{
	const char *problem;

	if (strcmp(port, "com2"))
		return "a guest is sent by com2";
	if (domain->move != MOVE_NONE)
		return "it is being sent, or has been";
	problem = line_open(user);
	if (problem)
		return problem;
	if (!domain_clone_for(domain, &work)) {
		line_close();
		return "it does not run, or is being cloned";
	}
	memset(&move, 0, offsetof(typeof(move), buffer));
	move.parent = domain;
	move.life = domain->starts;
	domain->move = MOVE_RUNS;
	say_hello();
	if (!has_poller)
		schedule_add_poller(&poller);
	has_poller = true;
	return NULL;
}

void move_settle_here(struct domain *domain)
{
	domain->move = MOVE_NONE;
	domain->vcpu.held = domain->vcpu.paused = false;
	schedule_soon();
}

void move_settle_there(struct domain *domain)
{
	domain->move = MOVE_NONE;
	domain->ended_by_user = true;
	guest_end(&domain->guest, GUEST_MOVED, "discarded here");
	schedule_soon();
}
