// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The shadow engine is compared with an independent model. Random guests run in processes of their
 * own, so that a sanitizer's finding is a failure like any other. The list of files is in
 * tests/unit/oracle/world.h.
 *
 *	test_shadow                        the kept scripts, and 200 thousand operations
 *	test_shadow --operations N         so many
 *	test_shadow --seed N               from another seed
 *	test_shadow --replay FILE          one script, as a failure leaves it behind
 */
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/oracle/operations.h"

#define OPERATIONS_EACH 2000u /* in one script */
#define TOGETHER 20u          /* scripts that share a process, since making one takes time */
#define TRIES_MAX 4000u       /* runs that shortening a script may take */
#define KEPT_SCRIPTS "tests/unit/oracle/scripts/*.txt"

static struct script script, shorter;

/* Starts a child; in the child, returns 0. */
static pid_t start_child(bool quiet)
{
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child < 0) {
		perror("fork");
		exit(2);
	}
	if (child == 0 && quiet) {
		(void)!freopen("/dev/null", "w", stdout);
		(void)!freopen("/dev/null", "w", stderr);
	}
	return child;
}

static bool ends_well(pid_t child)
{
	int status;

	return waitpid(child, &status, 0) == child && WIFEXITED(status) && !WEXITSTATUS(status);
}

/* True if the engine agrees with the model in this script, or in those of some seeds. */
static bool passes(const struct script *tried, bool quiet)
{
	pid_t child = start_child(quiet);

	if (child)
		return ends_well(child);
	run_script(tried);
	exit(0);
}

static bool seeds_pass(u32 first, u32 count, bool quiet)
{
	pid_t child = start_child(quiet);

	if (child)
		return ends_well(child);
	for (u32 i = 0; i < count; i++) {
		random_script(&script, first + i, OPERATIONS_EACH);
		run_script(&script);
	}
	exit(0);
}

/* `script` without `count` operations from `first`. */
static void leave_out(u32 first, u32 count)
{
	shorter.setup = script.setup;
	shorter.count = script.count - count;
	memcpy(shorter.operations, script.operations, first * sizeof(struct operation));
	memcpy(shorter.operations + first, script.operations + first + count,
	       (script.count - first - count) * sizeof(struct operation));
}

/* Leaves out ever smaller pieces, as long as it still fails. */
static void shorten(void)
{
	u32 tries = 0, piece = script.count / 2;

	while (piece && tries < TRIES_MAX) {
		bool shortened = false;

		for (u32 first = 0; first + piece <= script.count && tries < TRIES_MAX; tries++) {
			leave_out(first, piece);
			if (passes(&shorter, true)) {
				first += piece;
				continue;
			}
			script = shorter;
			shortened = true;
		}
		if (!shortened || piece > script.count)
			piece /= 2;
	}
}

static void report(u32 seed)
{
	const char *folder = getenv("BUILD");
	char name[256];
	FILE *file;

	snprintf(name, sizeof(name), "%s/shadow-failure.txt", folder ? folder : "build");
	printf("# seed %u fails; shortening it\n", seed);
	shorten();
	printf("# seed %u, %u operations (in %s, for --replay):\n", seed, script.count, name);
	print_script(stdout, &script);
	file = fopen(name, "w");
	if (file) {
		print_script(file, &script);
		fclose(file);
	}
	passes(&script, false);
}

static u32 results, failures;

static void result(bool passed, const char *name)
{
	printf("%s %u - %s\n", passed ? "ok" : "not ok", ++results, name);
	failures += !passed;
}

static void replay(const char *name)
{
	FILE *file = fopen(name, "r");

	if (!file || !read_script(file, &script)) {
		fprintf(stderr, "%s is no script\n", name);
		exit(2);
	}
	fclose(file);
	result(passes(&script, false), name);
}

/* Plays the kept scripts: failures that random operations would seldom find. */
static void replay_kept_scripts(void)
{
	glob_t found;

	if (glob(KEPT_SCRIPTS, 0, NULL, &found))
		fail("no scripts: " KEPT_SCRIPTS);
	for (size_t i = 0; i < found.gl_pathc; i++)
		replay(found.gl_pathv[i]);
	globfree(&found);
}

/* Finds the one of these seeds that fails. */
static void find_failure(u32 first_seed, u32 count)
{
	u32 seed = first_seed;
	char name[64];

	while (seed < first_seed + count - 1 && seeds_pass(seed, 1, true))
		seed++;
	random_script(&script, seed, OPERATIONS_EACH);
	report(seed);
	snprintf(name, sizeof(name), "the shadow engine, seed %u", seed);
	result(false, name);
}

static void run_random(u32 operations, u32 first_seed)
{
	u32 seeds = (operations + OPERATIONS_EACH - 1) / OPERATIONS_EACH;
	char name[128];

	printf("# from seed %u\n", first_seed);
	for (u32 done = 0; done < seeds; done += TOGETHER) {
		u32 count = seeds - done < TOGETHER ? seeds - done : TOGETHER;

		if (!seeds_pass(first_seed + done, count, false)) {
			find_failure(first_seed + done, count);
			return;
		}
	}
	snprintf(name, sizeof(name), "the shadow engine: %u operations, seeds %u to %u",
		 seeds * OPERATIONS_EACH, first_seed, first_seed + seeds - 1);
	result(true, name);
}

static u32 operations = 200000, seed = 1;
static const char *script_name;

/* False for an unknown word, or one without its value. */
static bool understand(const char *word, const char *value)
{
	if (!value)
		return false;
	if (!strcmp(word, "--replay"))
		script_name = value;
	else if (!strcmp(word, "--operations"))
		operations = strtoul(value, NULL, 0);
	else if (!strcmp(word, "--seed"))
		seed = strtoul(value, NULL, 0);
	else
		return false;
	return true;
}

int main(int count, char **words)
{
	(void)count;
	for (int i = 1; words[i]; i += 2) {
		if (understand(words[i], words[i + 1]))
			continue;
		fprintf(stderr, "usage: test_shadow [--operations N] [--seed N] [--replay FILE]\n");
		return 2;
	}
	if (script_name) {
		replay(script_name);
	} else {
		replay_kept_scripts();
		run_random(operations, seed);
	}
	printf("1..%u\n", results);
	return failures != 0;
}
