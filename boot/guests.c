// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A module's string gives its kind and its options (boot/modules.h). A module whose string is wrong
 * is left out, with one message. Files behind a refused kernel are left out without a message of
 * their own. Bundles are already opened (boot/bundle.h).
 */
#include "boot/guests.h"

#include "abi/virtio.h"
#include "boot/gzip.h"
#include "boot/modules.h"
#include "hv/base/log.h"
#include "hv/domain/domains.h"
#include "hv/domain/snapshot_restore.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm/frame_map.h"

#define PROBLEM_SIZE 160

#define COMPRESSED "is compressed with gzip: unpack it, or let GRUB do that (insmod gzio)"

static struct bytes module_bytes(const struct boot_module *module)
{
	return (struct bytes){machine_bytes(module->start), module->size};
}

static bool is_compressed(struct bytes file)
{
	return file.size >= GZIP_MAGIC_SIZE && !memcmp(file.data, GZIP_MAGIC, GZIP_MAGIC_SIZE);
}

/* A module that is no file for a kernel may have been meant as one, so the files behind it belong to
 * it. */
static bool begins_guest(const struct module_words *words)
{
	return words->kind != MODULE_INITRD && words->kind != MODULE_DISK;
}

static bool overlap(const struct boot_module *a, const struct boot_module *b)
{
	u32 a_start = paddr_value(a->start), b_start = paddr_value(b->start);

	return a_start < b_start ? b_start - a_start < a->size : a_start - b_start < b->size;
}

/* Returns the number of another module that has bytes of module `i`, counted from 1; 0 if there is
 * none. Two lines of a bundle may name one file. A guest's disk must not be such a file, since the
 * guest writes to it. */
static u32 shares_bytes_with(const struct boot_info *info, u32 i)
{
	for (u32 j = 0; j < info->module_count; j++)
		if (j != i && info->modules[j].size && info->modules[i].size &&
		    overlap(&info->modules[i], &info->modules[j]))
			return j + 1;
	return 0;
}

/* Checks a module whose string is right. */
static bool check_bytes(const struct boot_info *info, u32 i, const struct module_words *words,
			char problem[PROBLEM_SIZE])
{
	u32 other = 0;

	if (words->kind == MODULE_BUNDLE) {
		strlcpy(problem, "a bundle in a bundle is not opened", PROBLEM_SIZE);
		return false;
	}
	if (words->kind == MODULE_DISK && !words->read_only)
		other = shares_bytes_with(info, i);
	if (other)
		snprintf(problem, PROBLEM_SIZE,
			 "its disk is module %u too: it needs a file of its own, or the word ro",
			 other);
	return !other;
}

/* Parses the string of module `i`. False if the module is refused: `problem` then says why. */
static bool parse(const struct boot_info *info, u32 i, struct module_words *words,
		  char problem[PROBLEM_SIZE])
{
	const struct boot_module *module = &info->modules[i];

	if (module->refused) {
		words->kind = MODULE_UNKNOWN;
		strlcpy(problem, module->string, PROBLEM_SIZE);
		return false;
	}
	return module_parse(module->string, words, problem, PROBLEM_SIZE) &&
	       check_bytes(info, i, words, problem);
}

/* A kernel's files follow it in any order, at most one of each kind. */
static void take_files(const struct boot_info *info, u32 kernel, struct guest_config *config)
{
	char problem[PROBLEM_SIZE];
	struct module_words words;
	struct bytes file;

	for (u32 i = kernel + 1; i < info->module_count; i++) {
		bool understood = parse(info, i, &words, problem);

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
	char problem[PROBLEM_SIZE];
	struct module_words words;
	bool understood;

	while (i-- > 0) {
		understood = parse(info, i, &words, problem);
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

/* A snapshot has what a kernel's words say of the guest. */
static bool configure_snapshot(u32 i, const struct module_words *words, struct guest_config *config)
{
	char problem[PROBLEM_SIZE];
	const char *name = config->name;

	if (!snapshot_configure(config, problem, sizeof(problem))) {
		say("module %u: the snapshot cannot be restored: %s", i + 1, problem);
		return false;
	}
	if (words->named || !is_name(config->name))
		config->name = name;
	return true;
}

/* Adds a guest whose image is a kernel or a snapshot. */
static bool add_guest(const struct boot_info *info, u32 i, const struct module_words *words)
{
	struct guest_config config = {
	    .name = words->name,
	    .memory = words->memory,
	    .paging = words->paging,
	    .shadow = words->shadow,
	    .timeout = words->timeout,
	    .cpus = words->cpus,
	    .weight = words->weight,
	    .cap = words->cap,
	    .restarts = words->restarts,
	    .clones = words->clones ? words->clones : *words->clone_after != '\0',
	    .private_memory = words->private_memory,
	    .image = module_bytes(&info->modules[i]),
	    .command_line = words->command_line,
	    .no_devices = words->no_devices,
	};
	u32 before = domains_count();

	strlcpy(config.clone_after, words->clone_after, sizeof(config.clone_after));
	if (*words->remark)
		say("module %u: %s", i + 1, words->remark);
	if (is_compressed(config.image)) {
		say("module %u: " COMPRESSED, i + 1);
		return false;
	}
	if (words->kind == MODULE_SNAPSHOT && !configure_snapshot(i, words, &config))
		return false;
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

	if (!parse(info, i, &words, problem)) {
		say("module %u: %s", i + 1, problem);
		return false;
	}
	if (words.kind == MODULE_KERNEL || words.kind == MODULE_SNAPSHOT)
		return add_guest(info, i, &words);
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
