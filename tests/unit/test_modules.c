// SPDX-License-Identifier: GPL-2.0-or-later
/* Module strings: the words of a kernel, an initrd and a disk; the message for each mistake. */
#include "tests/unit/native.h"

#include <string.h>

#include "boot/modules.h"

#define PROBLEM_SIZE 160

static struct module_words words;
static char problem[PROBLEM_SIZE];

static void assert_kernel(const char *string, const char *name, u32 memory, u32 timeout,
			  const char *command_line)
{
	memset(&words, 0xA5, sizeof(words));
	if (!module_parse(string, &words, problem, sizeof(problem)))
		fail_msg("\"%s\": %s", string, problem);
	assert_int_equal(words.kind, MODULE_KERNEL);
	assert_string_equal(words.name, name);
	assert_int_equal(words.memory, memory);
	assert_int_equal(words.timeout, timeout);
	assert_string_equal(words.command_line, command_line);
}

static void assert_problem(const char *string, const char *expected)
{
	assert_false(module_parse(string, &words, problem, sizeof(problem)));
	assert_string_equal(problem, expected);
}

static void understands_what_grub_and_qemu_pass(void **state)
{
	(void)state;
	assert_kernel("kernel", "guest", 16 * MIB, 0, "");
	assert_kernel("kernel name=hello mem=4M", "hello", 4 * MIB, 0, "");
	assert_kernel("build/guest/hello.elf kernel mem=4M", "hello", 4 * MIB, 0, "");
	assert_kernel("/guests/linux kernel mem=64M timeout=30 -- console=hvc0 quiet", "linux",
		      64 * MIB, 30, "console=hvc0 quiet");
	assert_kernel("x.elf kernel name=y", "y", 16 * MIB, 0, "");
	assert_kernel("  kernel\t name=a   mem=1M  ", "a", MIB, 0, "");
	assert_kernel("kernel mem=1M mem=2M", "guest", 2 * MIB, 0, "");
	assert_kernel("kernel timeout=0x10", "guest", 16 * MIB, 16, "");
}

static void understands_disks(void **state)
{
	(void)state;
	assert_true(module_parse("/guests/disk.img disk", &words, problem, sizeof(problem)));
	assert_int_equal(words.kind, MODULE_DISK);
	assert_false(words.read_only);
	assert_true(module_parse("disk ro", &words, problem, sizeof(problem)));
	assert_int_equal(words.kind, MODULE_DISK);
	assert_true(words.read_only);
	assert_true(module_parse("disk disk", &words, problem, sizeof(problem)));
	assert_int_equal(words.kind, MODULE_DISK);
}

static void understands_bundles(void **state)
{
	(void)state;
	assert_true(module_parse("/umbra.cpio bundle", &words, problem, sizeof(problem)));
	assert_int_equal(words.kind, MODULE_BUNDLE);
	assert_true(module_parse("bundle", &words, problem, sizeof(problem)));
	assert_int_equal(words.kind, MODULE_BUNDLE);
}

static void understands_devices(void **state)
{
	(void)state;
	assert_true(module_parse("kernel", &words, problem, sizeof(problem)));
	assert_false(words.no_devices);
	assert_true(module_parse("kernel devices=off", &words, problem, sizeof(problem)));
	assert_true(words.no_devices);
	assert_true(
	    module_parse("kernel devices=off devices=on", &words, problem, sizeof(problem)));
	assert_false(words.no_devices);
}

static void understands_initrds(void **state)
{
	(void)state;
	assert_true(module_parse("initrd", &words, problem, sizeof(problem)));
	assert_int_equal(words.kind, MODULE_INITRD);
	assert_true(module_parse("/guests/initrd.gz initrd ", &words, problem, sizeof(problem)));
	assert_int_equal(words.kind, MODULE_INITRD);
}

/* A file may be called like a word. */
static void second_word_decides_module_kind(void **state)
{
	(void)state;
	assert_kernel("kernel kernel mem=2M", "kernel", 2 * MIB, 0, "");
	assert_kernel("initrd kernel", "initrd", 16 * MIB, 0, "");
	assert_true(module_parse("kernel initrd", &words, problem, sizeof(problem)));
	assert_int_equal(words.kind, MODULE_INITRD);
}

static void names_a_guest_after_its_file(void **state)
{
	(void)state;
	assert_kernel("vmlinuz-3.18.elf kernel", "vmlinuz-3.18", 16 * MIB, 0, "");
	assert_kernel("/a.b/c kernel", "c", 16 * MIB, 0, "");
	assert_kernel("dir/.hidden kernel", ".hidden", 16 * MIB, 0, "");
	assert_kernel("dir/ kernel", "guest", 16 * MIB, 0, "");
	assert_kernel("/what?.elf kernel", "guest", 16 * MIB, 0, "");
	assert_kernel("a-file-name-that-is-longer-than-31-characters kernel",
		      "a-file-name-that-is-longer-than", 16 * MIB, 0, "");
}

static void guest_command_line_is_unchanged(void **state)
{
	char string[GUEST_COMMAND_LINE_SIZE + 16] = "kernel -- ", line[GUEST_COMMAND_LINE_SIZE];

	(void)state;
	assert_kernel("kernel --", "guest", 16 * MIB, 0, "");
	assert_kernel("kernel --   a  b=\"c d\" -- mem=12Q ", "guest", 16 * MIB, 0,
		      "a  b=\"c d\" -- mem=12Q ");
	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	strcat(string, line);
	assert_kernel(string, "guest", 16 * MIB, 0, line);
	strcat(string, "x");
	assert_problem(string, "the guest's command line is too long: at most 255 characters");
	assert_kernel("\"/my guests/x.elf\" kernel mem=1M -- say \"a  b\"", "x", MIB, 0,
		      "say \"a  b\"");
}

static void clones_have_a_number_a_time_and_a_size(void **state)
{
	(void)state;
	assert_kernel("kernel", "guest", 16 * MIB, 0, "");
	assert_int_equal(words.clones, 0);
	assert_string_equal(words.clone_after, "");
	assert_int_equal(words.private_memory, 0);
	assert_kernel("kernel clones=3 clone=after:login: private=1M", "guest", 16 * MIB, 0, "");
	assert_int_equal(words.clones, 3);
	assert_string_equal(words.clone_after, "login:");
	assert_int_equal(words.private_memory, MIB);
	assert_kernel("kernel clone=after:x clone=hypercall private=256K", "guest", 16 * MIB, 0,
		      "");
	assert_string_equal(words.clone_after, "");
	assert_problem("kernel clones=0", "clones=0 is not a number from 1 to 376");
	assert_problem("kernel clones=377", "clones=377 is not a number from 1 to 376");
	assert_problem("kernel clone=now",
		       "clone=now is not known: write clone=hypercall or clone=after:TEXT");
	assert_problem("kernel clone=after:",
		       "clone=after: is not known: write clone=hypercall or clone=after:TEXT");
	assert_problem("kernel private=much",
		       "private=much is not a size: write for example private=1M");
	assert_problem("kernel private=255K", "private=255K is too small: at least private=256K");
}

static void accepts_memory_within_bounds(void **state)
{
	(void)state;
	assert_kernel("kernel mem=1M", "guest", MIB, 0, "");
	assert_kernel("kernel mem=1028K", "guest", MIB + 4096, 0, "");
	assert_kernel("kernel mem=3G", "guest", 3072 * MIB, 0, "");
	assert_kernel("kernel mem=0x200000", "guest", 2 * MIB, 0, "");
	assert_problem("kernel mem=1020K", "mem=1020K is too small: at least mem=1M");
	assert_problem("kernel mem=0", "mem=0 is too small: at least mem=1M");
	assert_problem("kernel mem=3145732K", "mem=3145732K is too large: at most mem=3G");
	assert_problem("kernel mem=4G", "mem=4G is too large: at most mem=3G");
	assert_problem("kernel mem=99999999999999999999G",
		       "mem=99999999999999999999G is too large: at most mem=3G");
	assert_problem("kernel mem=1050K", "mem=1050K is not a multiple of 4K");
}

#define KNOWN                                                                                             \
	"name= mem= pae= timeout= shadow= weight= cap= restart= devices= cpus= clones= clone= private=, " \
	"then -- LINE"

static void understands_shares_of_the_cpu(void **state)
{
	struct module_words words;
	char problem[160];

	(void)state;
	assert_true(module_parse("kernel", &words, problem, sizeof(problem)));
	assert_int_equal(words.weight, 100);
	assert_int_equal(words.cap, 0);
	assert_int_equal(words.restarts, 0);
	assert_true(module_parse("kernel weight=10000 cap=100 restart=1000000", &words, problem,
				 sizeof(problem)));
	assert_int_equal(words.weight, 10000);
	assert_int_equal(words.cap, 100);
	assert_int_equal(words.restarts, 1000000);
	assert_true(
	    module_parse("kernel weight=1 cap=1 restart=always", &words, problem, sizeof(problem)));
	assert_int_equal(words.weight, 1);
	assert_int_equal(words.cap, 1);
	assert_int_equal(words.restarts, UINT32_MAX);
	assert_true(
	    module_parse("kernel restart=always restart=0", &words, problem, sizeof(problem)));
	assert_int_equal(words.restarts, 0);
}

static void each_wrong_word_is_named(void **state)
{
	(void)state;
	assert_problem("", "the string is empty: write kernel, snapshot, initrd, disk or bundle");
	assert_problem("  \t",
		       "the string is empty: write kernel, snapshot, initrd, disk or bundle");
	assert_problem(
	    "hello.elf",
	    "\"hello.elf\" does not say what it is: write kernel, initrd or disk; a bundle "
	    "is cpio's newc, uncompressed");
	assert_problem(
	    "/a/folder/with/sixty-three/characters-in-its-name/guest.cpio.gz",
	    "\"/a/folder/with/sixty-three/characters-in-its-name/guest.cpio.gz\" does not say "
	    "what it is: write kernel, initrd or disk; a bundle is cpio's newc, uncompressed");
	assert_problem(
	    "kernle name=x mem=1M",
	    "neither \"kernle\" nor \"name=x\" is one of the words kernel, snapshot, initrd, disk and bundle");
	assert_problem("kernel mem=12Q", "mem=12Q is not a size: write for example mem=16M");
	assert_problem("kernel mem=", "mem= is not a size: write for example mem=16M");
	assert_problem("kernel shadow=x", "shadow=x is not a size: write for example shadow=512K");
	assert_problem("kernel shadow=0", "shadow=0 is too small: at least shadow=80K");
	assert_problem("kernel shadow=81919", "shadow=81919 is too small: at least shadow=80K");
	assert_problem("kernel timeout=5s",
		       "timeout=5s is not a number of seconds: write for example timeout=10");
	assert_problem("kernel timeout=-1",
		       "timeout=-1 is not a number of seconds: write for example timeout=10");
	assert_problem(
	    "kernel timeout=4294967296",
	    "timeout=4294967296 is not a number of seconds: write for example timeout=10");
	assert_problem("kernel weight=0", "weight=0 is not a number from 1 to 10000");
	assert_problem("kernel weight=10001", "weight=10001 is not a number from 1 to 10000");
	assert_problem("kernel cap=101", "cap=101 is not a number from 1 to 100");
	assert_problem("kernel cap=5%", "cap=5% is not a number from 1 to 100");
	assert_problem("kernel restart=never",
		       "restart=never is not a number from 0 to 1000000, nor always");
	assert_problem("kernel restart=1000001",
		       "restart=1000001 is not a number from 0 to 1000000, nor always");
	assert_problem("kernel restart=", "restart= is not a number from 0 to 1000000, nor always");
	assert_problem("kernel name=a/b", "name=a/b is not a name: use letters, digits, - _ and .");
	assert_problem("kernel name=", "name= is not a name: use letters, digits, - _ and .");
	assert_problem("kernel name=a-name-that-is-32-characters-long",
		       "name=a-name-that-is-32-characters-long is too long: at most 31 characters");
	assert_problem("kernel memory=4M",
		       "\"memory=4M\" is not understood: a kernel takes " KNOWN);
	assert_problem("kernel mem", "\"mem\" is not understood: a kernel takes " KNOWN);
	assert_problem("initrd mem=4M", "an initrd takes no more words, but here is \"mem=4M\"");
	assert_problem("bundle ro", "a bundle takes no more words, but here is \"ro\"");
	assert_problem("disk rw", "a disk takes only the word ro, but here is \"rw\"");
	assert_problem("disk ro rw", "a disk takes only the word ro, but here is \"rw\"");
	assert_problem("kernel devices=no", "devices=no is not known: write devices=on or off");
}

static void assert_remark(const char *string, const char *expected)
{
	assert_true(module_parse(string, &words, problem, sizeof(problem)));
	assert_string_equal(words.remark, expected);
}

static void suspicious_words_are_remarked(void **state)
{
	(void)state;
	assert_remark("kernel name=a mem=1M timeout=1 shadow=80K", "");
	assert_remark("kernel mem=1M mem=2M", "mem= is there more than once: the last one counts");
	assert_remark("kernel devices=off cap=1 devices=off",
		      "devices= is there more than once: the last one counts");
	assert_remark("kernel timeout=0", "timeout=0 is no limit, as if it were not there");
	assert_remark("kernel mem=1M -- mem=2M", "");
}

/* The kind of a refused module is known, so that its files are recognized. */
static void refused_module_keeps_its_kind(void **state)
{
	static const struct {
		const char *string;
		enum module_kind kind;
	} cases[] = {{"kernel mem=frob", MODULE_KERNEL}, {"x.elf kernel colour", MODULE_KERNEL},
		     {"initrd x", MODULE_INITRD},        {"disk rw", MODULE_DISK},
		     {"kernle mem=1M", MODULE_UNKNOWN},  {"", MODULE_UNKNOWN}};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_false(module_parse(cases[i].string, &words, problem, sizeof(problem)));
		assert_int_equal(words.kind, cases[i].kind);
	}
}

static void problem_text_is_one_bounded_line(void **state)
{
	char string[512] = "kernel name=", small[8];

	(void)state;
	assert_problem("kernel mem=1\x1b[2J\x7f\x80", "mem=1?[2J?? is not a size: write for "
						      "example mem=16M");
	memset(string + strlen(string), 'x', 400);
	assert_false(module_parse(string, &words, problem, sizeof(problem)));
	assert_non_null(strstr(problem, "... is too long: at most 63 characters"));
	string[0] = '#';
	assert_false(module_parse(string, &words, problem, sizeof(problem)));
	memset(small, '!', sizeof(small));
	assert_false(module_parse("kernel mem=12Q", &words, small, sizeof(small) - 1));
	assert_string_equal(small, "mem=12");
	assert_int_equal(small[7], '!');
}

/* An accepted module has values within the bounds; a refused one has one printable line. */
static void assert_sound(const char *string)
{
	const char *c;

	memset(problem, 0xA5, sizeof(problem));
	if (module_parse(string, &words, problem, sizeof(problem))) {
		assert_true(words.memory >= MIB && words.memory <= 3072 * MIB);
		assert_int_equal(words.memory % 4096, 0);
		assert_in_range(strnlen(words.name, GUEST_NAME_SIZE), 1, GUEST_NAME_SIZE - 1);
		assert_true(strnlen(words.command_line, GUEST_COMMAND_LINE_SIZE) <
			    GUEST_COMMAND_LINE_SIZE);
		return;
	}
	assert_in_range(strnlen(problem, sizeof(problem)), 1, sizeof(problem) - 1);
	for (c = problem; *c; c++)
		assert_in_range(*c, ' ', '~');
}

static void wrong_bytes_and_ends_do_no_harm(void **state)
{
	const char good[] = "/b/hello.elf kernel name=h mem=16M timeout=9 shadow=96K -- a=b";
	char string[sizeof(good)];
	u32 at, value;

	(void)state;
	for (at = 0; at < sizeof(good) - 1; at++) {
		memcpy(string, good, sizeof(good));
		for (value = 0; value < 256; value++) {
			string[at] = (char)value;
			assert_sound(string);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(understands_what_grub_and_qemu_pass),
	    cmocka_unit_test(understands_initrds),
	    cmocka_unit_test(understands_disks),
	    cmocka_unit_test(understands_bundles),
	    cmocka_unit_test(understands_devices),
	    cmocka_unit_test(second_word_decides_module_kind),
	    cmocka_unit_test(names_a_guest_after_its_file),
	    cmocka_unit_test(guest_command_line_is_unchanged),
	    cmocka_unit_test(accepts_memory_within_bounds),
	    cmocka_unit_test(clones_have_a_number_a_time_and_a_size),
	    cmocka_unit_test(understands_shares_of_the_cpu),
	    cmocka_unit_test(each_wrong_word_is_named),
	    cmocka_unit_test(suspicious_words_are_remarked),
	    cmocka_unit_test(refused_module_keeps_its_kind),
	    cmocka_unit_test(problem_text_is_one_bounded_line),
	    cmocka_unit_test(wrong_bytes_and_ends_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
