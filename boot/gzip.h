/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BOOT_GZIP_H
#define BOOT_GZIP_H

/* The first bytes of a file that is compressed with gzip (RFC 1952, 2.3.1). */
#define GZIP_MAGIC "\x1F\x8B"
#define GZIP_MAGIC_SIZE 2

#endif
