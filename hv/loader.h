/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Puts a guest's image, initrd, command line and boot parameters into its memory (docs/abi.md,
 * section 1). The images are bytes from a boot module: every offset and length in them is checked.
 */
#ifndef HV_LOADER_H
#define HV_LOADER_H

#include "hv/base/progress.h"
#include "mm/guest_memory.h"

struct bytes {
	const u8 *data;
	u32 size;
};

struct load_request {
	struct bytes image;       /* ELF32 ET_EXEC for EM_386, or a Linux bzImage */
	struct bytes initrd;      /* size 0: none */
	const char *command_line; /* copied to gpa 0x1000: at most 4095 bytes */
	u32 ram;                  /* bytes of guest RAM, whole frames; <= the memory's frames */
};

/* Bytes of an image that go to one place: [offset, offset + size), and zeros behind them. */
struct piece {
	u32 at; /* gpa */
	u32 offset, size, zeros;
};

struct image_format;

/* A guest that is being loaded. */
struct loading {
	struct guest_memory *memory;
	struct load_request request;
	const struct image_format *format;

	/* Set by the check. */
	u32 entry;            /* gpa */
	u32 alignment;        /* bytes, told in the boot parameters */
	u64 needed;           /* bytes of memory, from gpa 0 up, that the image uses for itself */
	u64 initrd_limit;     /* the initrd must end at this gpa or below it */
	u32 command_line_max; /* bytes, without the NUL */
	struct piece setup_header, code; /* of a bzImage */
	u32 initrd_at;                   /* gpa; 0: there is none */

	/* How far it is placed. */
	u32 next; /* piece of the image */
	u32 done; /* bytes of that piece, or of the initrd */
	bool initrd_placed;

	/* While it is checked: the buffer for the problem, one line. */
	char *problem;
	size_t problem_size;
};

/* Checks whether the guest can be loaded, and chooses the place of each part; writes nothing into
 * the guest's memory. False if it cannot be loaded: `problem` (of `size` bytes) then says in one
 * line what is wrong. If a part is too large, the line has its size and the size of the available
 * memory. */
bool loader_check(struct loading *loading, struct guest_memory *memory,
		  const struct load_request *request, char *problem, size_t size);

/* Puts what was checked into the guest's memory. AGAIN: some is left. */
enum progress loader_place(struct loading *loading);

#endif
