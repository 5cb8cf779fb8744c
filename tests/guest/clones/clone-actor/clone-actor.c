/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: Clones live and die in any order, and no frame is lost or changed by it.
 *
 * Reason: A frame is free when the last of those that hold it ends.
 *
 * Method: `case=` says what this guest does; the test boots it in each case, and types. Behind each
 * step it compares all of its pages with a list.
 *
 * Cases:
 *	tree     makes width= clones, of which each makes as many, down to depth=; all write to some of
 *		 their pages. `parent-first`: parents end before their clones; else behind them
 *	wait     says "ready", and ends after ms=
 *	fork     makes count= clones, which sleep, write to write= KB, and sleep again
 *	count    prints the numbers up to times=, one a line, and sleeps between them
 *	again    makes a clone, which asks for a restart
 *	race     makes count= clones, which end at once, and says how long that takes
 *
 * Runner: tests/system/clones.t
 * Module: mem=4M clones=12 -- case=tree
 * Expect: shut down "clone-actor: "
 */
#include "guest/include/kit.h"

#define STEP_MS 8u
#define WORDS (PAGE_SIZE / sizeof(u32))
#define PAGES_MAX 16384u
#define PRIME 2654435761u
#define SLEEP_MS 1000u

static u32 expected[PAGES_MAX];
static u32 *first;
static u32 pages;

/* The pages lie one behind the other. */
static void take_pages(u32 kilobytes)
{
	u32 i;

	pages = kilobytes * 1024 / PAGE_SIZE;
	if (pages > PAGES_MAX || pages > pages_free())
		panic("there are not so many pages");
	for (i = 0; i < pages; i++) {
		u32 *page = page_alloc();

		if (!i)
			first = page;
	}
}

/* Each page has one word in use. */
static u32 *word_of(u32 page)
{
	return first + page * WORDS + page * 7 % WORDS;
}

/* Writes to each `step`th of the first `end` pages. */
static void write_pages(u32 from, u32 end, u32 step, u32 value)
{
	u32 i;

	for (i = from; i < end && i < pages; i += step)
		*word_of(i) = expected[i] = (value + i) * PRIME;
}

static void fail_unless(bool right, const char *what)
{
	if (!right)
		shutdown("clone-actor: failed: %s", what);
}

static void check_pages(void)
{
	u32 i;

	for (i = 0; i < pages; i++)
		fail_unless(*word_of(i) == expected[i], "a page has changed");
}

static void sleep_ms(u32 ms)
{
	for (; ms > SLEEP_MS; ms -= SLEEP_MS)
		clock_sleep_ms(SLEEP_MS);
	clock_sleep_ms(ms);
}

/* -- tree -------------------------------------------------------------------------------------- */

static void play_tree(void)
{
	u32 depth = boot_option_number("depth", 2), width = boot_option_number("width", 2);
	u32 generation, number, made, place = 1;

	for (generation = 0; generation < depth; generation++) {
		number = hcall_clone(width, &made);
		check_pages();
		if (!number) {
			fail_unless(made == width, "too few clones");
			break;
		}
		place = place * 5 + number;
		write_pages(place % 3, pages, 3, place << 16);
	}
	write_pages(place % 4, pages, 4, place << 16);
	sleep_ms(STEP_MS * (boot_option("parent-first") ? generation * 5 + place % 5
							: (depth - generation) * 5 + place % 5));
	check_pages();
	shutdown("clone-actor: generation %u", generation);
}

/* -- The others -------------------------------------------------------------------------------- */

static void play_wait(void)
{
	printf("ready\n");
	sleep_ms(boot_option_number("ms", 1000));
	check_pages();
	shutdown("clone-actor: waited");
}

static void play_fork(void)
{
	u32 ms = boot_option_number("ms", 100), made;
	u32 number = hcall_clone(boot_option_number("count", 1), &made);

	if (number) {
		sleep_ms(ms);
		write_pages(0, boot_option_number("write", 64) * 1024 / PAGE_SIZE, 1, number << 16);
	}
	sleep_ms(2 * ms);
	check_pages();
	if (number)
		shutdown("clone-actor: has written");
	shutdown("clone-actor: has made %u clones", made);
}

static void play_count(void)
{
	u32 i, times = boot_option_number("times", 100);

	for (i = 1; i <= times; i++) {
		printf("number %u\n", i);
		clock_sleep_ms(1);
	}
	check_pages();
	shutdown("clone-actor: has counted to %u", times);
}

static void play_again(void)
{
	u32 made;

	if (hcall_clone(1, &made))
		restart("clone-actor: a clone asks for it");
	sleep_ms(100);
	shutdown("clone-actor: has made %u clones", made);
}

/* A clone writes to no page before it ends. */
static void play_race(void)
{
	static const char end[] = "clone-actor: a clone";
	u32 made, number, count = boot_option_number("count", 100);
	u64 begun = rdtsc();

	number = hcall_clone(count, &made);
	if (number)
		hcall_shutdown(gpa_of(end), SHUTDOWN_POWEROFF);
	shutdown("clone-actor: has made %u clones in %u ticks", made, (u32)(rdtsc() - begun));
}

static const struct boot_case cases[] = {
    {"tree", play_tree},   {"wait", play_wait},   {"fork", play_fork},
    {"count", play_count}, {"again", play_again}, {"race", play_race},
};

const char *guest_main(void)
{
	if (boot_option("linear"))
		return boot_run_case(cases, ARRAY_SIZE(cases));
	paging_start();
	irq_enable();
	take_pages(boot_option_number("touch", 1024));
	write_pages(0, pages, 1, 0);
	return boot_run_case(cases, ARRAY_SIZE(cases));
}
