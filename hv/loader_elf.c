/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ELF images (System V ABI, chapters 4 and 5): each segment goes to its physical address. */
#include "abi/elf.h"
#include "hv/loader_image.h"
#include "lib/min_max.h"
#include "lib/string.h"

static bool elf_recognises(const struct bytes *image)
{
	return bytes_hold(image, 0, ELF_MAGIC_SIZE) &&
	       !memcmp(image->data, ELF_MAGIC, ELF_MAGIC_SIZE);
}

/* Reads the file header; false, with the reason, if this is no executable for a guest. */
static bool read_header(struct loading *loading, struct elf_header *header)
{
	const struct bytes *image = &loading->request.image;

	if (!bytes_hold(image, 0, sizeof(*header)))
		return loader_refuse(loading, "the ELF image's header is cut off");
	memcpy(header, image->data, sizeof(*header)); /* a module may lie at any alignment */
	if (header->class != ELF_CLASS_32 || header->data != ELF_DATA_LITTLE_ENDIAN ||
	    header->type != ELF_TYPE_EXECUTABLE || header->machine != ELF_MACHINE_386)
		return loader_refuse(loading, "the ELF image is not a 32-bit executable for i386");
	if (header->segment_size < sizeof(struct elf_segment) ||
	    !bytes_hold(image, header->segments, (u32)header->segment_count * header->segment_size))
		return loader_refuse(loading, "the ELF image's program headers are cut off");
	return true;
}

/* Reads program header `number`; false if it is not of a segment that takes memory or bytes. */
static bool read_segment(const struct loading *loading, const struct elf_header *header, u32 number,
			 struct elf_segment *segment)
{
	memcpy(segment,
	       loading->request.image.data + header->segments + number * header->segment_size,
	       sizeof(*segment));
	return segment->type == ELF_SEGMENT_LOAD && (segment->memory_size || segment->file_size);
}

static bool check_segment(struct loading *loading, u32 number, const struct elf_segment *segment)
{
	const struct bytes *image = &loading->request.image;

	if (segment->file_size > segment->memory_size)
		return loader_refuse(loading,
				     "ELF segment %u has %u bytes in the file, and in memory "
				     "only %u",
				     number, segment->file_size, segment->memory_size);
	if (!bytes_hold(image, segment->offset, segment->file_size))
		return loader_refuse(loading, "ELF segment %u goes beyond the image's %u bytes",
				     number, image->size);
	if (segment->paddr < IMAGE_LOWEST)
		return loader_refuse(loading,
				     "ELF segment %u at 0x%x is in the boot parameters' way "
				     "(below 0x%x)",
				     number, segment->paddr, IMAGE_LOWEST);
	return true;
}

/* Checks each segment. Sets loading->needed to the memory that all of them need, and `*total` to
 * the sum of their sizes. */
static bool check_segments(struct loading *loading, const struct elf_header *header, u64 *total)
{
	struct elf_segment segment;

	/* NOLINTNEXTLINE(*-core.UndefinedBinaryOperatorResult): loader_refuse returns false. */
	for (u32 i = 0; i < header->segment_count; i++) {
		if (!read_segment(loading, header, i, &segment))
			continue;
		if (!check_segment(loading, i, &segment))
			return false;
		loading->needed =
		    max_u64(loading->needed, (u64)segment.paddr + segment.memory_size);
		*total += segment.memory_size;
	}
	return *total || loader_refuse(loading, "the ELF image has nothing to load");
}

static bool elf_check(struct loading *loading)
{
	struct elf_header header;
	u64 total = 0;

	if (!read_header(loading, &header) || !check_segments(loading, &header, &total))
		return false;
	/* A segment takes only 32 bytes of the file, its program header. Without this check, a
	 * small file could make the hypervisor zero all memory once for each segment. */
	if (total > loading->needed)
		return loader_refuse(loading, "the ELF segments overlap");
	if (header.entry >= loading->needed)
		return loader_refuse(loading,
				     "the ELF entry point 0x%x is beyond the image's end at 0x%x "
				     "(it must be a physical address)",
				     header.entry, (u32)loading->needed);
	loading->entry = header.entry;
	loading->alignment = BP_ALIGNMENT;
	loading->initrd_limit = ADDRESS_SPACE; /* an ELF file sets no limit */
	loading->command_line_max = COMMAND_LINE_MAX;
	return true;
}

static bool elf_piece(const struct loading *loading, u32 number, struct piece *piece)
{
	struct elf_header header;
	struct elf_segment segment;

	memcpy(&header, loading->request.image.data, sizeof(header));
	if (number >= header.segment_count)
		return false;
	*piece = (struct piece){0};
	if (read_segment(loading, &header, number, &segment))
		*piece = (struct piece){.at = segment.paddr,
					.offset = segment.offset,
					.size = segment.file_size,
					.zeros = segment.memory_size - segment.file_size};
	return true;
}

const struct image_format elf_format = {
    .recognises = elf_recognises,
    .check = elf_check,
    .piece = elf_piece,
};
