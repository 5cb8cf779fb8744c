/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * No size and no name in the archive is trusted. Each walk through it makes progress by at least a
 * header, and ends after CPIO_ENTRIES_MAX entries.
 *	1. Messages
 *	2. Entries
 */
#include "boot/cpio.h"

#include "boot/gzip.h"
#include "lib/format.h"
#include "lib/min_max.h"
#include "lib/string.h"

#define TRAILER_NAME "TRAILER!!!"
#define PART_SIZE 256

/* -- 1. Messages -- */

bool cpio_add_problem(struct cpio *archive, const char *text, va_list arguments)
{
	size_t length = strlen(archive->problem);

	vsnprintf(archive->problem + length, sizeof(archive->problem) - length, text, arguments);
	make_printable(archive->problem);
	return false;
}

bool cpio_refuse(struct cpio *archive, const char *text, ...)
{
	va_list arguments;

	strlcpy(archive->problem, "bundle: ", sizeof(archive->problem));
	va_start(arguments, text);
	cpio_add_problem(archive, text, arguments);
	va_end(arguments);
	return false;
}

bool cpio_refuse_entry(struct cpio *archive, const struct cpio_entry *entry, const char *text, ...)
{
	va_list arguments;

	snprintf(archive->problem, sizeof(archive->problem),
		 *entry->name ? "bundle, entry %u at byte %u, %.40s: "
			      : "bundle, entry %u at byte %u: ",
		 entry->number, entry->at, entry->name);
	va_start(arguments, text);
	cpio_add_problem(archive, text, arguments);
	va_end(arguments);
	return false;
}

/* -- 2. Entries -- */

#define MAGIC_PLAIN "070701"
#define MAGIC_WITH_SUM "070702"
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
	char magic[CPIO_MAGIC_SIZE];
	char numbers[FIELDS][NUMBER_DIGITS]; /* hexadecimal, without a NUL */
};

_Static_assert(sizeof(struct header) == 110, "cpio(5), the new ASCII format");

static bool has_bytes(const struct cpio *archive, u32 at, u32 size)
{
	return at <= archive->size && size <= archive->size - at;
}

bool cpio_read(const struct cpio *archive, u32 at, void *to, u32 size)
{
	return has_bytes(archive, at, size) &&
	       archive->read(to_paddr(archive->start + at), to, size);
}

/* The next multiple of ALIGNMENT, or the archive's end. */
static u32 align_up(const struct cpio *archive, u32 at)
{
	u32 padding = -at % ALIGNMENT;

	return has_bytes(archive, at, padding) ? at + padding : archive->size;
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

bool cpio_is_magic(const char *magic)
{
	return !memcmp(magic, MAGIC_PLAIN, CPIO_MAGIC_SIZE) ||
	       !memcmp(magic, MAGIC_WITH_SUM, CPIO_MAGIC_SIZE);
}

static bool read_header(struct cpio *archive, struct cpio_entry *entry)
{
	struct header header;
	u32 numbers[FIELDS];

	if (entry->at == archive->size)
		return cpio_refuse_entry(archive, entry,
					 "the archive ends here, without an entry " TRAILER_NAME);
	if (!cpio_read(archive, entry->at, &header, sizeof(header)))
		return cpio_refuse_entry(archive, entry,
					 "its header goes beyond the archive's end");
	if (!memcmp(header.magic, GZIP_MAGIC, GZIP_MAGIC_SIZE))
		return cpio_refuse_entry(
		    archive, entry,
		    "it is compressed with gzip: unpack it, or let the boot loader "
		    "do that");
	if (!cpio_is_magic(header.magic))
		return cpio_refuse_entry(
		    archive, entry, "its magic is neither " MAGIC_PLAIN " nor " MAGIC_WITH_SUM);
	if (!parse_numbers(&header, numbers))
		return cpio_refuse_entry(archive, entry,
					 "its header has a character that is no hexadecimal digit");
	entry->has_sum = !memcmp(header.magic, MAGIC_WITH_SUM, CPIO_MAGIC_SIZE);
	entry->mode = numbers[MODE];
	entry->links = numbers[LINKS];
	entry->size = numbers[SIZE];
	entry->sum = numbers[SUM];
	entry->name_size = numbers[NAME_SIZE];
	return true;
}

static bool read_name(struct cpio *archive, struct cpio_entry *entry)
{
	u32 at = entry->at + sizeof(struct header), size = entry->name_size;
	char name[CPIO_NAME_SIZE];

	if (size > sizeof(name))
		return cpio_refuse_entry(archive, entry,
					 "its name is too long: at most %u characters",
					 CPIO_NAME_SIZE - 1);
	if (!cpio_read(archive, at, name, size))
		return cpio_refuse_entry(archive, entry, "its name goes beyond the archive's end");
	if (!size || name[size - 1])
		return cpio_refuse_entry(archive, entry, "its name has no NUL at its end");
	memcpy(entry->name, name, size);
	entry->data_at = align_up(archive, at + size);
	return true;
}

/* Reads the entry at entry->next. */
static bool next_entry(struct cpio *archive, struct cpio_entry *entry)
{
	entry->at = entry->next;
	entry->number++;
	*entry->name = 0;
	if (!read_header(archive, entry) || !read_name(archive, entry))
		return false;
	if (!has_bytes(archive, entry->data_at, entry->size))
		return cpio_refuse_entry(archive, entry, "its %u bytes go beyond the archive's end",
					 entry->size);
	if (entry->number > CPIO_ENTRIES_MAX)
		return cpio_refuse_entry(archive, entry, "the archive has more than %u entries",
					 CPIO_ENTRIES_MAX);
	entry->next = align_up(archive, entry->data_at + entry->size);
	return true;
}

static bool is_trailer(const struct cpio_entry *entry)
{
	return !strcmp(entry->name, TRAILER_NAME);
}

bool cpio_is_file(const struct cpio_entry *entry)
{
	return (entry->mode & MODE_TYPE) == MODE_FILE;
}

/* The format "crc" has the sum of a file's bytes; that of other entries has no meaning. */
static bool check_sum(struct cpio *archive, const struct cpio_entry *entry)
{
	u8 part[PART_SIZE];
	u32 sum = 0;

	if (!entry->has_sum || !cpio_is_file(entry) || !entry->size)
		return true;
	for (u32 done = 0, size; done < entry->size; done += size) {
		size = min_u32(entry->size - done, sizeof(part));
		if (!cpio_read(archive, entry->data_at + done, part, size))
			return cpio_refuse_entry(archive, entry, "its bytes are not in memory");
		for (u32 i = 0; i < size; i++)
			sum += part[i];
	}
	return sum == entry->sum ||
	       cpio_refuse_entry(archive, entry,
				 "the sum of its bytes is %08x, its header says %08x", sum,
				 entry->sum);
}

bool cpio_check(struct cpio *archive)
{
	struct cpio_entry entry = {0};

	do {
		if (!next_entry(archive, &entry) || !check_sum(archive, &entry))
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

bool cpio_find(struct cpio *archive, const char *path, struct cpio_entry *entry)
{
	path = plain_path(path);
	*entry = (struct cpio_entry){0};
	do {
		if (!next_entry(archive, entry) || is_trailer(entry))
			return false;
	} while (strcmp(plain_path(entry->name), path) != 0);
	return true;
}
