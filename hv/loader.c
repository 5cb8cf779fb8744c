// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Loads a guest:
 *
 *	0x0000    boot parameters (the Linux zero page)
 *	0x1000    command line
 *	0x2000... an ELF image, each segment at its own address; a bzImage at 1 MB or above
 *	...       the initrd, at the end of RAM
 *
 *	1. Sizes
 *	2. Boot parameters
 *	3. Checking and placing
 */
#include "hv/loader.h"

#include <stdarg.h>

#include "hv/base/stretch.h"
#include "hv/loader_image.h"
#include "lib/format.h"
#include "lib/min_max.h"
#include "lib/panic.h"
#include "lib/string.h"

#define PLACED_AT_ONCE (8 * KIB) /* some 8,000 instructions: its frames are zeroed first */

bool loader_refuse(struct loading *loading, const char *text, ...)
{
	va_list arguments;

	va_start(arguments, text);
	vsnprintf(loading->problem, loading->problem_size, text, arguments);
	va_end(arguments);
	return false;
}

/* -- 1. Sizes ---------------------------------------------------------------------------------- */

static u64 whole_frames(u64 bytes)
{
	return (bytes + FRAME_OFFSET_MASK) & ~(u64)FRAME_OFFSET_MASK;
}

/* The image needs memory from gpa 0 up, the initrd whole frames above. */
static bool check_memory(struct loading *loading)
{
	u32 ram = loading->request.ram, initrd = loading->request.initrd.size;
	u64 all = whole_frames(loading->needed) + whole_frames(initrd);

	if (all <= ram)
		return true;
	if (!initrd)
		return loader_refuse(loading,
				     "the image needs %u KB of memory, and the guest has %u KB",
				     loader_in_kb(loading->needed), loader_in_kb(ram));
	return loader_refuse(loading,
			     "the image needs %u KB of memory, with its initrd %u KB, and the "
			     "guest has %u KB",
			     loader_in_kb(loading->needed), loader_in_kb(all), loader_in_kb(ram));
}

/* Places the initrd as high as the image allows, so that the memory above the image stays free for
 * the kernel. */
static bool find_initrd(struct loading *loading)
{
	u32 size = loading->request.initrd.size, *at = &loading->initrd_at;
	u64 limit = min_u64(loading->request.ram, loading->initrd_limit);

	if (!size)
		return true;
	if (size <= limit)
		*at = (u32)(limit - size) & ~FRAME_OFFSET_MASK;
	if (*at >= loading->needed)
		return true;
	return loader_refuse(loading,
			     "the initrd's %u KB do not fit between the image, which ends at %u "
			     "KB, and %u KB, where the kernel's place for an initrd ends",
			     loader_in_kb(size), loader_in_kb(loading->needed),
			     loader_in_kb(limit));
}

static bool check_command_line(struct loading *loading)
{
	u32 max = min_u32(loading->command_line_max, COMMAND_LINE_MAX);
	size_t length = strnlen(loading->request.command_line, COMMAND_LINE_MAX + 1);
	return length <= max || loader_refuse(loading,
					      "the command line is longer than the image takes: "
					      "%u bytes",
					      max);
}

/* -- 2. Boot parameters ------------------------------------------------------------------------ */

struct e820_entry {
	u64 address, size;
	u32 type;
} PACKED;

#define E820_RAM 1

_Static_assert(sizeof(struct e820_entry) == 20, "abi.md section 1");

static bool set_parameter(struct loading *loading, u32 offset, u32 value, u32 size)
{
	return guest_write(loading->memory, to_gpa(BOOT_PARAMETERS + offset), &value, size);
}

static bool set_flag(struct loading *loading, u32 offset, u8 flag)
{
	const gpa_t at = to_gpa(BOOT_PARAMETERS + offset);
	u8 flags;

	return guest_read_u8(loading->memory, at, &flags) &&
	       guest_write_u8(loading->memory, at, flags | flag);
}

static bool write_memory_map(struct loading *loading)
{
	const struct e820_entry ram = {.size = loading->request.ram, .type = E820_RAM};

	return set_parameter(loading, BP_E820_ENTRIES, 1, sizeof(u8)) &&
	       guest_write(loading->memory, to_gpa(BOOT_PARAMETERS + BP_E820_TABLE), &ram,
			   sizeof(ram));
}

static bool set_initrd(struct loading *loading)
{
	return set_parameter(loading, BP_RAMDISK_IMAGE, loading->initrd_at, sizeof(u32)) &&
	       set_parameter(loading, BP_RAMDISK_SIZE, loading->request.initrd.size, sizeof(u32));
}

/* The frame is zero: the line needs no NUL of its own. */
static bool write_command_line(struct loading *loading)
{
	const char *line = loading->request.command_line;

	return set_parameter(loading, BP_CMD_LINE_PTR, BOOT_COMMAND_LINE, sizeof(u32)) &&
	       guest_write(loading->memory, to_gpa(BOOT_COMMAND_LINE), line, strlen(line));
}

static bool write_boot_parameters(struct loading *loading)
{
	return set_parameter(loading, BP_VERSION, BP_PROTOCOL, sizeof(u16)) &&
	       set_parameter(loading, BP_TYPE_OF_LOADER, BP_LOADER_UNKNOWN, sizeof(u8)) &&
	       set_parameter(loading, BP_EXT_LOADER, 0, sizeof(u16)) &&
	       set_flag(loading, BP_LOADFLAGS, BP_KEEP_SEGMENTS) &&
	       set_parameter(loading, BP_CODE32_START, loading->entry, sizeof(u32)) &&
	       set_parameter(loading, BP_KERNEL_ALIGNMENT, loading->alignment, sizeof(u32)) &&
	       set_parameter(loading, BP_HARDWARE_SUBARCH, BP_SUBARCH_LGUEST, sizeof(u32)) &&
	       write_memory_map(loading);
}

/* -- 3. Checking and placing ------------------------------------------------------------------- */

static const struct image_format *find_format(const struct bytes *image)
{
	static const struct image_format *const formats[] = {&elf_format, &bzimage_format};

	for (u32 i = 0; i < ARRAY_SIZE(formats); i++)
		if (formats[i]->recognises(image))
			return formats[i];
	return NULL;
}

/* Copies, or zeroes, a part of a piece, of which `done` bytes are placed already. Returns the
 * number of bytes of that part. */
static u32 place_some(struct loading *loading, const struct bytes *from, const struct piece *piece,
		      u32 done)
{
	u32 left = done < piece->size ? piece->size - done : piece->size + piece->zeros - done;
	u32 part = min_u32(left, PLACED_AT_ONCE);
	gpa_t at = to_gpa(piece->at + done);
	bool placed = done < piece->size ? guest_write(loading->memory, at,
						       from->data + piece->offset + done, part)
					 : guest_zero(loading->memory, at, part);

	ASSERT(placed); /* it was checked, and all memory is set aside */
	return part;
}

static enum progress place(struct loading *loading, const struct bytes *from,
			   const struct piece *piece)
{
	while (loading->done < piece->size + piece->zeros) {
		loading->done += place_some(loading, from, piece, loading->done);
		if (stretch_is_spent())
			return AGAIN;
	}
	loading->done = 0;
	return DONE;
}

static void zero_parameters(struct loading *loading)
{
	bool zeroed = guest_zero(loading->memory, to_gpa(0), IMAGE_LOWEST);

	ASSERT(zeroed);
}

static enum progress place_image(struct loading *loading)
{
	struct piece piece;

	if (!loading->next && !loading->done)
		zero_parameters(loading);
	for (; loading->format->piece(loading, loading->next, &piece); loading->next++)
		if (place(loading, &loading->request.image, &piece) == AGAIN)
			return AGAIN;
	return DONE;
}

static enum progress place_initrd(struct loading *loading)
{
	const struct bytes *initrd = &loading->request.initrd;
	struct piece all = {.at = loading->initrd_at, .size = initrd->size};

	if (loading->initrd_placed || !initrd->size)
		return DONE;
	if (place(loading, initrd, &all) == AGAIN)
		return AGAIN;
	loading->initrd_placed = true;
	return DONE;
}

bool loader_check(struct loading *loading, struct guest_memory *memory,
		  const struct load_request *request, char *problem, size_t size)
{
	*loading = (struct loading){.memory = memory, .request = *request};
	loading->problem = problem;
	loading->problem_size = size;
	loading->format = find_format(&request->image);
	if (request->ram < IMAGE_LOWEST || !guest_range_is_memory(memory, to_gpa(0), request->ram))
		return loader_refuse(loading, "%u KB of memory cannot hold a guest",
				     loader_in_kb(request->ram));
	if (!loading->format)
		return loader_refuse(loading, "the image is neither an ELF executable nor a Linux "
					      "bzImage");
	return loading->format->check(loading) && check_memory(loading) && find_initrd(loading) &&
	       check_command_line(loading);
}

/* The setup header of a bzImage is a part of the boot parameters, so the image is placed before the
 * other boot parameters are written. */
enum progress loader_place(struct loading *loading)
{
	bool placed;

	if (place_image(loading) == AGAIN || place_initrd(loading) == AGAIN)
		return AGAIN;
	placed =
	    set_initrd(loading) && write_boot_parameters(loading) && write_command_line(loading);
	ASSERT(placed);
	return DONE;
}
