// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A guest's creation and destruction: it is created with all the memory that it may need or not at
 * all, in the right format of page tables, and its destruction frees everything. The CPU's part of
 * a guest is replaced here.
 */
#include "tests/unit/guest_images.h"

#include <stdio.h>
#include <string.h>

#include "arch/x86/cpu.h"
#include "arch/x86/guest_top_table.h"
#include "arch/x86/host_paging.h"
#include "arch/x86/timer.h"
#include "hv/base/wake.h"
#include "hv/guest.h"
#include "hv/segments.h"
#include "hv/shadow/shadow_calls.h"
#include "hv/traps.h"

#define MEMORY (2 * MIB)
#define GUEST_RAM_FRAMES (MEMORY / FRAME_SIZE)
#define SHADOW (SHADOW_BUDGET_MIN * FRAME_SIZE)
#define DEVICE_FRAMES 5u
#define MEMORY_END (MEMORY + DEVICE_FRAMES * FRAME_SIZE)
#define ROOMY (GUEST_RAM_FRAMES + DEVICE_FRAMES + 300)
#define DIRECTORY 0x3000u /* gpa */

struct wake wake;
static struct guest guest;
static struct guest_config config;
static bool machine_is_pae;

/* -- The CPU's part ---------------------------------------------------------------------------- */

struct cpu_features cpu_features;
struct cpu_pages this_cpu_pages;

bool host_uses_pae(void)
{
	return machine_is_pae;
}

u32 guest_top_table_entry(void)
{
	return PTE_PRESENT;
}

bool guest_top_table_is_sound(void)
{
	return true;
}

void guest_window_open(void *address, pfn_t frame, bool writable)
{
	(void)address;
	(void)frame;
	(void)writable;
}

void guest_window_close(void *address)
{
	(void)address;
}

u32 guest_window_entry(const void *address)
{
	(void)address;
	return 0;
}

u64 timer_now(void)
{
	return 0;
}

void segments_init(struct guest_segments *segments)
{
	(void)segments;
}

void segments_schedule(const struct guest *g)
{
	(void)g;
}

void traps_schedule(struct guest *g)
{
	(void)g;
}

void traps_unschedule(struct guest *g)
{
	(void)g;
}

void cpu_forbid_tsc(bool forbid)
{
	(void)forbid;
}

void fpu_state_init(struct fpu_state *state)
{
	(void)state;
}

void fpu_save(struct fpu_state *state)
{
	(void)state;
}

void fpu_restore(const struct fpu_state *state)
{
	(void)state;
}

/* Devices are above RAM. */
static u32 devices_frames(const struct guest_config *config)
{
	assert_int_equal(config->memory % FRAME_SIZE, 0);
	return DEVICE_FRAMES;
}

static u32 devices_own_frames(const struct guest_config *config)
{
	(void)config;
	return 0;
}

static void devices_open(struct guest *g)
{
	assert_int_equal(g->space.memory.frames, config.memory / FRAME_SIZE + DEVICE_FRAMES);
}

static void devices_close(struct guest *g)
{
	(void)g;
}

static const struct guest_services services = {
    .device_frames = devices_frames,
    .device_own_frames = devices_own_frames,
    .open_devices = devices_open,
    .close_devices = devices_close,
};

/* -- Machines with so many frames -------------------------------------------------------------- */

static void start_machine(u32 frames)
{
	guest_services = &services;
	machine_start(FIRST + frames + 1);
	machine_add_ram(FIRST, frames);
}

static void assert_all_back(u32 frames)
{
	frames_check(NULL);
	assert_int_equal(frames_free_count(), frames);
	assert_int_equal(frames_uncommitted(), frames);
}

static void destroy(void)
{
	while (guest_destroy(&guest) == AGAIN)
		;
}

static bool create(void)
{
	if (!guest_create(&guest, &config, OWNER_FIRST_GUEST, TIMER_NEVER, problem,
			  sizeof(problem)))
		return false;
	assert_int_equal(guest.space.state, GUEST_BEING_MADE);
	while (guest_make(&guest) == AGAIN)
		;
	return true;
}

static int start(void **state)
{
	(void)state;
	make_elf();
	machine_is_pae = false;
	config = (struct guest_config){
	    .name = "test",
	    .memory = MEMORY,
	    .shadow = SHADOW,
	    .image = request.image,
	    .command_line = "",
	};
	start_machine(ROOMY);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	assert_all_back(ROOMY);
	machine_stop();
	return 0;
}

/* -- Tests ------------------------------------------------------------------------------------- */

static void guest_needs_all_its_frames_to_be_made(void **state)
{
	u32 cost =
	    guest_memory_cost(GUEST_RAM_FRAMES + DEVICE_FRAMES) + shadow_cost(SHADOW_BUDGET_MIN);
	char sentence[64];

	snprintf(sentence, sizeof(sentence), "needs %u KB, %u KB of them", cost * 4,
		 cost * 4 - MEMORY / 1024);
	for (u32 frames = 0; frames <= cost + 1; frames++) {
		start_machine(frames);
		if (frames < cost) {
			assert_false(create());
			assert_true(contains(problem, sentence));
		} else {
			assert_true(create());
			destroy();
		}
		assert_all_back(frames);
	}
	start(state);
}

static void bad_image_frees_all_frames(void **state)
{
	(void)state;
	config.image.size = 3;
	assert_false(create());
	assert_true(problem[0]);
}

static void shadow_budget_is_as_configured(void **state)
{
	static const struct {
		u32 asked, frames;
	} budgets[] = {
	    {0, 128}, /* a share of its memory would be less */
	    {1, SHADOW_BUDGET_MIN},
	    {SHADOW, SHADOW_BUDGET_MIN},
	    {SHADOW + 1, SHADOW_BUDGET_MIN + 1},
	};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(budgets); i++) {
		config.shadow = budgets[i].asked;
		assert_true(create());
		assert_int_equal(guest.space.shadow.budget, budgets[i].frames);
		destroy();
	}
}

/* One function sets the budget's frames aside, another checks the budget before it uses them. */
static void shadow_open_refuses_unpaid_budget(void **state)
{
	(void)state;
	guest = (struct guest){.config = &config};
	guest.space.fast = &guest.saved_fast;
	assert_true(
	    frames_open(&guest.space.account, OWNER_FIRST_GUEST, shadow_cost(SHADOW_BUDGET_MIN)));
	assert_false(shadow_open(&guest.space, SHADOW_BUDGET_MIN - 1));
	assert_false(shadow_open(&guest.space, SHADOW_BUDGET_MIN + 1));
	assert_int_equal(guest.space.account.used, 0);
	frames_close(&guest.space.account);
}

static void memory_can_use_every_paid_frame(void **state)
{
	u32 cost = guest_memory_cost(GUEST_RAM_FRAMES), written;

	(void)state;
	for (u32 limit = 1; limit <= cost; limit++) {
		assert_true(frames_open(&guest.space.account, OWNER_FIRST_GUEST, limit));
		assert_true(
		    guest_memory_open(&guest.space.memory, &guest.space.account, GUEST_RAM_FRAMES));
		for (written = 0; written < GUEST_RAM_FRAMES; written++)
			if (!guest_write(&guest.space.memory, to_gpa(written * FRAME_SIZE), "x", 1))
				break;
		assert_int_equal(written, limit < 2 ? 0 : limit - 2); /* less two tables */
		guest_memory_close(&guest.space.memory);
		frames_close(&guest.space.account);
		assert_all_back(ROOMY);
	}
}

/* -- The format of its page tables ------------------------------------------------------------ */

static const struct shadow_engine *engine_after_first_table(enum guest_paging paging, gpa_t top)
{
	const struct shadow_engine *engine;

	config.paging = paging;
	assert_true(create());
	assert_true(guest_zero(&guest.space.memory, to_gpa(DIRECTORY), FRAME_SIZE));
	assert_true(guest_write_u32(&guest.space.memory, to_gpa(DIRECTORY), 0x4000 | PTE_PRESENT));
	shadow_new_table(&guest.space, top);
	engine = guest_has_ended(&guest) ? NULL : guest.space.shadow.engine;
	destroy();
	return engine;
}

static void configuration_fixes_paging_format(void **state)
{
	const gpa_t top = to_gpa(DIRECTORY);

	(void)state;
	assert_ptr_equal(engine_after_first_table(GUEST_PAGING_2LEVEL, top), &shadow_2on2);
	assert_ptr_equal(engine_after_first_table(GUEST_PAGING_AUTO, top), NULL);
	assert_true(contains(guest.reason, "this machine runs without PAE"));
	assert_ptr_equal(engine_after_first_table(GUEST_PAGING_PAE, top), NULL);
	assert_true(contains(guest.reason, "this machine runs without PAE"));
	machine_is_pae = true;
	assert_ptr_equal(engine_after_first_table(GUEST_PAGING_2LEVEL, top), &shadow_2onpae);
	assert_ptr_equal(engine_after_first_table(GUEST_PAGING_PAE, top), &shadow_paeonpae);
}

#define REGION (2 * MIB) /* of one page table in the linear map */
#define REGIONS 48u      /* more than are dropped in one stretch */
#define REGION_FRAMES (REGIONS * REGION / FRAME_SIZE)
#define BIG (REGION_FRAMES + DEVICE_FRAMES + 600)

static void fill_all_regions(void)
{
	for (u32 i = 0; i < REGIONS; i++)
		assert_int_equal(shadow_fill(&guest.space, to_gva(i * REGION), 0), FILL_DONE);
}

/* Its records have the format of the engine that made it. */
static void format_changes_when_no_page_table_is_left(void **state)
{
	(void)state;
	machine_stop();
	start_machine(BIG);
	machine_is_pae = true;
	config.memory = REGIONS * REGION;
	config.shadow = 4 * REGIONS * FRAME_SIZE;
	assert_true(create());
	assert_true(guest_zero(&guest.space.memory, to_gpa(DIRECTORY), FRAME_SIZE));
	assert_true(guest_write_u32(&guest.space.memory, to_gpa(DIRECTORY), 0x4000 | PTE_PRESENT));
	fill_all_regions();
	parts_left = 0;
	assert_int_equal(shadow_new_table(&guest.space, to_gpa(DIRECTORY)), AGAIN);
	assert_true(guest.space.shadow.linear);
	assert_ptr_equal(guest.space.shadow.engine, &shadow_2onpae);
	parts_left = UINT32_MAX;
	assert_int_equal(shadow_new_table(&guest.space, to_gpa(DIRECTORY)), DONE);
	assert_ptr_equal(guest.space.shadow.engine, &shadow_paeonpae);
	destroy();
	assert_all_back(BIG);
	machine_stop();
	start_machine(ROOMY);
}

/* Only P may be set among bits 0 to 2 and 5 to 8 of a PAE top-level entry (SDM vol. 3, 4.4.1). */
static const struct shadow_engine *engine_for_entry(u32 index, u64 entry)
{
	const struct shadow_engine *engine;

	config.paging = GUEST_PAGING_AUTO;
	assert_true(create());
	assert_true(guest_zero(&guest.space.memory, to_gpa(DIRECTORY), FRAME_SIZE));
	assert_true(guest_write(&guest.space.memory, to_gpa(DIRECTORY + index * sizeof(entry)),
				&entry, sizeof(entry)));
	shadow_new_table(&guest.space, to_gpa(DIRECTORY));
	engine = guest.space.shadow.engine;
	destroy();
	return engine;
}

static void first_table_decides_paging_format(void **state)
{
	(void)state;
	machine_is_pae = true;
	for (u32 bit = 1; bit < FRAME_SHIFT; bit++) {
		bool reserved = (1u << bit) & (PTE_WRITE | PTE_USER | PTE_ACCESSED | PTE_DIRTY |
					       PDE_LARGE | PTE_GLOBAL);

		for (u32 index = 0; index < 4; index++)
			assert_ptr_equal(engine_for_entry(index, 0x4000 | PTE_PRESENT | 1u << bit),
					 reserved ? &shadow_2onpae : &shadow_paeonpae);
	}
	assert_ptr_equal(engine_for_entry(0, 0x4000 | PTE_PRESENT | 1ull << 32), &shadow_2onpae);
	assert_ptr_equal(engine_for_entry(0, 0x4000), &shadow_2onpae); /* nothing is present */
	assert_ptr_equal(engine_for_entry(4, 0x4000 | PTE_PRESENT), &shadow_2onpae);
}

static void only_pae_has_top_levels_inside_a_frame(void **state)
{
	(void)state;
	machine_is_pae = true;
	assert_ptr_equal(engine_after_first_table(GUEST_PAGING_AUTO, to_gpa(DIRECTORY + 32)),
			 &shadow_paeonpae);
	assert_ptr_equal(engine_after_first_table(GUEST_PAGING_AUTO, to_gpa(DIRECTORY + 16)), NULL);
	assert_true(contains(guest.reason, "bad page directory address"));
	assert_ptr_equal(engine_after_first_table(GUEST_PAGING_AUTO, to_gpa(MEMORY_END)), NULL);
	assert_true(contains(guest.reason, "bad page directory address"));
}

/* -- Destruction ------------------------------------------------------------------------------ */

/* -- Memory touched ahead ---------------------------------------------------------------------- */

static u32 touched_by_access(u32 gfn)
{
	u32 before = guest.space.memory.touched;

	assert_int_equal(shadow_fill(&guest.space, to_gva(gfn * FRAME_SIZE), ACCESS_WRITE),
			 FILL_DONE);
	return guest.space.memory.touched - before;
}

/* In groups of 16 pages, of which 0x140 is the first of one. */
static void memory_used_in_ascending_order_is_touched_ahead(void **state)
{
	(void)state;
	assert_true(create());
	assert_int_equal(touched_by_access(0x140), 1);
	assert_int_equal(touched_by_access(0x141), 1 + 3);
	assert_true(guest_memory_find(&guest.space.memory, to_gfn(0x144)));
	assert_int_equal(touched_by_access(0x145), 1 + 3);
	assert_int_equal(touched_by_access(0x149), 1 + 3);
	assert_int_equal(touched_by_access(0x14D), 1 + 2); /* the group ends */
	assert_int_equal(touched_by_access(0x161), 1);
	assert_int_equal(touched_by_access(0x160), 1); /* descending */
	destroy();
}

/* -- Frames that a guest may reach ------------------------------------------------------------- */

/* With `word` for this one (in the guest's memory table, or a slot), a fill panics. */
static void assert_not_filled(u32 *word, u32 instead, gva_t at, const char *complaint)
{
	u32 saved = *word;

	*word = instead;
	assert_panics(shadow_fill(&guest.space, at, ACCESS_WRITE), complaint);
	*word = saved;
}

/* Frames that are not the guest's memory: another's, a shadow table, one of no table, a free
 * one. */
static void window_never_shows_foreign_frame(void **state)
{
	const gva_t at = to_gva(0x5000), beside = to_gva(0x6000);
	struct frame_account other;
	struct gfn_entry *leaf;
	u32 *slot, *directory;
	pfn_t others;

	(void)state;
	assert_true(create());
	assert_true(frames_open(&other, OWNER_FIRST_GUEST + 1, 1));
	assert_true(frame_alloc(&other, &others));
	assert_int_equal(shadow_fill(&guest.space, at, ACCESS_WRITE), FILL_DONE);
	directory = frame_map(guest.space.memory.directory);
	leaf = frame_map(to_pfn(directory[0]));
	slot = frame_map(guest.space.shadow.current->root);
	assert_not_filled(&leaf[6].frame, pfn_value(guest.space.shadow.current->root), beside,
			  "use 2 of owner 16");
	assert_not_filled(&leaf[6].frame, FIRST + ROOMY + 2, beside, "of owner 1 is not shared");
	frame_set_use(others, FRAME_MEMORY);
	assert_not_filled(&leaf[6].frame, pfn_value(others), beside, "of owner 17 is not shared");
	assert_not_filled(slot, leaf[5].frame << FRAME_SHIFT | PTE_PRESENT, beside,
			  "use 1 of owner 16");
	frame_set_use(others, FRAME_SHADOW);
	assert_not_filled(slot, pfn_value(others) << FRAME_SHIFT | PTE_PRESENT, beside,
			  "of owner 17, not use 2");
	assert_int_equal(shadow_fill(&guest.space, beside, ACCESS_WRITE), FILL_DONE);
	frame_free(&other, others);
	assert_not_filled(&leaf[7].frame, pfn_value(others), to_gva(0x7000),
			  "of owner 0 is not shared");
	frames_close(&other);
	destroy();
}

static void the_first_reason_counts(void **state)
{
	(void)state;
	assert_true(create());
	assert_false(guest_has_ended(&guest));
	guest_kill(&guest, "number %u", 1);
	guest_kill(&guest, "number %u", 2);
	guest_end(&guest, GUEST_SHUT_DOWN, "bye");
	assert_int_equal(guest.space.state, GUEST_KILLED);
	assert_string_equal(guest.reason, "number 1");
	destroy();
}

static void unschedule_clears_the_cpu(void **state)
{
	u8 *room = (u8 *)this_cpu_pages.registers.nested_trap_room;
	u32 size = sizeof(this_cpu_pages.registers.nested_trap_room);

	(void)state;
	assert_true(create());
	guest_schedule(&guest, &this_cpu_pages);
	assert_ptr_equal(guest.cpu, &this_cpu_pages);
	memset(room, 0xAA, size);
	guest_unschedule(&guest);
	assert_null(guest.cpu);
	assert_true(all_bytes_are(room, 0, size));
	destroy();
}

#define guest_test(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    guest_test(guest_needs_all_its_frames_to_be_made),
	    guest_test(bad_image_frees_all_frames),
	    guest_test(shadow_budget_is_as_configured),
	    guest_test(shadow_open_refuses_unpaid_budget),
	    guest_test(memory_can_use_every_paid_frame),
	    guest_test(configuration_fixes_paging_format),
	    guest_test(first_table_decides_paging_format),
	    guest_test(format_changes_when_no_page_table_is_left),
	    guest_test(only_pae_has_top_levels_inside_a_frame),
	    guest_test(memory_used_in_ascending_order_is_touched_ahead),
	    guest_test(window_never_shows_foreign_frame),
	    guest_test(the_first_reason_counts),
	    guest_test(unschedule_clears_the_cpu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
