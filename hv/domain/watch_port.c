/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The port of the state stream (docs/state.md). Lines wait in a queue, which a poller sends. The poller also makes the
 * reports of events, takes commands, and makes their answers: in pieces, as long as there is room.
 *
 * 1. The queue
 * 2. Reports
 * 3. Answers that take pieces
 * 4. Commands
 * 5. The poller
 */
#include "arch/x86/io.h"
#include "arch/x86/timer.h"
#include "hv/base/log.h"
#include "hv/base/stretch.h"
#include "hv/domain/domain_run.h"
#include "hv/domain/line.h"
#include "hv/text_match.h"
#include "lib/min_max.h"
#include "lib/number.h"
#include "lib/string.h"

#define DEBUGCON_PORT 0xE9
#define USER "watch"

#define QUEUE_SIZE 16384u
/* With more bytes in the queue, reports wait; answers do, too. Between the two, reports cannot keep an answer waiting,
 * and above both, a single line finds room. */
#define REPORTS_MOST (QUEUE_SIZE / 2)
#define ANSWERS_MOST (QUEUE_SIZE / 4 * 3)
#define COMMAND_SIZE 128u
#define COMMAND_WORDS 4u
#define BYTES_AT_ONCE 512u /* that are sent in one poll */
#define STEPS_MAX 1000000u

static struct {
	enum watch_port where;
	char queue[QUEUE_SIZE];
	u32 first, count; /* of the bytes that wait */
	u32 lost;         /* lines for which there was no room */
	bool tells;       /* a report is not complete */
	u32 teller;       /* the domain that had the last turn to report */

	char command[COMMAND_SIZE]; /* that comes */
	u32 size;
	bool too_long;

	/* The answer under way; NULL: none. It is called with 0, 1, 2 ... until it returns false. */
	bool (*answer)(u32 piece);
	u32 piece;
	struct domain *domain; /* that it is about */
	gva_t at;              /* the first address of the page table */
} port;

/* -- 1. The queue -------------------------------------------------------------------------------- */

static void send_to_debugcon(const struct watch_text *line)
{
	for (u32 i = 0; i < line->size; i++)
		outb(DEBUGCON_PORT, line->text[i]);
}

static bool has_room(void)
{
	return QUEUE_SIZE - port.count >= sizeof(((struct watch_text *)0)->text);
}

static void enqueue(const struct watch_text *line)
{
	u32 end = (port.first + port.count) % QUEUE_SIZE;
	u32 part = min_u32(line->size, QUEUE_SIZE - end);

	memcpy(port.queue + end, line->text, part);
	memcpy(port.queue, line->text + part, line->size - part);
	port.count += line->size;
}

void watch_port_send(struct watch_text *line)
{
	line->text[line->size++] = '\n';
	if (port.where == WATCH_DEBUGCON)
		send_to_debugcon(line);
	else if (port.where == WATCH_COM2 && has_room())
		enqueue(line);
	else if (port.where == WATCH_COM2)
		port.lost++;
}

static void send(const char *text)
{
	struct watch_text line = {.size = 0};

	watch_add(&line, "%s", text);
	watch_port_send(&line);
}

static void refuse(const char *text)
{
	struct watch_text line = {.size = 0};

	watch_add(&line, "error text=%s", text);
	watch_port_send(&line);
}

static void say_lost(void)
{
	struct watch_text line = {.size = 0};

	watch_add(&line, "lost lines=%u", port.lost);
	port.lost = 0;
	watch_port_send(&line);
}

static void drain(void)
{
	u32 budget = BYTES_AT_ONCE, part, sent;

	do {
		part = min_u32(min_u32(port.count, budget), QUEUE_SIZE - port.first);
		sent = line_put(port.queue + port.first, part);
		port.first = (port.first + sent) % QUEUE_SIZE;
		port.count -= sent;
		budget -= sent;
	} while (sent && budget);
	if (port.lost && has_room())
		say_lost();
}

/* -- 2. Reports ---------------------------------------------------------------------------------- */

/* A poll makes as many pieces as fit in one stretch: other CPUs may wait for the machine's lock meanwhile. While the
 * guest is leaving its CPU, it still belongs to that CPU (hv/base/machine.h). */
static void continue_report(struct domain *domain)
{
	while (domain->vcpu.cpu == NO_CPU && port.count <= REPORTS_MOST && !stretch_is_spent())
		if (!watch_report_piece(domain)) {
			watch_told(domain);
			return;
		}
	port.tells = true;
}

/* The next call goes on with the next guest, so that none waits for ever. */
static void continue_reports(void)
{
	u32 count = domains_count();

	port.tells = false;
	for (u32 i = 0; i < count && !port.tells; i++) {
		port.teller = (port.teller + 1) % count;
		if (domain_at(port.teller)->vcpu.telling)
			continue_report(domain_at(port.teller));
	}
}

/* -- 3. Answers that take pieces ----------------------------------------------------------------- */

static struct guest_space *space(void)
{
	return &port.domain->guest.space;
}

static void say_entries(const char *kind, gva_t at, u64 guest, u64 shadow)
{
	struct watch_text line = {.size = 0};

	if (!guest && !shadow)
		return;
	watch_add_hex(&line, kind, gva_value(at));
	watch_add_hex(&line, " guest=", guest);
	watch_add_hex(&line, " shadow=", shadow);
	watch_port_send(&line);
}

/* `level` counts from that of the page tables, 0. */
static void say_level(const char *kind, gva_t at, u32 level)
{
	struct address_walk walk;

	space()->shadow.engine->inspect(space(), at, &walk);
	say_entries(kind, at, walk.guest[level].entry, walk.shadow[level].entry);
}

static const char *format_name(const struct shadow_engine *engine)
{
	if (engine->pae_guest)
		return "PAE";
	return engine->pae_shadow ? "two-level-on-PAE" : "two-level";
}

static void say_space(void)
{
	const struct guest *g = &port.domain->guest;
	const struct shadow *s = &g->space.shadow;
	struct watch_text line = {.size = 0};

	watch_add(&line, "space guest=%s n=%u engine=%s", port.domain->name,
		  port.domain->watch.events, format_name(s->engine));
	watch_add_top(&line, &g->space);
	watch_add(&line, " shift=%u kernel=%#x memory=%u frames=%u budget=%u eip=%#x ring=%u",
		  s->engine->pde_shift, s->kernel_pde << s->engine->pde_shift,
		  g->space.memory.frames, s->frames, s->budget, g->regs->eip,
		  privilege_level(g->regs));
	watch_port_send(&line);
}

static void say_directory(const struct shadow_directory *d)
{
	const struct shadow *s = &space()->shadow;
	struct watch_text line = {.size = 0};
	u32 pages = 0, some = 0, pde = 0;

	while ((pde = watch_next_table(&d->user, pde)) < SHADOW_PDES_MAX) {
		s->engine->inspect_table(space(), d, pde++, &some);
		pages += some;
		stretch_window(NULL, "watch"); /* a directory may have a thousand */
	}
	watch_add(&line, "directory guest=%s top=%#x current=%u used=%u tables=%u pages=%u",
		  port.domain->name, s->linear ? 0 : gpa_value(d->top), d == s->current,
		  s->switches - d->last_used, d->user.count, pages);
	watch_port_send(&line);
}

/* `state`: its space, then the directories, then the entries of the current one. */
static bool answer_state(u32 piece)
{
	const struct shadow *s = &space()->shadow;
	u32 pde = piece - 1 - SHADOW_DIRECTORIES;

	if (!piece) {
		say_space();
	} else if (piece <= SHADOW_DIRECTORIES) {
		if (s->directories[piece - 1].used)
			say_directory(&s->directories[piece - 1]);
	} else {
		say_level("pde at=", to_gva(pde << s->engine->pde_shift), 1);
		return pde + 1 < 1u << (32 - s->engine->pde_shift);
	}
	return true;
}

/* `table`: the entries of one page table. */
static bool answer_table(u32 piece)
{
	u32 pages = 1u << (space()->shadow.engine->pde_shift - FRAME_SHIFT);

	say_level("pte at=", to_gva(gva_value(port.at) + piece * FRAME_SIZE), 0);
	return piece + 1 < pages;
}

static const char *state_of(const struct domain *domain)
{
	if (domain->state == DOMAIN_ALIVE)
		return domain->vcpu.paused ? "paused" : "runs";
	return domain->state > DOMAIN_ALIVE ? "ended" : "waiting";
}

static bool answer_list(u32 piece)
{
	const struct domain *domain = domain_at(piece);
	struct watch_text line = {.size = 0};

	if (!domain)
		return false;
	watch_add(&line, "guest name=%s state=%s watched=%u n=%u", domain->name, state_of(domain),
		  domain->watch.on, domain->watch.events);
	watch_port_send(&line);
	return true;
}

/* `pause`: the guest's last event has been told, so it stands. */
static bool answer_pause(u32 piece)
{
	(void)piece;
	return false;
}

/* The state of a guest is that behind its last event, so the event is told before. */
static bool can_answer(void)
{
	return port.answer && port.count <= ANSWERS_MOST &&
	       !(port.domain && port.domain->vcpu.telling);
}

static void continue_answer(void)
{
	while (can_answer() && !stretch_is_spent()) {
		if (port.domain && port.domain->state != DOMAIN_ALIVE) {
			port.answer = NULL;
			refuse("the guest has ended");
			return;
		}
		if (port.answer(port.piece++))
			continue;
		port.answer = NULL;
		send("ok");
	}
}

/* -- 4. Commands --------------------------------------------------------------------------------- */

/* NULL: done; else what was wrong. `domain` is the one that the second word names, if the command has one. */
typedef const char *command_handler(struct domain *domain, const char *argument);

static void begin_answer(bool (*answer)(u32 piece), struct domain *domain)
{
	port.answer = answer;
	port.domain = domain;
	port.piece = 0;
}

static const char *list(struct domain *domain, const char *argument)
{
	(void)argument;
	begin_answer(answer_list, domain);
	return NULL;
}

static const char *watch(struct domain *domain, const char *argument)
{
	(void)argument;
	watch_set(domain, true);
	return NULL;
}

static const char *unwatch(struct domain *domain, const char *argument)
{
	(void)argument;
	watch_set(domain, false);
	return NULL;
}

static const char not_alive[] = "the guest is not alive";

static const char *step(struct domain *domain, const char *argument)
{
	u32 steps = 1;

	if (argument &&
	    (!number_parse(argument, strlen(argument), &steps) || !steps || steps > STEPS_MAX))
		return "a number of steps is 1 to 1000000";
	return watch_run(domain, steps, NULL) ? NULL : not_alive;
}

static const char *until(struct domain *domain, const char *argument)
{
	if (strlen(argument) >= WATCH_EVENT_SIZE || !trace_has_name(argument))
		return "no event is called so";
	return watch_run(domain, 0, argument) ? NULL : not_alive;
}

static const char *run(struct domain *domain, const char *argument)
{
	(void)argument;
	return watch_run(domain, 0, NULL) ? NULL : not_alive;
}

static const char *pause(struct domain *domain, const char *argument)
{
	(void)argument;
	if (!watch_pause(domain))
		return "the guest does not run";
	begin_answer(answer_pause, domain);
	return NULL;
}

static const char *state(struct domain *domain, const char *argument)
{
	(void)argument;
	if (domain->state != DOMAIN_ALIVE)
		return not_alive;
	begin_answer(answer_state, domain);
	return NULL;
}

static const char *table(struct domain *domain, const char *argument)
{
	u32 at;

	if (!number_parse(argument, strlen(argument), &at))
		return "an address is a number, such as 0x800000";
	if (domain->state != DOMAIN_ALIVE)
		return not_alive;
	port.at = to_gva(at & ~0u << domain->guest.space.shadow.engine->pde_shift);
	begin_answer(answer_table, domain);
	return NULL;
}

/* `least` and `most`: words, with its own. */
static const struct command {
	const char *name;
	command_handler *handler;
	u8 least, most;
} commands[] = {
    {"list", list, 1, 1},   {"watch", watch, 2, 2}, {"unwatch", unwatch, 2, 2},
    {"step", step, 2, 3},   {"until", until, 3, 3}, {"run", run, 2, 2},
    {"pause", pause, 2, 2}, {"state", state, 2, 2}, {"table", table, 3, 3},
};

static const struct command *find_command(const char *name)
{
	for (u32 i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

static const char *call(char **word, u32 words)
{
	const struct command *command = find_command(word[0]);
	struct domain *domain = NULL;

	if (!command)
		return "no such command";
	if (words < command->least || words > command->most)
		return "too few words, or too many";
	if (words > 1 && !(domain = domain_find(word[1])))
		return "no guest has this name";
	return command->handler(domain, words > 2 ? word[2] : NULL);
}

static void run_command(void)
{
	char *word[COMMAND_WORDS];
	u32 words = words_split(port.command, word, COMMAND_WORDS);
	const char *problem;

	if (!words)
		return;
	schedule_stop_others();
	problem = port.too_long ? "longer than 127 characters" : call(word, words);
	schedule_resume_others();
	if (problem)
		refuse(problem);
	else if (!port.answer)
		send("ok");
}

/* -- 5. The poller ------------------------------------------------------------------------------- */

/* Takes a command; the next one waits in the UART until this one is answered. */
static void take_command(void)
{
	char byte;

	while (!port.answer && !stretch_is_spent() && line_get(&byte)) {
		if (byte != '\n' && byte != '\r') {
			port.too_long |= port.size == COMMAND_SIZE - 1;
			if (!port.too_long)
				port.command[port.size++] = byte;
			continue;
		}
		port.command[port.size] = 0;
		run_command();
		port.size = 0;
		port.too_long = false;
	}
}

static void poll(void)
{
	continue_reports();
	if (port.where == WATCH_DEBUGCON)
		return;
	stretch_window(NULL, USER); /* reports may have used up the stretch in each poll */
	take_command();
	if (can_answer()) {
		schedule_stop_others();
		continue_answer();
		schedule_resume_others();
	}
	drain();
}

static u64 deadline(void)
{
	if ((port.tells && port.count <= REPORTS_MOST) || can_answer())
		return 0;
	return port.where == WATCH_COM2 ? line_deadline() : TIMER_NEVER;
}

static bool is_active(void)
{
	return port.count;
}

static const struct poller poller = {
    .name = "watch", .poll = poll, .deadline = deadline, .is_active = is_active};

bool watch_port_is(enum watch_port where)
{
	return port.where == where;
}

void watch_port_open(enum watch_port where)
{
	const char *problem = where == WATCH_COM2 ? line_open(USER) : NULL;

	if (problem) {
		say("watch=com2: %s", problem);
		return;
	}
	port.where = where;
	schedule_add_poller(&poller);
	send("hello version=1");
}
