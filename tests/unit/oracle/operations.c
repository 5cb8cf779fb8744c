// SPDX-License-Identifier: GPL-2.0-or-later
/* The list of operations, their random choice, a script of them and its text. */
#include "tests/unit/oracle/operations.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/oracle/audit.h"
#include "tests/unit/oracle/clones.h"
#include "tests/unit/oracle/fast.h"
#include "tests/unit/oracle/inspect.h"

#define SPACES 48u        /* more than the engine holds at once */
#define TOPS 64u          /* frames from here on hold the top levels */
#define PLACE_KERNEL 112u /* from here on: around the kernel's first page */
#define PLACE_SWITCHER 127u
#define PLACE_WIDE 128u /* from here on: all over the address space */
#define WIDE_PLACES 24u
#define AUDIT_EVERY 61u
#define INSPECT_EVERY 8

static const struct kind {
	const char *name;
	void (*run)(const struct operation *o);
	u32 weight; /* how often it is drawn */
} kinds[] = {
    {"access", do_access, 400},
    {"instruction", do_instruction, 80},
    {"map", do_map, 60},
    {"edit", do_edit, 80},
    {"edit_announced", do_edit_announced, 120},
    {"edit_upper", do_edit_upper, 20},
    {"edit_upper_announced", do_edit_upper_announced, 30},
    {"edit_top", do_edit_top, 8},
    {"set_pte", do_set_pte, 40},
    {"set_ptes", do_set_ptes, 40},
    {"fork", do_fork, 20},
    {"set_pgd", do_set_pgd, 8},
    {"set_pmd", do_set_pmd, 8},
    {"switch", do_switch, 100},
    {"switch_anywhere", do_switch_anywhere, 3},
    {"flush_user", do_flush_user, 10},
    {"flush_all", do_flush_all, 8},
    {"pin", do_pin, 30},
    {"read", do_read, 30},
    {"write", do_write, 30},
    {"store", do_store, 6},
    {"new_process", do_new_process, 40},
    {"home", do_home, 60},
    {"kernel_address", do_kernel_address, 1},
    {"share", do_share, 10},
    {"clone_write", do_clone_write, 30},
    {"clone_end", do_clone_end, 4},
    {"aliases", do_aliases, 20},
    {"row", do_row, 20},
    {"writers", do_writers, 10},
    {"neighbours", do_neighbours, 6},
};

/* -- The meaning of an operation's numbers --------------------------------------------------- */

u32 top_of_space(u32 space)
{
	if (space >= SPACE_CURRENT)
		return model.top;
	space %= SPACES;
	return TOPS * FRAME_SIZE + space * (pae_guest() ? 32 : FRAME_SIZE);
}

/* The lower half chooses among few places, at the limits of tables of either format, so that
 * operations share places. The upper half chooses places everywhere, so that tables run out. */
u32 address_of(const struct operation *o)
{
	static const u32 places[] = {0,          0x00200000, 0x00400000, 0x3FE00000, 0x40000000,
				     0x7FC00000, 0x80000000, 0xBFE00000, 0xC0000000, 0xC0200000,
				     0xC0400000, 0xFF800000, 0xFFA00000};
	static const u32 pages[] = {0, 1, 2, 0xFF, 0x100, 0x101, 0x1FE, 0x1FF};
	u32 start = o->place < PLACE_WIDE ? places[o->place % ARRAY_SIZE(places)]
					  : o->place % WIDE_PLACES * 0x0A200000u;

	if (o->place == PLACE_SWITCHER)
		start = SWITCHER_START;
	if (model.linear && o->page == GUEST_FRAMES) /* the first byte that is none of its memory */
		return GUEST_FRAMES * FRAME_SIZE;
	if (model.linear && o->page < HOSTILE) /* there is memory only at the start */
		return (o->page % GUEST_FRAMES * FRAME_SIZE) + (o->value & 0xFF8);
	if (o->place >= PLACE_KERNEL && o->place < PLACE_SWITCHER)
		return setup.kernel_address + (o->page % 4 - 2) * FRAME_SIZE + (o->value & 0xFF8);
	return start + pages[o->page % ARRAY_SIZE(pages)] * FRAME_SIZE + (o->value & 0xFF8);
}

/* Bits 0 to 11 are the flags, 12 to 19 the frame, 20 to 23 the rare properties. */
#define FRAME_BEYOND (1u << 20)

u64 entry_of(const struct operation *o)
{
	u64 entry = o->value & 0xFFFFF;

	if (o->value & FRAME_BEYOND)
		entry |= 0xFFF00000;
	if (pae_guest() && (o->value & 1u << (setup.nx ? 21 : 23)))
		entry |= PTE_NO_EXECUTE;
	if (pae_guest() && (o->value & 1u << 22))
		entry |= 1ull << (32 + (o->value >> 24 & 0x1F));
	return entry;
}

struct setup sane_setup(u32 combination, u32 nx, u32 budget, u32 kernel_address)
{
	return (struct setup){
	    .combination = combination % COMBINATIONS,
	    .nx = nx & 1 && combination % COMBINATIONS == PAE_ON_PAE,
	    .budget = SHADOW_BUDGET_MIN + budget % 512,
	    .kernel_address = kernel_address % SWITCHER_START,
	};
}

static u32 find_kind(const char *name)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(kinds) && strcmp(kinds[i].name, name); i++)
		;
	return i;
}

/* -- Running --------------------------------------------------------------------------------- */

static void start(const struct setup *with)
{
	world_start(with);
	model_start();
	forget_samples();
}

static void compare_memory(void)
{
	for (u32 gfn = 0; gfn < GUEST_FRAMES; gfn++)
		compare_frame(gfn);
}

static void finish(void)
{
	compare_memory();
	audit_shadow();
	clones_audit();
	world_stop();
}

static void run(const struct operation *o, u32 index)
{
	fast_left();
	kinds[o->kind % ARRAY_SIZE(kinds)].run(o);
	compare_frame(index % GUEST_FRAMES);
	clones_compare(index % GUEST_FRAMES);
	if (index % AUDIT_EVERY == 0) {
		audit_shadow();
		clones_audit();
	}
	if (index % INSPECT_EVERY == 0)
		check_inspection(address_of(o));
}

/* A guest that was killed is followed by another one of the same setup. */
void run_script(const struct script *script)
{
	start(&script->setup);
	for (u32 i = 0; i < script->count; i++) {
		run(&script->operations[i], i);
		if (guest_has_ended(&guest)) {
			finish();
			start(&script->setup);
		}
	}
	finish();
}

/* -- At random ------------------------------------------------------------------------------- */

u32 random_number(u32 *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

static u8 random_kind(u32 *state)
{
	u32 total = 0, kind = 0, number;

	for (u32 i = 0; i < ARRAY_SIZE(kinds); i++)
		total += kinds[i].weight;
	for (number = random_number(state) % total; number >= kinds[kind].weight; kind++)
		number -= kinds[kind].weight;
	return kind;
}

/* Entries that mean something: present more often than not, seldom broken, seldom for a table. */
static u32 random_entry(u32 *state)
{
	u32 bits = random_number(state), rare = random_number(state);
	u32 entry = bits & 0xFF000F7F;

	entry |= (rare & 7) ? PTE_PRESENT : 0;
	entry |= (rare & 8) ? PTE_WRITE | PTE_USER : 0;
	entry |= (rare & 0x10) ? PTE_ACCESSED : 0;
	entry |= (bits >> 12 & ((rare & 0x1E0) ? 0xF : 0x7F)) << FRAME_SHIFT;
	entry |= (rare & 0x600) ? 0 : 1u << 21;
	if ((rare & 0x01FF0000) == 0)
		entry |= 1u << (rare >> 25) % 24;
	return entry;
}

/* How one script differs from the others. */
struct manner {
	bool many_spaces, wide;
	bool flushing; /* often, so that page tables are in sync */
	bool sharing;  /* with clones; without, page tables stay for longer */
};

static struct operation random_operation(u32 *state, const struct manner *m)
{
	u32 bits = random_number(state), unlikely = m->wide ? 1 : 15;
	struct operation o = {
	    .kind = random_kind(state),
	    .space = bits & 0x80 ? SPACE_CURRENT : bits & (m->many_spaces ? 0x3F : 3),
	    .place = bits >> 8 & ((bits >> 24 & unlikely) ? 0x7F : 0xFF),
	    .page = bits >> 16,
	};

	if (m->flushing && (bits & 0x0F000000) == 0)
		o.kind = find_kind(bits >> 30 ? "flush_user" : "flush_all");
	if (!m->sharing && kinds[o.kind].run == do_share)
		o.kind = find_kind("access");
	if (m->many_spaces && kinds[o.kind].run == do_flush_all && bits >> 29)
		o.kind = find_kind("switch"); /* else there would never be many */
	if (kinds[o.kind].run == do_switch || kinds[o.kind].run == do_new_process)
		o.space &= 0x3F;
	if (strstr(kinds[o.kind].name, "edit") || strstr(kinds[o.kind].name, "set_pte") ||
	    kinds[o.kind].run == do_store)
		o.value = random_entry(state);
	else
		o.value = random_number(state);
	if (!m->sharing && kinds[o.kind].run == do_row)
		o.value &= ~ROW_IS_SHARED;
	if (kinds[o.kind].run == do_edit_upper && bits >> 28 == 0)
		o.value |= bits & 0x40 ? PDE_LARGE : FRAME_BEYOND;
	return o;
}

static u32 random_kernel_address(u32 *state)
{
	static const u32 addresses[] = {0xC0000000, 0xC0200000, 0xC0101000, 0x80000000, 0x00801000,
					0,          0xFFBFF000, 0xBFFFF000, 0x40001000};

	return addresses[random_number(state) % ARRAY_SIZE(addresses)];
}

void random_script(struct script *script, u32 seed, u32 count)
{
	u32 state = seed * 2654435761u | 1;
	struct manner manner;
	u32 choice = random_number(&state), few = choice & 0x1000 ? 15 : 1;

	/* Half of the setups have little shadow memory. */
	script->setup = sane_setup(seed, choice >> 1, choice >> 8 & (choice & 1 ? few : ~0u),
				   random_kernel_address(&state));
	script->count = count;
	manner.many_spaces = random_number(&state) % 4 == 0;
	manner.wide = random_number(&state) % 3 == 0;
	manner.flushing = random_number(&state) % 3 == 0;
	manner.sharing = random_number(&state) % 2 == 0;
	for (u32 i = 0; i < count; i++)
		script->operations[i] = random_operation(&state, &manner);
	script->operations[random_number(&state) % 8].kind = find_kind("kernel_address");
}

/* -- As text --------------------------------------------------------------------------------- */

void print_script(FILE *file, const struct script *script)
{
	const struct setup *s = &script->setup;

	fprintf(file, "setup %u %u %u %#x\n", s->combination, s->nx, s->budget, s->kernel_address);
	for (u32 i = 0; i < script->count; i++) {
		const struct operation *o = &script->operations[i];

		fprintf(file, "%s %u %u %u %#x\n", kinds[o->kind % ARRAY_SIZE(kinds)].name,
			o->space, o->place, o->page, o->value);
	}
}

static void skip_comments(FILE *file)
{
	int c;

	while ((c = getc(file)) == '#')
		while ((c = getc(file)) != '\n' && c != EOF)
			;
	ungetc(c, file);
}

bool read_script(FILE *file, struct script *script)
{
	struct setup *s = &script->setup;
	u32 nx, space, place, page, value;
	char name[32];

	skip_comments(file);
	if (fscanf(file, " setup %u %u %u %x", &s->combination, &nx, &s->budget,
		   &s->kernel_address) != 4)
		return false;
	*s = sane_setup(s->combination, nx, s->budget - SHADOW_BUDGET_MIN, s->kernel_address);
	script->count = 0;
	while (fscanf(file, " %31s %u %u %u %x", name, &space, &place, &page, &value) == 5) {
		u32 kind = find_kind(name);

		if (kind == ARRAY_SIZE(kinds) || script->count == SCRIPT_MAX)
			return false;
		script->operations[script->count++] =
		    (struct operation){kind, space, place, page, value};
	}
	return feof(file);
}
