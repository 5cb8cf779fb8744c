/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The interface between the parts of the loader. An image is first checked: the check finds the
 * places of its parts and the memory that it needs, and writes nothing. If everything fits, the
 * image is then placed, piece by piece.
 */
#ifndef HV_LOADER_IMAGE_H
#define HV_LOADER_IMAGE_H

#include "abi/lguest.h"
#include "hv/loader.h"

#define IMAGE_LOWEST (BOOT_COMMAND_LINE + FRAME_SIZE) /* the boot parameters lie below */
#define COMMAND_LINE_MAX (FRAME_SIZE - 1)             /* without its NUL */

#define ADDRESS_SPACE (1ull << 32)

/* Writes the problem. Always false, for the caller to return. Defined in hv/loader.c. */
bool loader_refuse(struct loading *loading, const char *text, ...) PRINTF_LIKE(2, 3);

static inline u32 loader_in_kb(u64 bytes)
{
	return (u32)((bytes + KIB - 1) / KIB);
}

/* True if bytes [offset, offset + size) are in the image. */
static inline bool bytes_hold(const struct bytes *bytes, u32 offset, u32 size)
{
	return offset <= bytes->size && size <= bytes->size - offset;
}

/* A format of images. */
struct image_format {
	bool (*recognises)(const struct bytes *image);
	bool (*check)(struct loading *loading); /* false: refused, with the reason */
	/* The pieces of a checked image, by number from 0 on; false behind the last one. */
	bool (*piece)(const struct loading *loading, u32 number, struct piece *piece);
};

extern const struct image_format elf_format, bzimage_format;

#endif
