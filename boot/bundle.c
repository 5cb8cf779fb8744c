/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opens bundles.
 *	1. The lines of umbra.cfg
 *	2. The list of modules
 */
#include "boot/bundle.h"

#include <stdarg.h>

#include "boot/command_line.h"
#include "boot/cpio.h"
#include "boot/modules.h"
#include "lib/format.h"
#include "lib/min_max.h"
#include "lib/string.h"

#define CONFIG_NAME "umbra.cfg"
#define OWN_WORD "umbra"

#define KEY_SIZE 64 /* of an option, cut if longer */

/* The modules and options of one bundle. */
struct contents {
	char command_line[BOOT_STRING_SIZE]; /* the hypervisor's, with the bundle's options */
	struct boot_info *info;              /* takes the strings */
	struct boot_module *modules;         /* NULL: they are only counted, and options taken */
	u32 count, most;
	u32 bytes; /* of strings, counted */
};

/* -- 1. The lines of umbra.cfg -- */

struct line {
	const struct cpio_entry *config;
	u32 number; /* from 1 */
	u32 at;     /* of its first byte in the archive */
	u32 next;   /* of the next line's first byte, from the start of umbra.cfg */
	char text[BOOT_STRING_SIZE];
};

static bool PRINTF_LIKE(3, 4)
    refuse_line(struct cpio *bundle, const struct line *line, const char *text, ...)
{
	va_list arguments;

	snprintf(bundle->problem, sizeof(bundle->problem),
		 "bundle, " CONFIG_NAME " line %u at byte %u: ", line->number, line->at);
	va_start(arguments, text);
	cpio_add_problem(bundle, text, arguments);
	va_end(arguments);
	return false;
}

/* The number of characters before the newline; `size` if there is none. */
static u32 line_length(const char *text, u32 size)
{
	for (u32 i = 0; i < size; i++)
		if (text[i] == '\n')
			return i;
	return size;
}

/* An editor may leave blanks at the end of a line, and DOS leaves a carriage return. */
static void trim_end(char *text, u32 length)
{
	while (length && strchr(" \t\r", text[length - 1]))
		length--;
	text[length] = 0;
}

static bool next_line(struct cpio *bundle, struct line *line)
{
	u32 left = line->config->size - line->next, size = min_u32(left, sizeof(line->text)),
	    length;

	line->number++;
	line->at = line->config->data_at + line->next;
	if (!cpio_read(bundle, line->at, line->text, size))
		return refuse_line(bundle, line, "it is not in memory");
	length = line_length(line->text, size);
	if (length == sizeof(line->text))
		return refuse_line(bundle, line, "it is too long: at most %u characters",
				   BOOT_STRING_SIZE - 1);
	line->next += length + (length < size);
	line->text[length] = 0;
	if (strlen(line->text) != length)
		return refuse_line(bundle, line, "it has a byte 0");
	trim_end(line->text, length);
	return true;
}

static void cut_at_equals(char *key)
{
	char *equals = strchr(key, '=');

	if (equals)
		*equals = 0;
}

static bool has_option(const char *command_line, const char *key)
{
	char other[KEY_SIZE];

	while (option_next(&command_line, other, sizeof(other))) {
		cut_at_equals(other);
		if (!strcmp(other, key))
			return true;
	}
	return false;
}

/* Appends the word, as it stands, unless the command line has that option. False if it is full. */
static bool append_option(char *command_line, const struct word *word)
{
	u32 length = strlen(command_line);
	char key[KEY_SIZE];

	word_copy(word, key, sizeof(key));
	cut_at_equals(key);
	if (has_option(command_line, key))
		return true;
	if (word->length + (length > 0) >= BOOT_STRING_SIZE - length)
		return false;
	if (length)
		command_line[length++] = ' ';
	memcpy(command_line + length, word->start, word->length);
	command_line[length + word->length] = 0;
	return true;
}

static bool take_options(struct cpio *bundle, const struct line *line, const char *text,
			 struct contents *contents)
{
	struct word word;

	while (word_next(&text, &word))
		if (!append_option(contents->command_line, &word))
			return refuse_line(bundle, line,
					   "the hypervisor's command line is too long: at most %u "
					   "characters",
					   BOOT_STRING_SIZE - 1);
	return true;
}

static bool check_file(struct cpio *bundle, const struct line *line, const struct cpio_entry *entry)
{
	if (!cpio_is_file(entry))
		return refuse_line(bundle, line, "%.40s is no regular file: its mode is %#x",
				   entry->name, entry->mode);
	/* cpio stores the bytes with the last link only. */
	if (!entry->size && entry->links > 1)
		return refuse_line(bundle, line, "%.40s is a hard link without its bytes",
				   entry->name);
	return true;
}

/* False if there is no room for one more. */
static bool count_module(struct cpio *bundle, const struct line *line, struct contents *contents)
{
	contents->bytes += strlen(line->text) + 1;
	if (contents->count == contents->most)
		return refuse_line(bundle, line, "there are more than %u modules",
				   BOOT_MODULES_MAX);
	if (contents->bytes > boot_strings_room(contents->info))
		return refuse_line(bundle, line, "the modules' lines have more than %u bytes",
				   BOOT_STRINGS_SIZE);
	contents->count++;
	return true;
}

static bool take_module(struct cpio *bundle, const struct line *line, const struct word *word,
			struct contents *contents)
{
	char path[CPIO_NAME_SIZE];
	struct cpio_entry entry;

	word_copy(word, path, sizeof(path));
	if (!cpio_find(bundle, path, &entry))
		return refuse_line(bundle, line, "%.40s is not in the archive", path);
	if (!check_file(bundle, line, &entry))
		return false;
	if (!contents->modules)
		return count_module(bundle, line, contents);
	contents->modules[contents->count++] =
	    (struct boot_module){.start = to_paddr(bundle->start + entry.data_at),
				 .size = entry.size,
				 .string = boot_keep_string(contents->info, line->text)};
	return true;
}

static bool take_line(struct cpio *bundle, const struct line *line, struct contents *contents)
{
	const char *text = line->text;
	struct word word;

	if (!word_next(&text, &word) || *word.start == '#')
		return true;
	if (word_is(&word, OWN_WORD))
		return contents->modules || take_options(bundle, line, text, contents);
	return take_module(bundle, line, &word, contents);
}

static bool take_lines(struct cpio *bundle, const struct cpio_entry *config,
		       struct contents *contents)
{
	struct line line = {.config = config};

	while (line.next < config->size)
		if (!next_line(bundle, &line) || !take_line(bundle, &line, contents))
			return false;
	return true;
}

static bool find_config(struct cpio *bundle, struct cpio_entry *config)
{
	if (!cpio_find(bundle, CONFIG_NAME, config))
		return cpio_refuse(bundle, "it has no entry " CONFIG_NAME
					   " (an archive for a guest takes the word initrd)");
	if (!cpio_is_file(config))
		return cpio_refuse_entry(bundle, config, "it is no regular file");
	if (config->size > BUNDLE_CONFIG_MAX)
		return cpio_refuse_entry(bundle, config, "its %u bytes are too many: at most %u",
					 config->size, BUNDLE_CONFIG_MAX);
	return true;
}

/* -- 2. The list of modules -- */

static bool has_two_words(const char *string)
{
	struct word word;
	bool first = word_next(&string, &word);

	return first && word_next(&string, &word);
}

static bool is_bundle(const struct boot_module *module, const struct cpio *bundle)
{
	struct module_words words;
	char problem[CPIO_PROBLEM_SIZE], magic[CPIO_MAGIC_SIZE];

	if (module_parse(module->string, &words, problem, sizeof(problem)))
		return words.kind == MODULE_BUNDLE;
	return words.kind == MODULE_UNKNOWN && !has_two_words(module->string) &&
	       cpio_read(bundle, 0, magic, sizeof(magic)) && cpio_is_magic(magic);
}

/* Puts `count` free places in place of module `at`. */
static struct boot_module *make_room(struct boot_info *info, u32 at, u32 count)
{
	struct boot_module *module = &info->modules[at];

	memmove(module + count, module + 1, (info->module_count - at - 1) * sizeof(*module));
	info->module_count += count - 1;
	return module;
}

/* Replaces module `at`, and sets `*count` to the number of modules in its place. All is checked
 * before anything is changed. */
static bool open_bundle(struct boot_info *info, u32 at, struct cpio *bundle, u32 *count)
{
	struct contents contents = {.info = info,
				    .most = BOOT_MODULES_MAX - (info->module_count - 1)};
	struct cpio_entry config;

	strlcpy(contents.command_line, info->command_line, sizeof(contents.command_line));
	if (!cpio_check(bundle) || !find_config(bundle, &config) ||
	    !take_lines(bundle, &config, &contents))
		return false;
	strlcpy(info->command_line, contents.command_line, sizeof(info->command_line));
	*count = contents.count;
	contents.modules = make_room(info, at, contents.count);
	contents.count = 0;
	return take_lines(bundle, &config, &contents);
}

static void refuse_module(struct boot_info *info, struct boot_module *module, const char *problem)
{
	const char *kept = boot_keep_string(info, problem);

	module->refused = true;
	module->size = 0;
	module->string = kept ? kept : "bundle: it is wrong, and there is no room to say why";
}

void bundles_open(struct boot_info *info, physical_reader *read)
{
	u32 count;

	for (u32 i = 0; i < info->module_count; i += count) {
		struct boot_module *module = &info->modules[i];
		struct cpio bundle = {
		    .read = read, .start = paddr_value(module->start), .size = module->size};

		count = 1;
		if (is_bundle(module, &bundle) && !open_bundle(info, i, &bundle, &count))
			refuse_module(info, module, bundle.problem);
	}
}
