// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Opens bundles. No size and no name in the archive is trusted; each walk through it makes progress
 * by at least a header, and ends after BUNDLE_ENTRIES_MAX entries.
 *	1. Messages
 *	2. The archive
 *	3. The lines of umbra.cfg
 *	4. The list of modules
 */
#include "boot/bundle.h"

#include <stdarg.h>

#include "boot/command_line.h"
#include "boot/modules.h"
#include "lib/format.h"
#include "lib/min_max.h"
#include "lib/string.h"

#define CONFIG_NAME "umbra.cfg"
#define TRAILER_NAME "TRAILER!!!"
#define OWN_WORD "umbra"

#define PROBLEM_SIZE 160
#define KEY_SIZE 64 /* of an option, cut if longer */
#define PART_SIZE 256

struct bundle {
	physical_reader *read;
	u32 start, size; /* in memory: start + size is at most 4 GB */
	char problem[PROBLEM_SIZE];
};

/* The modules and options of one bundle. */
struct contents {
	char command_line[BOOT_STRING_SIZE]; /* the hypervisor's, with the bundle's options */
	struct boot_module *modules;         /* NULL: they are only counted, and options taken */
	u32 count, most;
};

/* One entry of the archive. Offsets are bytes from the archive's start. */
struct entry {
	u32 number; /* from 1 */
	u32 at, data_at, next;
	u32 mode, links, size, name_size, sum;
	bool has_sum;
	char name[BUNDLE_NAME_SIZE]; /* empty before it is read */
};

/* -- 1. Messages -- */

/* Writes the message behind what bundle->problem has already. Always false, for the caller to
 * return. */
static bool add_problem(struct bundle *bundle, const char *text, va_list arguments)
{
	size_t length = strlen(bundle->problem);

	vsnprintf(bundle->problem + length, sizeof(bundle->problem) - length, text, arguments);
	make_printable(bundle->problem);
	return false;
}

static bool PRINTF_LIKE(2, 3) refuse(struct bundle *bundle, const char *text, ...)
{
	va_list arguments;

	strlcpy(bundle->problem, "bundle: ", sizeof(bundle->problem));
	va_start(arguments, text);
	add_problem(bundle, text, arguments);
	va_end(arguments);
	return false;
}

static bool PRINTF_LIKE(3, 4)
    refuse_entry(struct bundle *bundle, const struct entry *entry, const char *text, ...)
{
	va_list arguments;

	snprintf(bundle->problem, sizeof(bundle->problem),
		 *entry->name ? "bundle, entry %u at byte %u, %.40s: "
			      : "bundle, entry %u at byte %u: ",
		 entry->number, entry->at, entry->name);
	va_start(arguments, text);
	add_problem(bundle, text, arguments);
	va_end(arguments);
	return false;
}

/* -- 2. The archive -- */

#define MAGIC_SIZE 6
#define MAGIC_PLAIN "070701"
#define MAGIC_WITH_SUM "070702"
#define GZIP_MAGIC "\x1F\x8B" /* RFC 1952, 2.3.1 */
#define NUMBER_DIGITS 8u
#define ALIGNMENT 4u /* of an entry, and of its data */
#define MODE_TYPE 0170000u
#define MODE_FILE 0100000u

enum field {
	INODE,
	MODE,
	OWNER,
	GROUP,
	LINKS,
	TIME,
	SIZE,
	DEVICE_MAJOR,
	DEVICE_MINOR,
	OF_DEVICE_MAJOR,
	OF_DEVICE_MINOR,
	NAME_SIZE,
	SUM,
	FIELDS
};

struct header {
	char magic[MAGIC_SIZE];
	char numbers[FIELDS][NUMBER_DIGITS]; /* hexadecimal, without a NUL */
};

_Static_assert(sizeof(struct header) == 110, "cpio(5), the new ASCII format");

static bool has_bytes(const struct bundle *bundle, u32 at, u32 size)
{
	return at <= bundle->size && size <= bundle->size - at;
}

static bool read_bytes(const struct bundle *bundle, u32 at, void *to, u32 size)
{
	return has_bytes(bundle, at, size) && bundle->read(to_paddr(bundle->start + at), to, size);
}

/* The next multiple of ALIGNMENT, or the archive's end. */
static u32 align_up(const struct bundle *bundle, u32 at)
{
	u32 padding = -at % ALIGNMENT;

	return has_bytes(bundle, at, padding) ? at + padding : bundle->size;
}

static bool parse_digit(char c, u32 *digit)
{
	if (c >= '0' && c <= '9')
		*digit = c - '0';
	else if (c >= 'a' && c <= 'f')
		*digit = c - 'a' + 10;
	else if (c >= 'A' && c <= 'F')
		*digit = c - 'A' + 10;
	else
		return false;
	return true;
}

static bool parse_numbers(const struct header *header, u32 *numbers)
{
	u32 digit;

	for (u32 i = 0; i < FIELDS; i++) {
		numbers[i] = 0;
		for (u32 j = 0; j < NUMBER_DIGITS; j++) {
			if (!parse_digit(header->numbers[i][j], &digit))
				return false;
			numbers[i] = numbers[i] << 4 | digit;
		}
	}
	return true;
}

static bool is_magic(const char *magic)
{
	return !memcmp(magic, MAGIC_PLAIN, MAGIC_SIZE) ||
	       !memcmp(magic, MAGIC_WITH_SUM, MAGIC_SIZE);
}

static bool read_header(struct bundle *bundle, struct entry *entry)
{
	struct header header;
	u32 numbers[FIELDS];

	if (entry->at == bundle->size)
		return refuse_entry(bundle, entry,
				    "the archive ends here, without an entry " TRAILER_NAME);
	if (!read_bytes(bundle, entry->at, &header, sizeof(header)))
		return refuse_entry(bundle, entry, "its header goes beyond the archive's end");
	if (!memcmp(header.magic, GZIP_MAGIC, strlen(GZIP_MAGIC)))
		return refuse_entry(bundle, entry,
				    "it is compressed with gzip: unpack it, or let the boot loader "
				    "do that");
	if (!is_magic(header.magic))
		return refuse_entry(bundle, entry,
				    "its magic is neither " MAGIC_PLAIN " nor " MAGIC_WITH_SUM);
	if (!parse_numbers(&header, numbers))
		return refuse_entry(bundle, entry,
				    "its header has a character that is no hexadecimal digit");
	entry->has_sum = !memcmp(header.magic, MAGIC_WITH_SUM, MAGIC_SIZE);
	entry->mode = numbers[MODE];
	entry->links = numbers[LINKS];
	entry->size = numbers[SIZE];
	entry->sum = numbers[SUM];
	entry->name_size = numbers[NAME_SIZE];
	return true;
}

static bool read_name(struct bundle *bundle, struct entry *entry)
{
	u32 at = entry->at + sizeof(struct header), size = entry->name_size;
	char name[BUNDLE_NAME_SIZE];

	if (size > sizeof(name))
		return refuse_entry(bundle, entry, "its name is too long: at most %u characters",
				    BUNDLE_NAME_SIZE - 1);
	if (!read_bytes(bundle, at, name, size))
		return refuse_entry(bundle, entry, "its name goes beyond the archive's end");
	if (!size || name[size - 1])
		return refuse_entry(bundle, entry, "its name has no NUL at its end");
	memcpy(entry->name, name, size);
	entry->data_at = align_up(bundle, at + size);
	return true;
}

/* Reads the entry at entry->next. */
static bool next_entry(struct bundle *bundle, struct entry *entry)
{
	entry->at = entry->next;
	entry->number++;
	*entry->name = 0;
	if (!read_header(bundle, entry) || !read_name(bundle, entry))
		return false;
	if (!has_bytes(bundle, entry->data_at, entry->size))
		return refuse_entry(bundle, entry, "its %u bytes go beyond the archive's end",
				    entry->size);
	if (entry->number > BUNDLE_ENTRIES_MAX)
		return refuse_entry(bundle, entry, "the archive has more than %u entries",
				    BUNDLE_ENTRIES_MAX);
	entry->next = align_up(bundle, entry->data_at + entry->size);
	return true;
}

static bool is_trailer(const struct entry *entry)
{
	return !strcmp(entry->name, TRAILER_NAME);
}

static bool is_file(const struct entry *entry)
{
	return (entry->mode & MODE_TYPE) == MODE_FILE;
}

/* The format "crc" has the sum of a file's bytes; that of other entries has no meaning. */
static bool check_sum(struct bundle *bundle, const struct entry *entry)
{
	u8 part[PART_SIZE];
	u32 sum = 0;

	if (!entry->has_sum || !is_file(entry) || !entry->size)
		return true;
	for (u32 done = 0, size; done < entry->size; done += size) {
		size = min_u32(entry->size - done, sizeof(part));
		if (!read_bytes(bundle, entry->data_at + done, part, size))
			return refuse_entry(bundle, entry, "its bytes are not in memory");
		for (u32 i = 0; i < size; i++)
			sum += part[i];
	}
	return sum == entry->sum ||
	       refuse_entry(bundle, entry, "the sum of its bytes is %08x, its header says %08x",
			    sum, entry->sum);
}

static bool check_archive(struct bundle *bundle)
{
	struct entry entry = {0};

	do {
		if (!next_entry(bundle, &entry) || !check_sum(bundle, &entry))
			return false;
	} while (!is_trailer(&entry));
	return true;
}

/* A path without a "/" or "./" in front: archives have either, or none. */
static const char *plain_path(const char *path)
{
	for (;;) {
		if (*path == '/')
			path++;
		else if (path[0] == '.' && path[1] == '/')
			path += 2;
		else
			return path;
	}
}

/* Finds a file in an archive without faults. Of two entries of one name the first counts. */
static bool find_file(struct bundle *bundle, const char *path, struct entry *entry)
{
	path = plain_path(path);
	*entry = (struct entry){0};
	do {
		if (!next_entry(bundle, entry) || is_trailer(entry))
			return false;
	} while (strcmp(plain_path(entry->name), path) != 0);
	return true;
}

/* -- 3. The lines of umbra.cfg -- */

struct line {
	const struct entry *config;
	u32 number; /* from 1 */
	u32 at;     /* of its first byte in the archive */
	u32 next;   /* of the next line's first byte, from the start of umbra.cfg */
	char text[BOOT_STRING_SIZE];
};

static bool PRINTF_LIKE(3, 4)
    refuse_line(struct bundle *bundle, const struct line *line, const char *text, ...)
{
	va_list arguments;

	snprintf(bundle->problem, sizeof(bundle->problem),
		 "bundle, " CONFIG_NAME " line %u at byte %u: ", line->number, line->at);
	va_start(arguments, text);
	add_problem(bundle, text, arguments);
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

static bool next_line(struct bundle *bundle, struct line *line)
{
	u32 left = line->config->size - line->next, size = min_u32(left, sizeof(line->text)),
	    length;

	line->number++;
	line->at = line->config->data_at + line->next;
	if (!read_bytes(bundle, line->at, line->text, size))
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

static bool take_options(struct bundle *bundle, const struct line *line, const char *text,
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

static bool check_file(struct bundle *bundle, const struct line *line, const struct entry *entry)
{
	if (!is_file(entry))
		return refuse_line(bundle, line, "%.40s is no regular file: its mode is %#x",
				   entry->name, entry->mode);
	/* cpio stores the bytes with the last link only. */
	if (!entry->size && entry->links > 1)
		return refuse_line(bundle, line, "%.40s is a hard link without its bytes",
				   entry->name);
	return true;
}

static bool take_module(struct bundle *bundle, const struct line *line, const struct word *word,
			struct contents *contents)
{
	char path[BUNDLE_NAME_SIZE];
	struct boot_module *module;
	struct entry entry;

	word_copy(word, path, sizeof(path));
	if (!find_file(bundle, path, &entry))
		return refuse_line(bundle, line, "%.40s is not in the archive", path);
	if (!check_file(bundle, line, &entry))
		return false;
	if (contents->count == contents->most)
		return refuse_line(bundle, line, "there are more than %u modules",
				   BOOT_MODULES_MAX);
	module = contents->modules ? &contents->modules[contents->count] : NULL;
	contents->count++;
	if (!module)
		return true;
	*module = (struct boot_module){.start = to_paddr(bundle->start + entry.data_at),
				       .size = entry.size};
	strlcpy(module->string, line->text, sizeof(module->string));
	return true;
}

static bool take_line(struct bundle *bundle, const struct line *line, struct contents *contents)
{
	const char *text = line->text;
	struct word word;

	if (!word_next(&text, &word) || *word.start == '#')
		return true;
	if (word_is(&word, OWN_WORD))
		return contents->modules || take_options(bundle, line, text, contents);
	return take_module(bundle, line, &word, contents);
}

static bool take_lines(struct bundle *bundle, const struct entry *config, struct contents *contents)
{
	struct line line = {.config = config};

	while (line.next < config->size)
		if (!next_line(bundle, &line) || !take_line(bundle, &line, contents))
			return false;
	return true;
}

static bool find_config(struct bundle *bundle, struct entry *config)
{
	if (!find_file(bundle, CONFIG_NAME, config))
		return refuse(bundle, "it has no entry " CONFIG_NAME
				      " (an archive for a guest takes the word initrd)");
	if (!is_file(config))
		return refuse_entry(bundle, config, "it is no regular file");
	if (config->size > BUNDLE_CONFIG_MAX)
		return refuse_entry(bundle, config, "its %u bytes are too many: at most %u",
				    config->size, BUNDLE_CONFIG_MAX);
	return true;
}

/* -- 4. The list of modules -- */

static bool has_two_words(const char *string)
{
	struct word word;
	bool first = word_next(&string, &word);

	return first && word_next(&string, &word);
}

static bool is_bundle(const struct boot_module *module, const struct bundle *bundle)
{
	struct module_words words;
	char problem[PROBLEM_SIZE], magic[MAGIC_SIZE];

	if (module_parse(module->string, &words, problem, sizeof(problem)))
		return words.kind == MODULE_BUNDLE;
	return words.kind == MODULE_UNKNOWN && !has_two_words(module->string) &&
	       read_bytes(bundle, 0, magic, sizeof(magic)) && is_magic(magic);
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
static bool open_bundle(struct boot_info *info, u32 at, struct bundle *bundle, u32 *count)
{
	struct contents contents = {.most = BOOT_MODULES_MAX - (info->module_count - 1)};
	struct entry config;

	strlcpy(contents.command_line, info->command_line, sizeof(contents.command_line));
	if (!check_archive(bundle) || !find_config(bundle, &config) ||
	    !take_lines(bundle, &config, &contents))
		return false;
	strlcpy(info->command_line, contents.command_line, sizeof(info->command_line));
	*count = contents.count;
	contents.modules = make_room(info, at, contents.count);
	contents.count = 0;
	return take_lines(bundle, &config, &contents);
}

static void refuse_module(struct boot_module *module, const char *problem)
{
	module->refused = true;
	module->size = 0;
	strlcpy(module->string, problem, sizeof(module->string));
}

void bundles_open(struct boot_info *info, physical_reader *read)
{
	u32 count;

	for (u32 i = 0; i < info->module_count; i += count) {
		struct boot_module *module = &info->modules[i];
		struct bundle bundle = {
		    .read = read, .start = paddr_value(module->start), .size = module->size};

		count = 1;
		if (is_bundle(module, &bundle) && !open_bundle(info, i, &bundle, &count))
			refuse_module(module, bundle.problem);
	}
}
