// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Loads a guest:
 *
 *	0x0000    boot parameters (the Linux zero page)
 *	0x1000    command line
 *	0x2000... an ELF image, each segment where it wants to be; a bzImage at 1 MB
 *	...       the initrd, at the end of RAM
 *
 *	1. Reading images
 *	2. ELF
 *	3. bzImage
 *	4. Initrd, command line, boot parameters
 */
#include "hv/loader.h"

#include <stdarg.h>

#include "abi/lguest.h"
#include "lib/format.h"
#include "lib/string.h"

#define IMAGE_LOWEST (BOOT_COMMAND_LINE + FRAME_SIZE)

struct loading {
	struct guest_memory *memory;
	const struct load_request *request;
	u32 image_bytes; /* placed so far, BSS included */
	u32 image_end;   /* the first gpa above the image */
	u32 entry;
	char *problem;
	size_t problem_size;
};

/* Always false, for the caller to return. */
static bool PRINTF_LIKE(2, 3) refuse(struct loading *loading, const char *text, ...)
{
	va_list arguments;

	va_start(arguments, text);
	vsnprintf(loading->problem, loading->problem_size, text, arguments);
	va_end(arguments);
	return false;
}

/* Not the guest's fault: its memory was not set aside in full. */
static bool refuse_short(struct loading *loading)
{
	return refuse(loading, "the machine has no memory left for the guest's image");
}

static u32 in_kb(u32 bytes)
{
	return bytes / KIB + (bytes % KIB != 0);
}

/* --- 1. Reading images --- */

static bool holds(const struct bytes *bytes, u32 offset, u32 size)
{
	return offset <= bytes->size && size <= bytes->size - offset;
}

/* By copying, because an image's fields may lie at any alignment. */
static bool read_bytes(const struct bytes *bytes, u32 offset, void *to, u32 size)
{
	if (!holds(bytes, offset, size))
		return false;
	memcpy(to, bytes->data + offset, size);
	return true;
}

/* Copies `size` bytes of the image, which holds them, to `at` and zeroes `zeros` bytes behind. */
static bool place(struct loading *loading, u32 at, u32 offset, u32 size, u32 zeros)
{
	if (!guest_write(loading->memory, to_gpa(at), loading->request->image.data + offset,
			 size) ||
	    !guest_zero(loading->memory, to_gpa(at + size), zeros))
		return refuse_short(loading);
	if (at + size + zeros > loading->image_end)
		loading->image_end = at + size + zeros;
	loading->image_bytes += size + zeros;
	return true;
}

/* --- 2. ELF (System V ABI, chapters 4 and 5) --- */

struct elf_header {
	u8 magic[4];
	u8 class, data, ident_version, padding[9];
	u16 type, machine;
	u32 version, entry, segments, sections, flags;
	u16 header_size, segment_size, segment_count, section_size, section_count, section_names;
};

struct elf_segment {
	u32 type, offset, vaddr, paddr, file_size, memory_size, flags, alignment;
};

_Static_assert(sizeof(struct elf_header) == 52, "ELF32 header");
_Static_assert(sizeof(struct elf_segment) == 32, "ELF32 program header");

#define ELF_MAGIC "\177ELF"
#define ELF_CLASS_32 1
#define ELF_DATA_LITTLE_ENDIAN 1
#define ELF_TYPE_EXECUTABLE 2
#define ELF_MACHINE_386 3
#define ELF_SEGMENT_LOAD 1

static bool is_elf(const struct bytes *image)
{
	u8 magic[4];

	return read_bytes(image, 0, magic, sizeof(magic)) &&
	       !memcmp(magic, ELF_MAGIC, sizeof(magic));
}

static bool load_segment(struct loading *loading, u32 number, const struct elf_segment *segment)
{
	const struct load_request *request = loading->request;
	u32 at = segment->paddr, size = segment->memory_size;

	if (segment->file_size > size ||
	    !holds(&request->image, segment->offset, segment->file_size))
		return refuse(loading, "ELF segment %u goes beyond the image's %u bytes", number,
			      request->image.size);
	if (at < IMAGE_LOWEST)
		return refuse(loading,
			      "ELF segment %u at 0x%x is in the boot parameters' way "
			      "(below 0x%x)",
			      number, at, IMAGE_LOWEST);
	if (at > request->ram || size > request->ram - at)
		return refuse(loading,
			      "ELF segment %u at 0x%x needs %u KB: beyond the guest's %u KB",
			      number, at, in_kb(size), in_kb(request->ram));
	/* Segments that overlap a lot would make a small file much work. */
	if (size > request->ram - loading->image_bytes)
		return refuse(loading, "the ELF segments overlap");
	return place(loading, at, segment->offset, segment->file_size, size - segment->file_size);
}

static bool load_elf(struct loading *loading)
{
	const struct bytes *image = &loading->request->image;
	struct elf_header header;
	struct elf_segment segment;
	u32 i;

	if (!read_bytes(image, 0, &header, sizeof(header)) || header.class != ELF_CLASS_32 ||
	    header.data != ELF_DATA_LITTLE_ENDIAN || header.type != ELF_TYPE_EXECUTABLE ||
	    header.machine != ELF_MACHINE_386)
		return refuse(loading, "the ELF image is not a 32-bit executable for i386");
	if (header.segment_size < sizeof(segment) ||
	    !holds(image, header.segments, (u32)header.segment_count * header.segment_size))
		return refuse(loading, "the ELF image's program headers are cut off");
	for (i = 0; i < header.segment_count; i++) {
		memcpy(&segment, image->data + header.segments + i * header.segment_size,
		       sizeof(segment));
		if (segment.type == ELF_SEGMENT_LOAD && segment.memory_size &&
		    !load_segment(loading, i, &segment))
			return false;
	}
	if (!loading->image_end)
		return refuse(loading, "the ELF image has nothing to load");
	if (header.entry >= loading->request->ram)
		return refuse(loading,
			      "the ELF entry point 0x%x is outside the guest's %u KB "
			      "(it must be a physical address)",
			      header.entry, in_kb(loading->request->ram));
	loading->entry = header.entry;
	return true;
}

/* --- 3. bzImage (Linux's Documentation/x86/boot) --- */

#define BZIMAGE_SIGNATURE "HdrS"
#define BZIMAGE_SIGNATURE_AT 0x202
#define BZIMAGE_HEADER_LENGTH_AT 0x201 /* u8, from BZIMAGE_SIGNATURE_AT on */
#define BZIMAGE_SECTOR 512u
#define BZIMAGE_DEFAULT_SECTORS 4 /* where the header says 0 */
#define BZIMAGE_LOAD_AT MIB
#define SETUP_HEADER_LIMIT 0x290u /* other boot parameters follow */

static bool is_bzimage(const struct bytes *image)
{
	u8 signature[4];

	return read_bytes(image, BZIMAGE_SIGNATURE_AT, signature, sizeof(signature)) &&
	       !memcmp(signature, BZIMAGE_SIGNATURE, sizeof(signature));
}

/* Copies the image's own setup header into the boot parameters, as long as it says it is. The image
 * is longer than that: it holds the two sectors or more of its setup. */
static bool copy_setup_header(struct loading *loading)
{
	const struct bytes *image = &loading->request->image;
	u32 end = BZIMAGE_SIGNATURE_AT + image->data[BZIMAGE_HEADER_LENGTH_AT];

	if (end > SETUP_HEADER_LIMIT)
		end = SETUP_HEADER_LIMIT;
	return guest_write(loading->memory, to_gpa(BOOT_PARAMETERS + BP_SETUP_HEADER),
			   image->data + BP_SETUP_HEADER, end - BP_SETUP_HEADER) ||
	       refuse_short(loading);
}

static bool load_bzimage(struct loading *loading)
{
	const struct load_request *request = loading->request;
	u32 sectors = request->image.data[BP_SETUP_HEADER], setup, size;

	if (!sectors)
		sectors = BZIMAGE_DEFAULT_SECTORS;
	setup = (sectors + 1) * BZIMAGE_SECTOR;
	if (!read_bytes(&request->image, BP_CODE32_START, &loading->entry,
			sizeof(loading->entry)) ||
	    request->image.size <= setup)
		return refuse(loading, "the bzImage is cut off: its setup alone is %u bytes, of %u",
			      setup, request->image.size);
	size = request->image.size - setup;
	if (request->ram <= BZIMAGE_LOAD_AT || size > request->ram - BZIMAGE_LOAD_AT)
		return refuse(loading,
			      "the bzImage needs %u KB from 1 MB up: beyond the guest's %u KB",
			      in_kb(size), in_kb(request->ram));
	if (loading->entry < BZIMAGE_LOAD_AT || loading->entry - BZIMAGE_LOAD_AT >= size)
		return refuse(loading, "the bzImage's entry point 0x%x is outside of it",
			      loading->entry);
	return copy_setup_header(loading) && place(loading, BZIMAGE_LOAD_AT, setup, size, 0);
}

/* --- 4. Initrd, command line, boot parameters --- */

struct e820_entry {
	u64 address, size;
	u32 type;
} PACKED;

#define E820_RAM 1

_Static_assert(sizeof(struct e820_entry) == 20, "abi.md section 1");

static bool load_initrd(struct loading *loading, u32 *at)
{
	const struct bytes *initrd = &loading->request->initrd;
	u32 ram = loading->request->ram;

	*at = 0;
	if (!initrd->size)
		return true;
	if (initrd->size <= ram)
		*at = (ram - initrd->size) & ~FRAME_OFFSET_MASK;
	if (*at < loading->image_end)
		return refuse(loading,
			      "the initrd's %u KB do not fit between the image, which ends at "
			      "%u KB, and the end of the guest's memory at %u KB",
			      in_kb(initrd->size), in_kb(loading->image_end), in_kb(ram));
	return guest_write(loading->memory, to_gpa(*at), initrd->data, initrd->size) ||
	       refuse_short(loading);
}

static bool write_command_line(struct loading *loading)
{
	const char *line = loading->request->command_line;

	/* The frame is zero: the line needs no NUL of its own. */
	return guest_write(loading->memory, to_gpa(BOOT_COMMAND_LINE), line,
			   strnlen(line, FRAME_SIZE - 1));
}

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
	const struct e820_entry ram = {.size = loading->request->ram, .type = E820_RAM};

	return set_parameter(loading, BP_E820_ENTRIES, 1, sizeof(u8)) &&
	       guest_write(loading->memory, to_gpa(BOOT_PARAMETERS + BP_E820_TABLE), &ram,
			   sizeof(ram));
}

static bool write_boot_parameters(struct loading *loading, u32 initrd)
{
	return (set_parameter(loading, BP_VERSION, BP_PROTOCOL, sizeof(u16)) &&
		set_parameter(loading, BP_TYPE_OF_LOADER, BP_LOADER_UNKNOWN, sizeof(u8)) &&
		set_flag(loading, BP_LOADFLAGS, BP_KEEP_SEGMENTS) &&
		set_parameter(loading, BP_RAMDISK_IMAGE, initrd, sizeof(u32)) &&
		set_parameter(loading, BP_RAMDISK_SIZE, loading->request->initrd.size,
			      sizeof(u32)) &&
		set_parameter(loading, BP_CMD_LINE_PTR, BOOT_COMMAND_LINE, sizeof(u32)) &&
		set_parameter(loading, BP_KERNEL_ALIGNMENT, BP_ALIGNMENT, sizeof(u32)) &&
		set_parameter(loading, BP_HARDWARE_SUBARCH, BP_SUBARCH_LGUEST, sizeof(u32)) &&
		write_memory_map(loading) && write_command_line(loading)) ||
	       refuse_short(loading);
}

static bool load_image(struct loading *loading)
{
	const struct bytes *image = &loading->request->image;

	if (is_elf(image))
		return load_elf(loading);
	if (is_bzimage(image))
		return load_bzimage(loading);
	return refuse(loading, "the image is neither an ELF executable nor a Linux bzImage");
}

bool guest_load(struct guest_memory *memory, const struct load_request *request, gpa_t *entry,
		char *problem, size_t size)
{
	struct loading loading = {
	    .memory = memory, .request = request, .problem = problem, .problem_size = size};
	u32 initrd;

	if (request->ram < IMAGE_LOWEST || !guest_range_is_memory(memory, to_gpa(0), request->ram))
		return refuse(&loading, "%u KB of memory cannot hold a guest", in_kb(request->ram));
	if (!guest_zero(memory, to_gpa(0), IMAGE_LOWEST))
		return refuse_short(&loading);
	if (!load_image(&loading) || !load_initrd(&loading, &initrd) ||
	    !write_boot_parameters(&loading, initrd))
		return false;
	*entry = to_gpa(loading.entry);
	return true;
}
