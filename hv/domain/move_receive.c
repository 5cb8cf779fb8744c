// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Receives a guest that another machine sends (hv/domain/move_send.c, abi/move.h). All that comes is hostile input.
 *
 *	WAITING      for frame 0, of any sender
 *	RECEIVING    pages go into the memory of a guest that is being made
 *	READY        it is complete, and does not run; the sender's guest stands still
 *	OVER         it runs, or has been refused; the last answer is repeated, since the sender may not have got it
 *
 * The guest runs when the commit has come, and not otherwise: so long the sender may let its guest go on. A poller takes
 * bytes from the line, and then the sections of a complete frame; the sender waits for the answer.
 */
#include "hv/domain/move_receive.h"

#include "abi/move.h"
#include "arch/x86/timer.h"
#include "hv/base/log.h"
#include "hv/base/stretch.h"
#include "hv/domain/domain_run.h"
#include "hv/domain/line.h"
#include "hv/domain/snapshot_restore.h"
#include "lib/format.h"
#include "lib/min_max.h"
#include "lib/string.h"

#define PROBLEM_SIZE 256
#define SILENCE_NS (40u * (u64)NS_PER_SECOND) /* the sender repeats a frame for 30 s */

static const char user[] = "receive"; /* of the line */

enum phase { OFF, WAITING, RECEIVING, READY, OVER };

static struct {
	enum phase phase;
	struct domain *domain; /* whose guest is being made; or NULL */
	bool has_last;         /* the state is that of the last round */
	bool paused;           /* in which a user had paused the guest */
	u32 session;
	u64 silent_at; /* when the sender has been silent for too long */
	struct snapshot_sums sums;

	struct line_frame frame; /* that is being taken; */
	bool has_frame;
	u32 at;       /* its bytes before this one have been taken */
	u32 expected; /* its number; or that of the next one */
	char letter;  /* OVER: the answer */

	struct snapshot_state state; /* the guest's image, from the first MOVE_STATE on */
	u32 disk;                    /* bytes; the image says that it has none */
	bool disk_read_only;
	u32 filled; /* bytes of the section */
	struct {
		struct snapshot_section section;
		union {
			struct move_state state;
			struct snapshot_page page;
			struct move_zero zero;
			struct snapshot_end end;
		} body;
	} PACKED in;
} receive;

/* -- 1. The end -------------------------------------------------------------------------------- */

/* Throws the half-made guest away. */
static void discard(void)
{
	struct domain *domain = receive.domain;

	receive.domain = NULL;
	if (!domain)
		return;
	domain->starts = 0;
	domain->ended_by_user = true;
	guest_kill(&domain->guest, "not received");
	domain_set_state(domain, DOMAIN_ENDING);
	schedule_add(&domain->vcpu, &domain->guest);
}

static void say_failure(const char *problem)
{
	if (receive.domain)
		say("guest %s: not received: %s", receive.domain->name, problem);
	else
		say("receive: no guest: %s", problem);
}

/* From now on the present frame is answered with this letter, as often as it comes. */
static void is_over(char letter)
{
	receive.phase = OVER;
	receive.letter = letter;
	receive.has_frame = false;
	receive.expected = receive.frame.number + 1;
	receive.silent_at = timer_now() + SILENCE_NS;
	line_answer(receive.frame.number, letter);
	line_linger();
}

/* Always false, for the caller to return. */
static bool PRINTF_LIKE(1, 2) refuse(const char *text, ...)
{
	char problem[PROBLEM_SIZE];
	va_list arguments;

	va_start(arguments, text);
	vsnprintf(problem, sizeof(problem), text, arguments);
	va_end(arguments);
	say_failure(problem);
	is_over(LINE_NO);
	discard();
	return false;
}

bool move_receive_stop(const char *reason)
{
	bool receives = receive.phase != OFF && receive.phase != OVER;

	if (receives)
		say_failure(reason);
	if (receive.phase != OFF && line_is_open_for(user))
		line_close();
	receive.phase = OFF;
	receive.has_frame = false;
	discard();
	return receives;
}

/* -- 2. The state ------------------------------------------------------------------------------ */

/* Sets its frames aside. */
static bool open_guest(struct domain *domain)
{
	char problem[PROBLEM_SIZE];

	if (domain_begin(domain, problem, sizeof(problem))) {
		domain_set_state(domain, DOMAIN_RECEIVING);
		return true;
	}
	domain->ended_by_user = true;
	domain_set_state(domain, DOMAIN_ENDED);
	receive.domain = NULL; /* there is nothing to throw away */
	return refuse("guest %s %s", domain->name, problem);
}

/* The first state: makes a guest for it, without its contents. */
static bool begin_guest(void)
{
	struct guest_config config = {
	    .weight = WEIGHT_DEFAULT,
	    .image = {(const u8 *)&receive.state, sizeof(receive.state)},
	};
	char problem[PROBLEM_SIZE];
	struct domain *domain;

	if (!snapshot_configure(&config, problem, sizeof(problem)))
		return refuse("%s", problem);
	config.disk.size = receive.disk;
	config.disk_read_only = receive.disk_read_only;
	if (!is_name(config.name))
		return refuse("its name is none");
	domain = domains_add_received(&config);
	if (!domain)
		return refuse("no memory for one more guest");
	receive.domain = domain;
	if (!open_guest(domain))
		return false;
	if (!snapshot_restore_begin(domain))
		return refuse("%s", domain->guest.reason);
	say("guest %s: being received", domain->name);
	return true;
}

/* A snapshot would have the contents of the disk behind its pages; here they come page by page. So the image is that
 * of a guest without a disk. */
static bool take_disk_size(struct snapshot_header *header)
{
	receive.disk = header->disk;
	receive.disk_read_only = header->flags & SNAPSHOT_DISK_READ_ONLY;
	header->disk = 0;
	if (receive.disk)
		header->flags &= ~SNAPSHOT_DISK_READ_ONLY;
	return receive.disk % BLOCK_SECTOR == 0 &&
	       !(receive.disk && header->flags & SNAPSHOT_NO_DEVICES);
}

static bool is_same_guest(const struct snapshot_header *new)
{
	struct snapshot_header had = receive.state.header;

	had.disk = receive.disk;
	if (receive.disk_read_only)
		had.flags |= SNAPSHOT_DISK_READ_ONLY;
	return memcmp(&had, new, sizeof(had)) == 0;
}

static bool take_state(void)
{
	const struct move_state *new = &receive.in.body.state;
	bool first = !receive.domain, last = new->flags &MOVE_LAST;
	struct snapshot_header *header = &receive.state.header;

	if (new->flags & ~(MOVE_LAST | MOVE_PAUSED) || receive.has_last || (!first && !last))
		return refuse("it sends a state that it must not send");
	if (!first && !is_same_guest(&new->state.header))
		return refuse("it has become another guest");
	receive.state = new->state;
	if (!take_disk_size(header))
		return refuse("its header is damaged");
	receive.has_last = last;
	receive.paused = new->flags &MOVE_PAUSED;
	return !first || begin_guest();
}

/* -- 3. The pages ------------------------------------------------------------------------------ */

static bool is_good_gfn(u32 gfn)
{
	return (receive.domain && gfn < receive.domain->guest.space.memory.frames) ||
	       refuse("it sends frame %#x, which is none of the guest's", gfn);
}

static bool take_page(void)
{
	const struct snapshot_page *page = &receive.in.body.page;

	if (!is_good_gfn(page->gfn))
		return false;
	guest_load_page(&receive.domain->guest.space.memory, to_gfn(page->gfn), page->bytes);
	return true;
}

static bool take_disk(void)
{
	const move_disk_t *page = &receive.in.body.page;

	if (!receive.domain || page->gfn >= frames_for(receive.disk))
		return refuse("it sends page %#x of the disk, which is none", page->gfn);
	guest_load_page(&receive.domain->guest.disk, to_gfn(page->gfn), page->bytes);
	return true;
}

static bool take_zero(void)
{
	struct guest_memory *memory;
	u32 gfn = receive.in.body.zero.gfn;
	const u32 *words;

	if (!is_good_gfn(gfn))
		return false;
	memory = &receive.domain->guest.space.memory;
	words = guest_memory_words(memory, to_gfn(gfn));
	if (words && *words != pfn_value(frame_of_zeroes()))
		guest_zero(memory, to_gpa(gfn << FRAME_SHIFT), FRAME_SIZE);
	return true;
}

/* -- 4. The end and the commit ----------------------------------------------------------------- */

/* The sums are those before the end's own. Its answer says that the guest is ready. */
static bool take_end(void)
{
	const struct snapshot_end *end = &receive.in.body.end;
	struct bytes file = {(const u8 *)&receive.state, sizeof(receive.state)};
	struct domain *domain = receive.domain;
	char problem[PROBLEM_SIZE];

	if (!domain || !receive.has_last || receive.at != receive.frame.size)
		return refuse("it ends too early");
	if (end->sum != receive.sums.sum || end->sums != receive.sums.sums)
		return refuse("its sums are wrong");
	if (!snapshot_open(file, problem, sizeof(problem)))
		return refuse("%s", problem);
	snapshot_restore_state(domain, &receive.state);
	if (guest_has_ended(&domain->guest))
		return refuse("%s", domain->guest.reason);
	receive.phase = READY;
	return true;
}

static bool take_commit(void)
{
	struct domain *domain = receive.domain;

	if (receive.phase != READY || receive.at != receive.frame.size)
		return refuse("it commits too early");
	receive.domain = NULL;
	domain->config.image = (struct bytes){NULL, 0};
	domain->vcpu.paused = receive.paused;
	domain->guest.traced = domain->traced;
	domain_set_state(domain, DOMAIN_ALIVE);
	schedule_add(&domain->vcpu, &domain->guest);
	watch_started(domain);
	say("guest %s: received: %u KB, %s at %#x", domain->name, domain->config.memory / KIB,
	    receive.paused ? "paused" : "goes on", domain->guest.regs->eip);
	is_over(LINE_TAKEN);
	return true;
}

/* -- 5. Sections ------------------------------------------------------------------------------- */

static const struct section_kind {
	u32 type, size;
	bool (*take)(void); /* false: it has been refused */
} kinds[] = {
    {MOVE_STATE, sizeof(struct move_state), take_state},
    {SNAPSHOT_PAGE, sizeof(struct snapshot_page), take_page},
    {MOVE_ZERO, sizeof(struct move_zero), take_zero},
    {MOVE_DISK, sizeof(move_disk_t), take_disk},
    {SNAPSHOT_END, sizeof(struct snapshot_end), take_end},
    {MOVE_COMMIT, 0, take_commit},
};

/* The kind of the section whose head is there; NULL: there is none such. After the end comes the commit. */
static const struct section_kind *kind_of(const struct snapshot_section *section)
{
	for (u32 i = 0; i < ARRAY_SIZE(kinds); i++)
		if (kinds[i].type == section->type && kinds[i].size == section->size &&
		    (receive.phase == READY) == (section->type == MOVE_COMMIT))
			return &kinds[i];
	return NULL;
}

/* Takes bytes of the frame until the section has `size`. True: it has. */
static bool fill(u32 size)
{
	u32 count = min_u32(size - receive.filled, receive.frame.size - receive.at);

	memcpy((u8 *)&receive.in + receive.filled, receive.frame.bytes + receive.at, count);
	receive.filled += count;
	receive.at += count;
	return receive.filled == size;
}

/* Takes one section, or the part of it that the frame has. False: refused. */
static bool take_section(void)
{
	const struct section_kind *kind;
	u32 head = sizeof(receive.in.section), size;

	if (receive.filled < head && !fill(head))
		return true;
	kind = kind_of(&receive.in.section);
	if (!kind)
		return refuse("it sends a section %u of %u bytes", receive.in.section.type,
			      receive.in.section.size);
	size = head + kind->size;
	if (!fill(size))
		return true;
	receive.filled = 0;
	snapshot_add(&receive.sums, &receive.in, kind->type == SNAPSHOT_END ? head : size);
	return kind->take();
}

/* -- 6. Frames --------------------------------------------------------------------------------- */

static void take_hello(void)
{
	const struct move_hello *hello = (const void *)receive.frame.bytes;

	if (receive.frame.size != sizeof(*hello) ||
	    memcmp(hello->magic, MOVE_MAGIC, MOVE_MAGIC_SIZE) != 0) {
		refuse("what comes is no move");
		return;
	}
	receive.session = hello->session;
	line_set_session(hello->session);
	if (hello->version != MOVE_VERSION) {
		refuse("the sender's version is %u, and this Umbra receives version %u",
		       hello->version, MOVE_VERSION);
		return;
	}
	receive.phase = RECEIVING;
	receive.expected = 1;
	receive.has_frame = false;
	line_answer(0, LINE_TAKEN);
}

/* A frame that has been taken comes again: its answer was lost. Frame 0 may be another sender's. */
static void answer_again(void)
{
	const struct move_hello *hello = (const void *)receive.frame.bytes;
	char letter = receive.phase == OVER ? receive.letter : LINE_TAKEN;

	if (receive.frame.number || !receive.session ||
	    (receive.frame.size == sizeof(*hello) && hello->session == receive.session))
		line_answer(receive.frame.number, letter);
}

static void begin_frame(void)
{
	bool waits = receive.phase == WAITING;

	receive.at = 0;
	if (receive.phase != OVER && receive.frame.number == receive.expected)
		receive.has_frame = true;
	else if (!waits && receive.frame.number + 1 == receive.expected)
		answer_again();
	else
		return; /* of another session */
	receive.silent_at = timer_now() + SILENCE_NS;
}

/* As many sections as fit into the stretch. */
static void take_frame(void)
{
	if (receive.phase == WAITING) {
		take_hello();
		return;
	}
	do {
		if (receive.at == receive.frame.size) {
			receive.has_frame = false;
			receive.expected++;
			line_answer(receive.frame.number, LINE_TAKEN);
			return;
		}
		if (!take_section() || receive.phase == OVER)
			return;
	} while (!stretch_is_spent());
}

/* -- 7. The poller ----------------------------------------------------------------------------- */

static void poll(void)
{
	if (receive.phase == OFF)
		return;
	if (!line_is_open_for(user)) {
		receive.phase = OFF; /* it was OVER: the line has a new user */
		return;
	}
	if (receive.has_frame)
		take_frame();
	else if (line_receive(&receive.frame))
		begin_frame();
	if (receive.phase != WAITING && timer_now() >= receive.silent_at)
		move_receive_stop("the sender is silent");
}

static u64 deadline(void)
{
	if (receive.phase == OFF)
		return TIMER_NEVER;
	return receive.has_frame ? timer_now() : line_deadline();
}

static bool is_active(void)
{
	return receive.phase != OFF && receive.phase != OVER;
}

static const struct poller poller = {"receiving", poll, deadline, is_active};
static bool has_poller; /* from the first command on: until then it costs nothing */

const char *move_receive(const char *port)
{
	const char *problem;

	if (strcmp(port, "com2"))
		return "a guest is received by com2";
	problem = line_open(user);
	if (problem)
		return problem;
	memset(&receive, 0, sizeof(receive));
	receive.phase = WAITING;
	if (!has_poller)
		schedule_add_poller(&poller);
	has_poller = true;
	return NULL;
}
