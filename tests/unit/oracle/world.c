// SPDX-License-Identifier: GPL-2.0-or-later
/* The machine, the guest, and the functions that the engine calls. */
#include "tests/unit/oracle/world.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch/x86/cpu.h"
#include "arch/x86/guest_top_table.h"
#include "arch/x86/host_paging.h"
#include "hv/fast_path_state.h"
#include "lib/panic.h"
#include "tests/unit/oracle/clones.h"
#include "tests/unit/oracle/fast.h"
#include "tests/unit/parts.h"

#define FIRST_FRAME                                                                                \
	16u /* earlier frames are the firmware's; two of them are the Switcher's table and page */
#define RAM_FRAMES (MACHINE_FRAMES - FIRST_FRAME - 1) /* without that of zeroes */
#define SWITCHER_TABLE 5u
#define SWITCHER_PAGE 6u
#define FRAME_RECORD_MAX 32u /* bytes that the allocator keeps for each frame */

struct setup setup;
struct guest guest;
struct cpu_features cpu_features;
static u8 machine[MACHINE_FRAMES * FRAME_SIZE] ALIGNED(FRAME_SIZE);
static u64 frame_entries[MACHINE_FRAMES * FRAME_RECORD_MAX / sizeof(u64)];
u8 *machine_memory = machine;
static struct guest_config config = {.name = "oracle", .memory = GUEST_FRAMES * FRAME_SIZE};

void fail(const char *text, ...)
{
	va_list arguments;

	va_start(arguments, text);
	printf("# ");
	vprintf(text, arguments);
	printf("\n");
	va_end(arguments);
	fflush(stdout);
	abort();
}

void panic(const char *text, ...)
{
	char message[256];
	va_list arguments;

	va_start(arguments, text);
	vsnprintf(message, sizeof(message), text, arguments);
	va_end(arguments);
	fail("panic: %s", message);
}

void guest_space_kill(struct guest_space *space, const char *text, ...)
{
	va_list arguments;

	assert(space == &guest.space);
	if (guest_space_has_ended(space))
		return;
	va_start(arguments, text);
	vsnprintf(guest.reason, sizeof(guest.reason), text, arguments);
	va_end(arguments);
	space->state = GUEST_KILLED;
}

static u32 stretches;

/* Every eighth stretch has room for a few parts only, in turn for 0 to 4. */
void begin_stretch(void)
{
	stretches++;
	parts_left = stretches % 8 ? UINT32_MAX : stretches / 8 % 5;
}

bool host_uses_pae(void)
{
	return pae_shadow();
}

u32 guest_top_table_entry(void)
{
	return switcher_entry();
}

bool guest_top_table_is_sound(void)
{
	return true;
}

u32 switcher_entry(void)
{
	return SWITCHER_TABLE << FRAME_SHIFT | PTE_PRESENT | PTE_WRITE | PTE_USER | PTE_ACCESSED;
}

/* A table whose entries all lead to one page, to which no entry of the guest's may lead. */
static void make_switcher_table(void)
{
	const u32 words = pae_shadow() ? 2 : 1;
	u32 *table = frame_map(to_pfn(SWITCHER_TABLE));

	memset(table, 0, FRAME_SIZE);
	for (u32 i = 0; i < FRAME_SIZE / sizeof(u32); i += words)
		table[i] = SWITCHER_PAGE << FRAME_SHIFT | PTE_PRESENT | PTE_WRITE | PTE_USER;
}

u32 machine_frame_of(const struct guest_memory *memory, u32 gfn)
{
	const struct gfn_entry *known = guest_memory_find(memory, to_gfn(gfn));

	return known ? known->frame : 0;
}

u32 machine_frame(u32 gfn)
{
	return machine_frame_of(&guest.space.memory, gfn);
}

bool is_shared_frame(u32 frame)
{
	return frame_owner(to_pfn(frame)) == OWNER_SHARED;
}

u32 guest_frame_of(u32 frame)
{
	for (u32 gfn = 0; gfn < GUEST_FRAMES; gfn++)
		if (machine_frame(gfn) == frame)
			return gfn;
	fail("frame %#x is not the guest's memory", frame);
}

bool is_protected(u32 gfn)
{
	return machine_frame(gfn) &&
	       (guest_memory_find(&guest.space.memory, to_gfn(gfn))->note & GFN_PROTECTED);
}

void expect_killed(const char *sentence)
{
	if (sentence && !guest_has_ended(&guest))
		fail("the guest lives, but should be killed: %s", sentence);
	if (!sentence && guest_has_ended(&guest))
		fail("the guest was killed: %s", guest.reason);
	if (sentence && strncmp(sentence, guest.reason, strlen(sentence)) != 0)
		fail("killed: %s; but should be: %s", guest.reason, sentence);
}

/* As in hv/guest.c. */
static void replaced(struct guest_memory *memory, gfn_t gfn, pfn_t old)
{
	assert(memory == &guest.space.memory);
	shadow_replaced(&guest.space, gfn, old);
	fast_path_replaced(&guest, gfn_value(gfn));
}

void world_start(const struct setup *with)
{
	setup = *with;
	make_switcher_table();
	cpu_features.pae = pae_shadow();
	cpu_features.nx = setup.nx;
	cpu_features.sse2 = setup.budget % 2; /* both ways to compare are tested */
	config.paging = pae_guest() ? GUEST_PAGING_PAE : GUEST_PAGING_2LEVEL;
	if (frames_table_size(MACHINE_FRAMES) > sizeof(frame_entries))
		fail("the allocator's table has grown");
	frames_init(frame_entries, MACHINE_FRAMES);
	frames_add(to_pfn(FIRST_FRAME), MACHINE_FRAMES - FIRST_FRAME);
	frame_of_zeroes();
	guest = (struct guest){.config = &config,
			       .space = {.name = config.name, .paging = config.paging}};
	fast_path_init(&guest);
	stretches = 0;
	parts_left = UINT32_MAX;
	/* Exactly the frames that both may take: one frame too many fails. */
	if (!frames_open(&guest.space.account, OWNER_FIRST_GUEST,
			 guest_memory_cost(GUEST_FRAMES) + shadow_cost(setup.budget)) ||
	    !guest_memory_open(&guest.space.memory, &guest.space.account, GUEST_FRAMES) ||
	    !shadow_open(&guest.space, setup.budget))
		fail("no guest can be made");
	guest.space.memory.replaced = replaced;
	fast_start();
}

static bool all_bytes_are_zero(const u8 *frame)
{
	return !frame[0] && !memcmp(frame, frame + 1, FRAME_SIZE - 1);
}

void world_stop(void)
{
	fast_stop();
	if (stretches % 2) /* else they live longer than the guest */
		clones_stop();
	while (shadow_close(&guest.space) == AGAIN)
		;
	guest_memory_close(&guest.space.memory);
	frames_close(&guest.space.account);
	clones_stop();
	frames_check(NULL);
	if (!all_bytes_are_zero(frame_map(frame_of_zeroes())))
		fail("something has been written to the frame of zeroes");
	if (frames_free_count() != RAM_FRAMES || frames_uncommitted() != RAM_FRAMES)
		fail("of %u frames, %u are back, %u are not set aside", RAM_FRAMES,
		     frames_free_count(), frames_uncommitted());
}
