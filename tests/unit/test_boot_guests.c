// SPDX-License-Identifier: GPL-2.0-or-later
/* From a list of modules to guests: which are added with which files, and one line for each
 * fault. */
#include "tests/unit/native.h"

#include <stdio.h>
#include <string.h>

#include "boot/guests.h"
#include "hv/base/log.h"
#include "hv/domain/domains.h"

#define MODULES_START 0x1000
#define MODULE_ROOM 0x1000 /* from one module to the next */
#define LINES_SIZE 1024

static struct boot_info info;
static struct guest_config added[BOOT_MODULES_MAX];
static u32 added_count;
static char lines[LINES_SIZE];
static u8 memory[MODULES_START + BOOT_MODULES_MAX * MODULE_ROOM];
extern u8 *machine_memory;

void say(const char *text, ...)
{
	size_t length = strlen(lines);
	va_list arguments;

	va_start(arguments, text);
	vsnprintf(lines + length, sizeof(lines) - length, text, arguments);
	va_end(arguments);
	strcat(lines, "\n");
}

void domains_add(const struct guest_config *config)
{
	added[added_count++] = *config;
}

/* A module of 16 bytes is a good snapshot. */
bool snapshot_configure(struct guest_config *config, char *problem, size_t size)
{
	if (config->image.size != 16) {
		snprintf(problem, size, "it is damaged");
		return false;
	}
	config->name = "saved";
	config->memory = 4 * MIB;
	config->from_snapshot = true;
	return true;
}

u32 domains_count(void)
{
	return added_count;
}

static int start(void **state)
{
	(void)state;
	memset(&info, 0, sizeof(info));
	memset(memory, 'x', sizeof(memory));
	added_count = 0;
	lines[0] = 0;
	machine_memory = memory;
	return 0;
}

static u8 *module(const char *string, u32 size)
{
	u32 at = MODULES_START + info.module_count * MODULE_ROOM;
	struct boot_module *m = &info.modules[info.module_count++];

	m->start = to_paddr(at);
	m->size = size;
	m->string = string;
	return memory + at;
}

static void assert_says(bool all, const char *expected)
{
	assert_int_equal(guests_add(&info), all);
	assert_string_equal(lines, expected);
}

static void kernels_get_their_files(void **state)
{
	u8 *initrd, *disk;

	(void)state;
	module("kernel name=a mem=1M cap=7", 100);
	disk = module("disk ro", 1024);
	initrd = module("initrd", 5);
	module("kernel name=b", 100);
	assert_says(true, "");
	assert_int_equal(added_count, 2);
	assert_int_equal(added[0].cap, 7);
	assert_ptr_equal(added[0].disk.data, disk);
	assert_true(added[0].disk_read_only);
	assert_ptr_equal(added[0].initrd.data, initrd);
	assert_null(added[1].initrd.data);
}

static void refused_kernel_is_one_message_without_its_files(void **state)
{
	(void)state;
	module("kernel name=first", 100);
	module("kernel mem=frob", 100);
	module("initrd", 5);
	module("disk", 512);
	module("kernle mem=1M", 100);
	module("initrd", 5);
	assert_says(
	    false,
	    "module 2: mem=frob is not a size: write for example mem=16M\n"
	    "module 5: neither \"kernle\" nor \"mem=1M\" is one of the words kernel, snapshot, "
	    "initrd, disk and bundle\n");
	assert_int_equal(added_count, 1);
	assert_null(added[0].initrd.data);
}

static void refused_file_keeps_the_other_guests(void **state)
{
	u8 *initrd, *disk;

	(void)state;
	module("kernel", 100);
	module("disk rw", 512);
	initrd = module("initrd", 5);
	disk = module("disk", 512);
	assert_says(false, "module 2: a disk takes only the word ro, but here is \"rw\"\n");
	assert_ptr_equal(added[0].initrd.data, initrd);
	assert_ptr_equal(added[0].disk.data, disk);
}

static void names_files_without_a_kernel(void **state)
{
	(void)state;
	module("initrd", 5);
	module("kernel", 100);
	module("disk", 512);
	module("disk", 512);
	assert_says(false, "module 1: an initrd belongs right after its kernel, and just one\n"
			   "module 4: a disk belongs right after its kernel, and just one\n");
}

/* A bundle with a fault is one module; the files behind it may belong to its last kernel. */
static void refused_bundle_is_named(void **state)
{
	(void)state;
	module("kernel name=first", 100);
	module("bundle, entry 1: a fault", 0);
	info.modules[1].refused = true;
	module("initrd", 5);
	module("a/x.cpio bundle", 100);
	assert_says(false, "module 2: bundle, entry 1: a fault\n"
			   "module 4: a bundle in a bundle is not opened\n");
	assert_int_equal(added_count, 1);
	assert_null(added[0].initrd.data);
}

/* Two lines of a bundle may name one file, but no guest may write to it. */
static void disk_shares_no_bytes(void **state)
{
	u8 *image;

	(void)state;
	image = module("kernel name=a", 1024);
	module("disk", 1024);
	info.modules[1].start = to_paddr(MODULES_START + 1023);
	module("kernel name=b", 1);
	info.modules[2].start = to_paddr(MODULES_START);
	module("disk", 512);
	info.modules[3].start = to_paddr(MODULES_START + 2046);
	module("kernel name=c", 100);
	module("disk ro", 1024);
	info.modules[5].start = to_paddr(MODULES_START);
	assert_says(
	    false,
	    "module 2: its disk is module 1 too: it needs a file of its own, or the word ro\n"
	    "module 4: its disk is module 2 too: it needs a file of its own, or the word ro\n");
	assert_int_equal(added_count, 3);
	assert_null(added[0].disk.data);
	assert_null(added[1].disk.data);
	assert_ptr_equal(added[2].disk.data, image);
	start(NULL);
	image = module("kernel name=a", 1024);
	module("disk", 512);
	info.modules[1].start = to_paddr(MODULES_START + 1024);
	module("kernel", 0);
	info.modules[2].start = to_paddr(MODULES_START + 1100);
	assert_says(true, "");
	assert_ptr_equal(added[0].disk.data, image + 1024);
}

static void suspicious_disks_are_named(void **state)
{
	u8 *compressed;

	(void)state;
	module("kernel", 100);
	module("disk", 0);
	module("kernel", 100);
	module("disk", 700);
	module("kernel devices=off", 100);
	module("disk", 512);
	module("kernel", 100);
	compressed = module("disk", 512);
	compressed[0] = 0x1F;
	compressed[1] = 0x8B;
	module("kernel", 100);
	module("initrd", 0);
	assert_says(true,
		    "module 1: its disk is empty, so there is none\n"
		    "module 3: the last 188 bytes of its disk are not used: they are no sector of "
		    "512\n"
		    "module 5: devices=off, so its disk is not used\n"
		    "module 7: its disk is compressed with gzip: unpack it, or let GRUB do that "
		    "(insmod gzio)\n"
		    "module 9: its initrd is empty\n");
	assert_int_equal(added_count, 5);
}

static void names_a_compressed_kernel(void **state)
{
	u8 *kernel;

	(void)state;
	kernel = module("kernel", 2);
	kernel[0] = 0x1F;
	kernel[1] = 0x8B;
	module("initrd", 5);
	module("kernel name=one-byte", 1)[0] = 0x1F;
	assert_says(false, "module 1: is compressed with gzip: unpack it, or let GRUB do that "
			   "(insmod gzio)\n");
	assert_int_equal(added_count, 1);
}

/* A snapshot's own name counts, unless the module has one. */
static void snapshots_are_guests(void **state)
{
	(void)state;
	module("a.snap snapshot", 16);
	module("b.snap snapshot name=b weight=7", 16);
	module("c.snap snapshot", 17);
	assert_says(false, "module 3: the snapshot cannot be restored: it is damaged\n");
	assert_int_equal(added_count, 2);
	assert_string_equal(added[0].name, "saved");
	assert_int_equal(added[1].memory, 4 * MIB);
	assert_int_equal(added[1].weight, 7);
	assert_true(added[1].from_snapshot);
}

static void remarks_are_printed(void **state)
{
	(void)state;
	module("kernel mem=1M mem=2M", 100);
	assert_says(true, "module 1: mem= is there more than once: the last one counts\n");
	assert_int_equal(added[0].memory, 2 * MIB);
}

static void missing_modules_are_reported(void **state)
{
	(void)state;
	assert_says(true, "no modules: there is no guest to run; one is, for example, "
			  "module /guests/hello.elf kernel name=hello mem=4M\n");
	start(NULL);
	module("kernel", 100);
	info.modules_beyond = 1;
	assert_says(false, "");
	info.modules_beyond = 0;
	info.modules_dropped = 1;
	assert_says(false, "");
}

#define guests_test(function) cmocka_unit_test_setup(function, start)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    guests_test(kernels_get_their_files),
	    guests_test(snapshots_are_guests),
	    guests_test(refused_kernel_is_one_message_without_its_files),
	    guests_test(refused_file_keeps_the_other_guests),
	    guests_test(names_files_without_a_kernel),
	    guests_test(refused_bundle_is_named),
	    guests_test(disk_shares_no_bytes),
	    guests_test(suspicious_disks_are_named),
	    guests_test(names_a_compressed_kernel),
	    guests_test(remarks_are_printed),
	    guests_test(missing_modules_are_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
