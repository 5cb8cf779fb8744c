// SPDX-License-Identifier: GPL-2.0-or-later
/* Bundles: the modules and options that come of a valid one, and the one line about each fault. */
#include "tests/unit/native.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boot/bundle.h"
#include "boot/cpio.h"

#define BASE 0x100000u
#define ROOM (512u * 1024)
#define FILE_MODE 0100644u

static u8 *memory;   /* BASE to BASE + ROOM */
static u32 end;      /* bytes of the archive so far */
static u32 readable; /* bytes that can be read */
static u32 number;   /* of entries */
static struct boot_info info;

static bool read_memory(paddr_t from, void *to, u32 size)
{
	u32 offset = paddr_value(from) - BASE;

	if (offset > readable || size > readable - offset)
		return false;
	memcpy(to, memory + offset, size);
	return true;
}

/* -- Making archives -- */

struct made {
	const char *magic, *name;
	u32 name_size, mode, links, size, sum;
	const void *bytes;
};

static void pad(void)
{
	while (end % 4)
		memory[end++] = 0;
}

/* Appends an entry as it is described; returns its offset. */
static u32 put_entry(struct made m)
{
	u32 at = end;
	char header[111];

	snprintf(header, sizeof(header), "%s%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X",
		 m.magic, ++number, m.mode, 0, 0, m.links, 0, m.size, 0, 0, 0, 0, m.name_size,
		 m.sum);
	memcpy(memory + end, header, 110);
	end += 110;
	memcpy(memory + end, m.name, strlen(m.name) + 1);
	end += strlen(m.name) + 1;
	pad();
	if (m.bytes)
		memcpy(memory + end, m.bytes, m.size);
	end += m.bytes ? m.size : 0;
	pad();
	return at;
}

static struct made file(const char *name, const void *bytes, u32 size)
{
	return (struct made){.magic = "070701",
			     .name = name,
			     .name_size = strlen(name) + 1,
			     .mode = FILE_MODE,
			     .links = 1,
			     .size = size,
			     .bytes = bytes};
}

static u32 put_file(const char *name, const char *text)
{
	return put_entry(file(name, text, strlen(text)));
}

static void put_trailer(void)
{
	put_entry(
	    (struct made){.magic = "070701", .name = "TRAILER!!!", .name_size = 11, .links = 1});
}

static int start(void **state)
{
	(void)state;
	memory = calloc(1, ROOM);
	memset(&info, 0, sizeof(info));
	end = number = 0;
	readable = ROOM;
	return 0;
}

static int stop(void **state)
{
	(void)state;
	free(memory);
	return 0;
}

static struct boot_module *add_module(u32 at, u32 size, const char *string)
{
	struct boot_module *module = &info.modules[info.module_count++];

	*module = (struct boot_module){
	    .start = to_paddr(BASE + at), .size = size, .string = boot_keep_string(&info, string)};
	return module;
}

static void open_all(void)
{
	bundles_open(&info, read_memory);
}

/* Opens what has been put as one bundle with no string. */
static void open_this(void)
{
	add_module(0, end, "");
	open_all();
}

static void assert_refused(const char *problem)
{
	open_this();
	assert_int_equal(info.module_count, 1);
	assert_true(info.modules[0].refused);
	assert_int_equal(info.modules[0].size, 0);
	assert_string_equal(info.modules[0].string, problem);
	assert_string_equal(info.command_line, "");
	info.module_count = 0;
}

static void assert_module(u32 index, const char *string, const char *bytes)
{
	const struct boot_module *module = &info.modules[index];

	assert_true(index < info.module_count);
	assert_false(module->refused);
	assert_string_equal(module->string, string);
	assert_int_equal(module->size, strlen(bytes));
	assert_memory_equal(memory + paddr_value(module->start) - BASE, bytes, module->size);
}

/* -- Valid bundles -- */

static void modules_are_the_lines_with_their_files(void **state)
{
	(void)state;
	put_file("guests/a.elf", "first");
	put_file("umbra.cfg", "# a comment\n"
			      "\n"
			      "a.elf  kernel mem=4M -- x  y \r\n"
			      "umbra stats\n"
			      "  \"a file\" initrd\n"
			      "/guests/a.elf kernel name=b # no comment");
	put_file("./a.elf", "second one");
	put_file("a file", "the initrd");
	put_file("a.elf", "not found");
	put_trailer();
	open_this();
	assert_int_equal(info.module_count, 3);
	assert_module(0, "a.elf  kernel mem=4M -- x  y", "second one");
	assert_module(1, "  \"a file\" initrd", "the initrd");
	assert_module(2, "/guests/a.elf kernel name=b # no comment", "first");
	assert_string_equal(info.command_line, "stats");
}

static void two_lines_may_name_one_file(void **state)
{
	(void)state;
	put_file("umbra.cfg", "a kernel name=x\na kernel name=y\n");
	put_file("a", "bytes");
	put_trailer();
	open_this();
	assert_module(0, "a kernel name=x", "bytes");
	assert_module(1, "a kernel name=y", "bytes");
	assert_int_equal(paddr_value(info.modules[0].start), paddr_value(info.modules[1].start));
}

static void bundles_and_modules_keep_their_order(void **state)
{
	u32 second, size;

	(void)state;
	put_file("umbra.cfg", "a kernel\nb initrd");
	put_file("a", "A");
	put_file("b", "B");
	put_trailer();
	second = end;
	put_file("umbra.cfg", "c kernel");
	put_file("c", "C");
	put_trailer();
	size = end - second;
	add_module(0, 3, "kernel name=first");
	add_module(0, second, "disc/x.cpio bundle");
	add_module(0, 4, "kernel name=middle");
	add_module(second, size, "bundle");
	add_module(0, 5, "kernel name=last");
	open_all();
	assert_int_equal(info.module_count, 6);
	assert_string_equal(info.modules[0].string, "kernel name=first");
	assert_module(1, "a kernel", "A");
	assert_module(2, "b initrd", "B");
	assert_string_equal(info.modules[3].string, "kernel name=middle");
	assert_module(4, "c kernel", "C");
	assert_string_equal(info.modules[5].string, "kernel name=last");
	assert_int_equal(info.modules[5].size, 5);
}

static void bundle_in_a_bundle_is_not_opened(void **state)
{
	u8 inner[1024];
	u32 size;

	(void)state;
	put_file("umbra.cfg", "umbra stats");
	put_trailer();
	size = end;
	memcpy(inner, memory, size);
	end = number = 0;
	put_file("umbra.cfg", "inner bundle\ninner\n");
	put_entry(file("inner", inner, size));
	put_trailer();
	open_this();
	assert_int_equal(info.module_count, 2);
	assert_string_equal(info.modules[0].string, "inner bundle");
	assert_int_equal(info.modules[0].size, size);
	assert_string_equal(info.command_line, "");
}

/* A bundle of options only. */
static void bundle_without_modules_disappears(void **state)
{
	(void)state;
	put_file("umbra.cfg", "umbra end=halt");
	put_trailer();
	add_module(0, end, "bundle");
	add_module(0, 1, "kernel");
	add_module(0, end, "bundle");
	open_all();
	assert_int_equal(info.module_count, 1);
	assert_string_equal(info.modules[0].string, "kernel");
	assert_string_equal(info.command_line, "end=halt");
}

static void boot_loaders_options_win(void **state)
{
	(void)state;
	put_file("umbra.cfg", "umbra console=serial end=halt \"monitor=a b\"\n"
			      "umbra stats trace=\"ring\" end=wait monitor=c");
	put_trailer();
	strcpy(info.command_line, "/umbra.elf console=vga stats");
	open_this();
	assert_string_equal(info.command_line,
			    "/umbra.elf console=vga stats end=halt \"monitor=a b\" trace=\"ring\"");
}

static void other_modules_are_left_alone(void **state)
{
	static const char *const strings[] = {"initrd",        "x.cpio initrd", "kernel mem=1M",
					      "x.cpio intird", "bundle kernel", "disk ro"};
	u32 i;

	(void)state;
	put_file("umbra.cfg", "a kernel");
	put_trailer();
	for (i = 0; i < ARRAY_SIZE(strings); i++)
		add_module(0, end, strings[i]);
	memory[end] = 'x';
	add_module(end, 1, "");
	add_module(end, 0, "");
	add_module(2, end, "a.elf");
	open_all();
	assert_int_equal(info.module_count, ARRAY_SIZE(strings) + 3);
	for (i = 0; i < info.module_count; i++) {
		assert_false(info.modules[i].refused);
		assert_string_equal(info.modules[i].string, i < ARRAY_SIZE(strings) ? strings[i]
							    : i == info.module_count - 1 ? "a.elf"
											 : "");
	}
}

static void sums_are_compared(void **state)
{
	struct made summed = file("a", "\xFF\xFF\x01", 3);

	(void)state;
	summed.magic = "070702";
	summed.sum = 0x1FF;
	put_file("umbra.cfg", "a kernel");
	put_entry(summed);
	put_trailer();
	open_this();
	assert_module(0, "a kernel", "\xFF\xFF\x01");
	info.module_count = end = number = 0;
	summed.sum = 0x200;
	put_file("umbra.cfg", "a kernel");
	put_entry(summed);
	put_trailer();
	assert_refused(
	    "bundle, entry 2 at byte 128, a: the sum of its bytes is 000001ff, its header says "
	    "00000200");
}

/* -- Faults of the archive -- */

static void wrong_magic_is_refused(void **state)
{
	(void)state;
	put_file("umbra.cfg", "");
	memory[put_file("a", "")] = '1';
	put_trailer();
	assert_refused("bundle, entry 2 at byte 120: its magic is neither 070701 nor 070702");
	/* With the word bundle, the first entry's as well. */
	memory[0] = 'x';
	add_module(0, end, "x bundle");
	open_all();
	assert_string_equal(info.modules[0].string,
			    "bundle, entry 1 at byte 0: its magic is neither 070701 nor 070702");
	info.module_count = 0;
	memcpy(memory, "\x1F\x8B", 2);
	add_module(0, end, "x bundle");
	open_all();
	assert_string_equal(
	    info.modules[0].string,
	    "bundle, entry 1 at byte 0: it is compressed with gzip: unpack it, or let "
	    "the boot loader do that");
}

static void wrong_digit_is_refused(void **state)
{
	u32 at, digit;

	(void)state;
	put_file("umbra.cfg", "");
	at = put_file("a", "");
	put_trailer();
	for (digit = 6; digit < 110; digit++) {
		u8 before = memory[at + digit];

		memory[at + digit] = "gG/:@`\xFF"[digit % 7];
		assert_refused("bundle, entry 2 at byte 120: its header has a character that is no "
			       "hexadecimal digit");
		memory[at + digit] = before;
	}
	open_this();
	assert_int_equal(info.module_count, 0);
}

static void wrong_names_are_refused(void **state)
{
	struct made named = file("abc", "", 0);

	(void)state;
	named.name_size = 3;
	put_entry(named);
	assert_refused("bundle, entry 1 at byte 0: its name has no NUL at its end");
	named.name_size = end = number = 0;
	put_entry(named);
	assert_refused("bundle, entry 1 at byte 0: its name has no NUL at its end");
	named.name_size = 257;
	end = number = 0;
	put_entry(named);
	assert_refused("bundle, entry 1 at byte 0: its name is too long: at most 255 characters");
	named.name_size = ~0u;
	end = number = 0;
	put_entry(named);
	assert_refused("bundle, entry 1 at byte 0: its name is too long: at most 255 characters");
	named.name_size = 256;
	end = number = 0;
	put_entry(named);
	assert_refused("bundle, entry 1 at byte 0: its name goes beyond the archive's end");
}

static void longest_name_is_read(void **state)
{
	char name[256], line[300];

	(void)state;
	memset(name, 'n', 255);
	name[255] = 0;
	snprintf(line, sizeof(line), "%s kernel", name);
	put_file(name, "x");
	put_file("umbra.cfg", line);
	put_trailer();
	open_this();
	assert_module(0, line, "x");
}

static void too_many_bytes_are_refused(void **state)
{
	static const u32 sizes[] = {5, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFC, 0xFFFFFFFF};
	char problem[100];
	u32 i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		end = number = 0;
		put_file("umbra.cfg", "");
		put_entry((struct made){.magic = "070701",
					.name = "a",
					.name_size = 2,
					.mode = FILE_MODE,
					.size = sizes[i]});
		end += 4;
		snprintf(problem, sizeof(problem),
			 "bundle, entry 2 at byte 120, a: its %u bytes go beyond the archive's end",
			 sizes[i]);
		assert_refused(problem);
	}
}

/* At every length of the archive the message names an entry; ASan sees a read behind the end. */
static void cut_archive_is_refused(void **state)
{
	u32 whole, last;

	(void)state;
	put_file("umbra.cfg", "a kernel");
	last = put_file("a", "bytes") + 120;
	put_trailer();
	whole = end;
	end = last;
	assert_refused(
	    "bundle, entry 3 at byte 248: the archive ends here, without an entry TRAILER!!!");
	end = last + 109;
	assert_refused("bundle, entry 3 at byte 248: its header goes beyond the archive's end");
	end = last + 120;
	assert_refused("bundle, entry 3 at byte 248: its name goes beyond the archive's end");
	for (end = 6; end < last + 121; end++) {
		open_this();
		assert_true(info.modules[0].refused);
		info.module_count = 0;
	}
	/* The trailer's padding may be absent. */
	for (; end <= whole; end++) {
		open_this();
		assert_module(0, "a kernel", "bytes");
		info.module_count = 0;
	}
}

/* The bytes of a file are read only to check its sum. */
static void unreadable_memory_is_named(void **state)
{
	struct made summed = file("a", "bytes", 5);

	(void)state;
	summed.magic = "070702";
	put_file("umbra.cfg", "# 2");
	put_entry(summed);
	put_trailer();
	readable = 124 + 112 + 4;
	assert_refused("bundle, entry 2 at byte 124, a: its bytes are not in memory");
	readable = 124 + 50;
	assert_refused("bundle, entry 2 at byte 124: its header goes beyond the archive's end");
}

static void number_of_entries_is_limited(void **state)
{
	(void)state;
	put_file("umbra.cfg", "b kernel");
	while (number < CPIO_ENTRIES_MAX - 2)
		put_file("a", "");
	put_file("b", "last");
	put_trailer();
	open_this();
	assert_module(0, "b kernel", "last");
	info.module_count = 0;
	end -= 124;
	number--;
	put_file("c", "");
	put_trailer();
	assert_refused(
	    "bundle, entry 1025 at byte 114708, TRAILER!!!: the archive has more than 1024 "
	    "entries");
}

/* -- Faults of umbra.cfg -- */

static void missing_umbra_cfg_is_named(void **state)
{
	(void)state;
	put_file("init", "");
	put_trailer();
	assert_refused(
	    "bundle: it has no entry umbra.cfg (an archive for a guest takes the word initrd)");
}

static void umbra_cfg_is_a_file_of_32_kb(void **state)
{
	static char text[BUNDLE_CONFIG_MAX + 1];
	struct made config = file("umbra.cfg", "", 0);

	(void)state;
	config.mode = 040755;
	put_entry(config);
	put_trailer();
	assert_refused("bundle, entry 1 at byte 0, umbra.cfg: it is no regular file");
	memset(text, '\n', sizeof(text));
	end = number = 0;
	put_entry(file("umbra.cfg", text, BUNDLE_CONFIG_MAX));
	put_trailer();
	open_this();
	assert_int_equal(info.module_count, 0);
	end = number = 0;
	put_entry(file("umbra.cfg", text, sizeof(text)));
	put_trailer();
	assert_refused(
	    "bundle, entry 1 at byte 0, umbra.cfg: its 32769 bytes are too many: at most 32768");
}

static void missing_files_are_named(void **state)
{
	(void)state;
	put_file("umbra.cfg", "a kernel\nguests/b kernel\n");
	put_file("a", "");
	put_file("b", "");
	put_trailer();
	assert_refused("bundle, umbra.cfg line 2 at byte 129: guests/b is not in the archive");
	end = number = 0;
	put_file("umbra.cfg", "TRAILER!!! kernel");
	put_trailer();
	assert_refused("bundle, umbra.cfg line 1 at byte 120: TRAILER!!! is not in the archive");
}

static void files_have_bytes_of_their_own(void **state)
{
	struct made odd = file("a", "b", 1);

	(void)state;
	odd.mode = 0120777;
	put_file("umbra.cfg", "a kernel");
	put_entry(odd);
	put_trailer();
	assert_refused(
	    "bundle, umbra.cfg line 1 at byte 120: a is no regular file: its mode is 0xa1ff");
	end = number = 0;
	odd = file("a", "", 0);
	odd.links = 2;
	put_file("umbra.cfg", "a kernel");
	put_entry(odd);
	put_trailer();
	assert_refused("bundle, umbra.cfg line 1 at byte 120: a is a hard link without its bytes");
}

static void lines_are_at_most_511_characters(void **state)
{
	char text[600] = "a kernel -- ";

	(void)state;
	memset(text + strlen(text), 'x', 511 - strlen(text));
	put_file("a", "A");
	put_file("umbra.cfg", text);
	put_trailer();
	open_this();
	assert_module(0, text, "A");
	info.module_count = 0;
	strcat(text, "x\n");
	end = number = 0;
	put_file("a", "A");
	put_file("umbra.cfg", text);
	put_trailer();
	assert_refused(
	    "bundle, umbra.cfg line 1 at byte 236: it is too long: at most 511 characters");
	end = number = 0;
	put_entry(file("umbra.cfg", "\n# \0", 4));
	put_trailer();
	assert_refused("bundle, umbra.cfg line 2 at byte 121: it has a byte 0");
}

/* Puts a bundle with so many modules. */
static void put_modules(u32 count)
{
	char text[(BOOT_MODULES_MAX + 1) * 9 + 1] = "";

	end = number = 0;
	while (count--)
		strcat(text, "a kernel\n");
	put_file("umbra.cfg", text);
	put_file("a", "A");
	put_trailer();
}

static void number_of_modules_is_limited(void **state)
{
	(void)state;
	put_modules(BOOT_MODULES_MAX);
	open_this();
	assert_int_equal(info.module_count, BOOT_MODULES_MAX);
	assert_module(BOOT_MODULES_MAX - 1, "a kernel", "A");
	info.module_count = 0;
	put_modules(BOOT_MODULES_MAX + 1);
	assert_refused("bundle, umbra.cfg line 385 at byte 3576: there are more than 384 modules");
}

/* A bundle is taken whole or not at all, and its neighbours stay. */
static void other_modules_count_too(void **state)
{
	(void)state;
	put_modules(BOOT_MODULES_MAX - 1);
	add_module(0, 1, "kernel name=x");
	add_module(0, end, "bundle");
	add_module(0, 2, "kernel name=y");
	open_all();
	assert_int_equal(info.module_count, 3);
	assert_string_equal(info.modules[0].string, "kernel name=x");
	assert_true(info.modules[1].refused);
	assert_string_equal(
	    info.modules[1].string,
	    "bundle, umbra.cfg line 383 at byte 3558: there are more than 384 modules");
	assert_string_equal(info.modules[2].string, "kernel name=y");
	info.module_count = 0;
	add_module(0, 1, "kernel name=x");
	add_module(0, end, "bundle");
	open_all();
	assert_int_equal(info.module_count, BOOT_MODULES_MAX);
	assert_module(BOOT_MODULES_MAX - 1, "a kernel", "A");
}

/* Fills the room for strings up to `left` bytes. */
static void use_strings(u32 left)
{
	info.strings_used = BOOT_STRINGS_SIZE - left;
}

static void room_for_strings_is_limited(void **state)
{
	(void)state;
	put_modules(3);
	add_module(0, end, "");
	use_strings(3 * 9);
	open_all();
	assert_int_equal(info.module_count, 3);
	assert_module(2, "a kernel", "A");
	assert_int_equal(boot_strings_room(&info), 0);
	info.module_count = 0;
	use_strings(100);
	add_module(0, 1, "kernel name=x");
	add_module(0, end, "");
	use_strings(3 * 9 - 1);
	open_all();
	assert_int_equal(info.module_count, 2);
	assert_true(info.modules[1].refused);
	assert_string_equal(info.modules[1].string,
			    "bundle: it is wrong, and there is no room to say why");
	info.module_count = 0;
	put_modules(100);
	use_strings(100 * 9);
	assert_refused("bundle, umbra.cfg line 100 at byte 1011: the modules' lines have more than "
		       "32768 bytes");
}

static void command_line_has_511_characters(void **state)
{
	(void)state;
	put_file("umbra.cfg", "umbra end=halt");
	put_trailer();
	memset(info.command_line, 'x', BOOT_STRING_SIZE - 1 - strlen(" end=halt"));
	open_this();
	assert_int_equal(info.module_count, 0);
	assert_int_equal(strlen(info.command_line), BOOT_STRING_SIZE - 1);
	memset(info.command_line, 'x', BOOT_STRING_SIZE - strlen(" end=halt"));
	info.command_line[BOOT_STRING_SIZE - strlen(" end=halt")] = 0;
	open_this();
	assert_true(info.modules[0].refused);
	assert_string_equal(
	    info.modules[0].string,
	    "bundle, umbra.cfg line 1 at byte 120: the hypervisor's command line is too "
	    "long: at most 511 characters");
	assert_int_equal(strlen(info.command_line), BOOT_STRING_SIZE - strlen(" end=halt"));
}

/* -- Any bytes -- */

static void assert_sound(u32 size)
{
	u32 i;

	assert_in_range(info.module_count, 0, BOOT_MODULES_MAX);
	assert_true(strnlen(info.command_line, BOOT_STRING_SIZE) < BOOT_STRING_SIZE);
	for (i = 0; i < info.module_count; i++) {
		const struct boot_module *module = &info.modules[i];

		assert_true(strnlen(module->string, BOOT_STRING_SIZE) < BOOT_STRING_SIZE);
		assert_true(paddr_value(module->start) >= BASE);
		assert_true(paddr_value(module->start) - BASE <= size);
		assert_true(module->size <= size - (paddr_value(module->start) - BASE));
	}
}

static void changed_bytes_do_no_harm(void **state)
{
	u32 round, changes;
	static u8 good[1024];

	(void)state;
	put_file("umbra.cfg", "a kernel name=x\numbra stats\nb initrd\n");
	put_file("a", "bytes of a");
	put_file("b", "bytes of b");
	put_trailer();
	memcpy(good, memory, end);
	for (round = 0; round < 20000; round++) {
		memcpy(memory, good, end);
		for (changes = random_below(4); changes--;)
			memory[random_below(end)] =
			    "0123456789ABCDEFfxa\0\n #\xFF"[random_below(24)];
		memset(&info, 0, sizeof(info));
		add_module(0, random_below(8) ? end : random_below(end), "bundle");
		open_all();
		assert_sound(end);
	}
}

#define bundle_test(function) cmocka_unit_test_setup_teardown(function, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    bundle_test(modules_are_the_lines_with_their_files),
	    bundle_test(two_lines_may_name_one_file),
	    bundle_test(bundles_and_modules_keep_their_order),
	    bundle_test(bundle_in_a_bundle_is_not_opened),
	    bundle_test(bundle_without_modules_disappears),
	    bundle_test(boot_loaders_options_win),
	    bundle_test(other_modules_are_left_alone),
	    bundle_test(sums_are_compared),
	    bundle_test(wrong_magic_is_refused),
	    bundle_test(wrong_digit_is_refused),
	    bundle_test(wrong_names_are_refused),
	    bundle_test(longest_name_is_read),
	    bundle_test(too_many_bytes_are_refused),
	    bundle_test(cut_archive_is_refused),
	    bundle_test(unreadable_memory_is_named),
	    bundle_test(number_of_entries_is_limited),
	    bundle_test(missing_umbra_cfg_is_named),
	    bundle_test(umbra_cfg_is_a_file_of_32_kb),
	    bundle_test(missing_files_are_named),
	    bundle_test(files_have_bytes_of_their_own),
	    bundle_test(lines_are_at_most_511_characters),
	    bundle_test(number_of_modules_is_limited),
	    bundle_test(other_modules_count_too),
	    bundle_test(room_for_strings_is_limited),
	    bundle_test(command_line_has_511_characters),
	    bundle_test(changed_bytes_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
