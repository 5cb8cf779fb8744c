/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads cpio archives of the formats "newc" and "crc" (cpio(5)) in memory, for bundles
 * (boot/bundle.h), which the messages name. */
#ifndef BOOT_CPIO_H
#define BOOT_CPIO_H

#include <stdarg.h>

#include "arch/x86/host_windows.h"

#define CPIO_ENTRIES_MAX 1024u
#define CPIO_NAME_SIZE 256u /* of an entry's name, with its NUL */
#define CPIO_MAGIC_SIZE 6
#define CPIO_PROBLEM_SIZE 160

struct cpio {
	physical_reader *read;
	u32 start, size; /* in memory: start + size is at most 4 GB */
	char problem[CPIO_PROBLEM_SIZE];
};

/* One entry of the archive. Offsets are bytes from the archive's start. */
struct cpio_entry {
	u32 number; /* from 1 */
	u32 at, data_at, next;
	u32 mode, links, size, name_size, sum;
	bool has_sum;
	char name[CPIO_NAME_SIZE]; /* empty before it is read */
};

/* True if an archive of either format begins with these CPIO_MAGIC_SIZE bytes. */
bool cpio_is_magic(const char *magic);

/* Reads all entries, and compares the sums of files. False after a message in archive->problem: the
 * archive has a fault. */
bool cpio_check(struct cpio *archive);

/* Finds a file in an archive without faults; "/" and "./" in front of names do not count. Of two
 * entries of one name the first counts. */
bool cpio_find(struct cpio *archive, const char *path, struct cpio_entry *entry);

bool cpio_is_file(const struct cpio_entry *entry); /* a regular one */

/* Copies `size` bytes from the archive's byte `at` on; false if they are not all in it. */
bool cpio_read(const struct cpio *archive, u32 at, void *to, u32 size);

/* These write a message to archive->problem: about the archive, about an entry, or behind the text
 * that is there. Always false, for the caller to return. */
bool cpio_refuse(struct cpio *archive, const char *text, ...) PRINTF_LIKE(2, 3);
bool cpio_refuse_entry(struct cpio *archive, const struct cpio_entry *entry, const char *text, ...)
    PRINTF_LIKE(3, 4);
bool cpio_add_problem(struct cpio *archive, const char *text, va_list arguments);

#endif
