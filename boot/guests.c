// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A module's string gives its kind and its options (boot/modules.h). A module whose string is wrong
 * is left out, with one message. Files behind a refused kernel are left out without a message of
 * their own.
 */
#include "boot/guests.h"

#include "abi/virtio.h"
#include "boot/modules.h"
#include "hv/base/log.h"
#include "hv/domain/domains.h"
#include "lib/string.h"
#include "mm/frame_map.h"

#define PROBLEM_SIZE 160

#define COMPRESSED "is compressed with gzip: unpack it, or let GRUB do that (insmod gzio)"

static const u8 gzip_magic[] = {0x1F, 0x8B}; /* RFC 1952, 2.3.1 */

static struct bytes module_bytes(const struct boot_module *module)
{
	return (struct bytes){machine_bytes(module->start), module->size};
}

static bool parse(const struct boot_info *info, u32 i, struct module_words *words)
{
	char problem[PROBLEM_SIZE];

	return module_parse(info->modules[i].string, words, problem, sizeof(problem));
}

static bool is_compressed(struct bytes file)
{
	return file.size >= sizeof(gzip_magic) &&
	       !memcmp(file.data, gzip_magic, sizeof(gzip_magic));
}

/* A module of unknown kind may have been meant as a kernel, so the files behind it belong to it. */
static bool begins_guest(const struct module_words *words)
{
	return words->kind == MODULE_KERNEL || words->kind == MODULE_UNKNOWN;
}

/* A kernel's files follow it in any order, at most one of each kind. */
static void take_files(const struct boot_info *info, u32 kernel, struct guest_config *config)
{
	struct module_words words;
	struct bytes file;

	for (u32 i = kernel + 1; i < info->module_count; i++) {
		bool understood = parse(info, i, &words);

		if (begins_guest(&words))
			return;
		if (!understood)
			continue;
		file = module_bytes(&info->modules[i]);
		if (words.kind == MODULE_INITRD && !config->initrd.data)
			config->initrd = file;
		if (words.kind == MODULE_DISK && !config->disk.data) {
			config->disk = file;
			config->disk_read_only = words.read_only;
		}
	}
}

/* True if the kernel in front of this file takes it: a kernel takes one file of each kind. */
static bool has_kernel(const struct boot_info *info, u32 i, enum module_kind kind)
{
	struct module_words words;
	bool understood;

	while (i-- > 0) {
		understood = parse(info, i, &words);
		if (begins_guest(&words))
			return true;
		if (understood && words.kind == kind)
			return false;
	}
	return false;
}

/* Warns about files that are taken but cannot be used as they are. */
static void check_files(u32 number, const struct guest_config *config)
{
	struct bytes disk = config->disk, initrd = config->initrd;

	if (initrd.data && !initrd.size)
		say("module %u: its initrd is empty", number);
	if (!disk.data)
		return;
	if (config->no_devices)
		say("module %u: devices=off, so its disk is not used", number);
	else if (!disk.size)
		say("module %u: its disk is empty, so there is none", number);
	else if (is_compressed(disk))
		say("module %u: its disk " COMPRESSED, number);
	else if (disk.size % BLOCK_SECTOR)
		say("module %u: the last %u bytes of its disk are not used: they are no sector of "
		    "%u",
		    number, disk.size % BLOCK_SECTOR, BLOCK_SECTOR);
}

static bool add_kernel(const struct boot_info *info, u32 i, const struct module_words *words)
{
	struct guest_config config = {
	    .name = words->name,
	    .memory = words->memory,
	    .paging = words->paging,
	    .shadow = words->shadow,
	    .timeout = words->timeout,
	    .weight = words->weight,
	    .cap = words->cap,
	    .restarts = words->restarts,
	    .image = module_bytes(&info->modules[i]),
	    .command_line = words->command_line,
	    .no_devices = words->no_devices,
	};
	u32 before = domains_count();

	if (*words->remark)
		say("module %u: %s", i + 1, words->remark);
	if (is_compressed(config.image)) {
		say("module %u: " COMPRESSED, i + 1);
		return false;
	}
	take_files(info, i, &config);
	check_files(i + 1, &config);
	domains_add(&config);
	return domains_count() > before;
}

/* False if the module is refused, after a message. */
static bool add_module(const struct boot_info *info, u32 i)
{
	static const char *const files[] = {
	    [MODULE_INITRD] = "an initrd", [MODULE_DISK] = "a disk"};
	struct module_words words;
	char problem[PROBLEM_SIZE];

	if (!module_parse(info->modules[i].string, &words, problem, sizeof(problem))) {
		say("module %u: %s", i + 1, problem);
		return false;
	}
	if (words.kind == MODULE_KERNEL)
		return add_kernel(info, i, &words);
	if (has_kernel(info, i, words.kind))
		return true;
	say("module %u: %s belongs right after its kernel, and just one", i + 1, files[words.kind]);
	return false;
}

bool guests_add(const struct boot_info *info)
{
	bool all = !info->modules_dropped && !info->modules_beyond;

	if (!info->module_count && all)
		say("no modules: there is no guest to run; one is, for example, "
		    "module /guests/hello.elf kernel name=hello mem=4M");
	for (u32 i = 0; i < info->module_count; i++)
		all &= add_module(info, i);
	return all;
}
