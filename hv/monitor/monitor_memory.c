/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commands for page tables and frames.
 *
 * 1. walk
 * 2. tables
 * 3. mem
 */
#include "hv/base/stretch.h"
#include "hv/monitor/monitor_commands.h"
#include "lib/format.h"
#include "lib/string.h"

#define KB_PER_FRAME (FRAME_SIZE / KIB)

/* -- 1. walk ----------------------------------------------------------------------------------- */

#define FLAGS "PWUTCADLGN" /* a letter for each of flag_bits */
#define STEP_SIZE 40

static const u64 flag_bits[] = {PTE_PRESENT,       PTE_WRITE,     PTE_USER,  PTE_WRITE_THROUGH,
				PTE_CACHE_DISABLE, PTE_ACCESSED,  PTE_DIRTY, PDE_LARGE,
				PTE_GLOBAL,        PTE_NO_EXECUTE};

static void format_flags(u64 entry, char *text)
{
	for (u32 i = 0; i < ARRAY_SIZE(flag_bits); i++)
		text[i] = entry & flag_bits[i] ? FLAGS[i] : '-';
	text[ARRAY_SIZE(flag_bits)] = 0;
}

/* "[ 768] 0000000000801067 PWU--AD---", with 8 or 16 digits by the format. */
static void format_step(const struct walk_step *step, bool pae, char *text)
{
	char flags[sizeof(FLAGS)];

	*text = 0;
	if (!step->taken)
		return;
	format_flags(step->entry, flags);
	snprintf(text, STEP_SIZE, "[%4u] %0*llx %s", step->index, pae ? 16 : 8,
		 (unsigned long long)step->entry, flags);
}

static void print_steps(const struct shadow_engine *engine, const struct address_walk *walk)
{
	static const char *const levels[WALK_LEVELS] = {"entry", "table", "top"};
	char guest[STEP_SIZE], shadow[STEP_SIZE];

	monitor_line("        %-35s %s", "the guest's", "shadow");
	for (u32 i = WALK_LEVELS; i-- > 0;) {
		format_step(&walk->guest[i], engine->pae_guest, guest);
		format_step(&walk->shadow[i], engine->pae_shadow, shadow);
		if (*guest || *shadow)
			monitor_line("%-7s %-35s %s", levels[i], guest, shadow);
	}
}

static void print_verdict(struct guest *g, const struct address_walk *walk)
{
	pfn_t frame;

	if (walk->bad)
		monitor_line("the guest's last entry is broken: to use it would kill the guest");
	else if (!walk->leads)
		monitor_line("no memory of the guest's is there");
	else if (guest_memory_frame(&g->space.memory, gpa_frame(walk->gpa), TO_READ, &frame))
		monitor_line("leads to %#x of its memory, which is %#x of the machine's",
			     gpa_value(walk->gpa),
			     paddr_value(pfn_address(frame)) + gpa_offset(walk->gpa));
}

bool monitor_walk(struct monitor_call *call)
{
	struct guest *g = &call->domain->guest;
	struct address_walk walk;

	if (!monitor_require_alive(call->domain))
		return false;
	g->space.shadow.engine->inspect(&g->space, to_gva(call->number), &walk);
	if (walk.linear)
		monitor_line("%#x, %s; the guest has no tables yet: linear map", call->number,
			     g->space.shadow.engine->name);
	else
		monitor_line("%#x, %s, by the guest's directory at %#x", call->number,
			     g->space.shadow.engine->name, gpa_value(g->space.shadow.current->top));
	print_steps(g->space.shadow.engine, &walk);
	print_verdict(g, &walk);
	return false;
}

/* -- 2. tables --------------------------------------------------------------------------------- */

/* The page tables of a directory; adjacent tables form one range. */
struct coverage {
	u32 tables, pages, ranges;
	u32 first, end; /* PDE indices of the current range */
	char text[MONITOR_COLUMNS];
};

#define RANGES_SHOWN 2u

static void end_range(struct coverage *c, u32 shift)
{
	size_t length = strlen(c->text);

	if (c->first == c->end)
		return;
	if (c->ranges++ < RANGES_SHOWN)
		snprintf(c->text + length, sizeof(c->text) - length, " %08x-%08x",
			 c->first << shift, (c->end << shift) - 1);
	else if (c->ranges == RANGES_SHOWN + 1)
		strlcpy(c->text + length, " ...", sizeof(c->text) - length);
}

/* The tables of directory `d`, or (NULL) the tables that all directories share. */
static void count_tables(const struct guest *g, const struct shadow_directory *d,
			 struct coverage *c)
{
	const struct shadow_engine *engine = g->space.shadow.engine;
	u32 pdes = 1u << (32 - engine->pde_shift), pages;

	*c = (struct coverage){.tables = 0};
	for (u32 pde = 0; pde < pdes; pde++) {
		if (!engine->inspect_table(&g->space, d, pde, &pages))
			continue;
		c->tables++;
		c->pages += pages;
		if (pde != c->end) {
			end_range(c, engine->pde_shift);
			c->first = pde;
		}
		c->end = pde + 1;
	}
	end_range(c, engine->pde_shift);
}

static void print_directory(const struct guest *g, const struct shadow_directory *d)
{
	struct coverage c;
	char top[sizeof("01234567")];

	count_tables(g, d, &c);
	if (g->space.shadow.linear)
		strlcpy(top, "linear", sizeof(top));
	else
		snprintf(top, sizeof(top), "%08x", gpa_value(d->top));
	monitor_line("%-8s%c %5u switches ago: %4u tables, %5u pages%s", top,
		     d == g->space.shadow.current ? '*' : ' ',
		     g->space.shadow.switches - d->last_used, c.tables, c.pages, c.text);
}

static void print_cache(const struct guest *g)
{
	const struct shadow *s = &g->space.shadow;
	struct coverage c;

	monitor_line("%s, %u frames of %u at most; %u fills", s->engine->name, s->frames, s->budget,
		     s->counts.fills);
	monitor_line(
	    "switches: %u to a cached directory, %u to a new one; %u given up, %u reclaims",
	    s->counts.hits, s->counts.misses, s->counts.evictions, s->counts.reclaims);
	count_tables(g, NULL, &c);
	monitor_line("shared from %08x up:     %4u tables, %5u pages%s",
		     s->kernel_pde << s->engine->pde_shift, c.tables, c.pages, c.text);
}

/* Prints one directory in each call, since a directory of a large guest has a thousand tables. */
bool monitor_tables(struct monitor_call *call)
{
	const struct guest *g = &call->domain->guest;
	u32 i = call->piece - 1;

	if (!call->piece) {
		if (!monitor_require_alive(call->domain))
			return false;
		monitor_pause_guest(call->domain);
		print_cache(g);
		return true;
	}
	if (call->domain->state == DOMAIN_ALIVE && g->space.shadow.directories[i].used)
		print_directory(g, &g->space.shadow.directories[i]);
	return call->piece < SHADOW_DIRECTORIES;
}

/* -- 3. mem ------------------------------------------------------------------------------------ */

static void print_frames(const char *owner, u32 frames, const char *what)
{
	monitor_line("%-18.18s %8u frames %8u KB  %s", owner, frames, frames * KB_PER_FRAME, what);
}

static void print_guest_frames(const struct domain *domain, const u32 *counts)
{
	const struct guest *g = &domain->guest;
	u32 others = g->space.account.used - g->space.memory.owned - g->space.memory.table_frames -
		     g->space.shadow.frames;
	char what[48];

	snprintf(what, sizeof(what), "%u memory, %u p2m, %u shadow, %u other",
		 g->space.memory.owned, g->space.memory.table_frames, g->space.shadow.frames,
		 others);
	print_frames(domain->name, counts[domain->owner], what);
}

static bool has_frames(const struct domain *domain)
{
	return domain->state == DOMAIN_CREATING || domain->state == DOMAIN_CLONING ||
	       domain->state == DOMAIN_ALIVE || domain->state == DOMAIN_ENDING;
}

/* The counts are taken from the frame table itself, so an error in the accounts shows as a wrong
 * sum. */
static void print_counts(const u32 *counts)
{
	u32 sum = counts[OWNER_FREE] + counts[OWNER_UMBRA] + counts[OWNER_SHARED];
	char what[48];

	snprintf(what, sizeof(what), "%u KB set aside, run of %u KB",
		 (frames_free_count() - frames_uncommitted()) * KB_PER_FRAME,
		 frames_longest_free_run() * KB_PER_FRAME);
	print_frames("(free)", counts[OWNER_FREE], what);
	print_frames("(Umbra)", counts[OWNER_UMBRA], "image, modules, domains");
	snprintf(what, sizeof(what), "%u of clones, and one of zeroes", frames_shared_count());
	print_frames("(shared)", counts[OWNER_SHARED], what);
	for (u32 i = 0; i < domains_count(); i++)
		if (has_frames(domain_at(i))) {
			print_guest_frames(domain_at(i), counts);
			sum += counts[domain_at(i)->owner];
			stretch_window(NULL, "monitor");
		}
	snprintf(what, sizeof(what), "%s",
		 sum == frames_total() + frames_claimed() ? "all there are" : "NOT ALL THERE ARE");
	print_frames("(sum)", sum, what);
}

/* No guest runs between the counts, so that all numbers belong to the same moment. */
bool monitor_memory(struct monitor_call *call)
{
	u32 counts[OWNER_FIRST_GUEST + GUESTS_MAX] = {0};

	(void)call;
	for (u32 next = 0; next < frames_table_count();) {
		next = frames_count_owners(next, counts, ARRAY_SIZE(counts));
		stretch_window(NULL, "counting frames");
	}
	print_counts(counts);
	return false;
}
