/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Linux bzImages: boot protocol 2.07 to 2.15 (Linux's Documentation/x86/boot). An image is a boot
 * sector, setup sectors for real mode, and 32-bit code that unpacks the kernel proper:
 *
 *	code_at              the code is loaded here, and entered
 *	start                the code moves itself, and unpacks the kernel, to here ...
 *	start + init_size    ... and uses no memory above until it has read the memory map
 *
 * The setup header says where these are. Each of its fields is honoured, refused, or has no meaning
 * for a kernel that is entered by its 32-bit entry point.
 */
#include "hv/loader_image.h"
#include "lib/min_max.h"
#include "lib/string.h"

/* The layout of the setup header, which begins at BP_SETUP_HEADER in the image. */
struct setup_header {
	u8 setup_sects;
	u16 root_flags;
	u32 syssize; /* of the code, in units of 16 bytes */
	u16 ram_size, vid_mode, root_dev, boot_flag;
	u8 jump, length; /* the header ends `length` bytes behind these two */
	u8 magic[4];
	u16 version;
	u32 realmode_swtch;
	u16 start_sys_seg, kernel_version;
	u8 type_of_loader, loadflags;
	u16 setup_move_size;
	u32 code32_start, ramdisk_image, ramdisk_size, bootsect_kludge;
	u16 heap_end_ptr;
	u8 ext_loader_ver, ext_loader_type;
	u32 cmd_line_ptr;
	u32 initrd_addr_max;  /* the highest address that the initrd's last byte may have */
	u32 kernel_alignment; /* of a relocatable kernel's start */
	u8 relocatable_kernel;
	u8 min_alignment; /* 2.10: the least one, as a power of two */
	u16 xloadflags;   /* 2.12 */
	u32 cmdline_size; /* at most so many bytes, without the NUL */
	u32 hardware_subarch;
	u64 hardware_subarch_data;
	u32 payload_offset, payload_length; /* 2.08: the packed kernel, in the code */
	u64 setup_data;                     /* 2.09 */
	u64 pref_address;                   /* 2.10: where the kernel starts if it can choose */
	u32 init_size;                      /* 2.10 */
	u32 handover_offset;                /* 2.11 */
	u32 kernel_info_offset;             /* 2.15: in the code */
} PACKED;

#define FIELD_CHECK(field, offset)                                                                 \
	_Static_assert(BP_SETUP_HEADER + offsetof(struct setup_header, field) == (offset), #field)
FIELD_CHECK(version, BP_VERSION);
FIELD_CHECK(loadflags, BP_LOADFLAGS);
FIELD_CHECK(kernel_alignment, BP_KERNEL_ALIGNMENT);
FIELD_CHECK(hardware_subarch, BP_HARDWARE_SUBARCH);
FIELD_CHECK(kernel_info_offset, 0x268);
#undef FIELD_CHECK

#define MAGIC "HdrS"
#define MAGIC_AT 0x202u
#define SETUP_HEADER_LIMIT 0x290u /* other boot parameters follow */
#define SECTOR 512u
#define DEFAULT_SETUP_SECTORS 4 /* where the header says 0 */
#define CODE_UNIT 16u           /* of syssize */
#define CODE_AT MIB             /* where the header gives no other place */
#define LOADED_HIGH 0x01        /* in loadflags; without it: a zImage, for 64 KB */
#define KERNEL_64 0x01          /* in xloadflags */
#define ALIGNMENT_BITS 32

/* Where the header of each version ends: a field that came later has no meaning in it. */
static const struct {
	u16 version;
	u16 end; /* offset in the image */
} versions[] = {{0x207, 0x248}, {0x208, 0x250}, {0x209, 0x258},
		{0x20A, 0x264}, {0x20B, 0x268}, {0x20F, 0x26C}};

#define VERSION_OLDEST 0x207u /* hardware_subarch: the kernel can be told that it is a guest */
#define VERSION_MIN_ALIGNMENT 0x20A
#define VERSION_XLOADFLAGS 0x20C

static bool bzimage_recognises(const struct bytes *image)
{
	return bytes_hold(image, MAGIC_AT, sizeof(MAGIC) - 1) &&
	       !memcmp(image->data + MAGIC_AT, MAGIC, sizeof(MAGIC) - 1);
}

/* -- 1. The header ----------------------------------------------------------------------------- */

static u32 header_end(const struct setup_header *header)
{
	u32 end = MAGIC_AT + header->length;

	return min_u32(end, SETUP_HEADER_LIMIT);
}

static u32 end_of_version(u32 version)
{
	u32 end = 0;

	for (u32 i = 0; i < ARRAY_SIZE(versions); i++)
		if (versions[i].version <= version)
			end = versions[i].end;
	return end;
}

/* Clears the fields that this version of the header does not have: 0 means in each of them that
 * nothing is specified. */
static void clear_unknown_fields(struct setup_header *header)
{
	u32 known = end_of_version(header->version) - BP_SETUP_HEADER;

	memset((u8 *)header + known, 0, sizeof(*header) - known);
	if (header->version < VERSION_MIN_ALIGNMENT)
		header->min_alignment = 0;
	if (header->version < VERSION_XLOADFLAGS)
		header->xloadflags = 0;
}

static bool read_header(struct loading *loading, struct setup_header *header)
{
	const struct bytes *image = &loading->request.image;

	if (!bytes_hold(image, BP_SETUP_HEADER, sizeof(*header)))
		return loader_refuse(loading, "the bzImage is cut off in its setup header");
	memcpy(header, image->data + BP_SETUP_HEADER, sizeof(*header));
	if (header->version < VERSION_OLDEST)
		return loader_refuse(loading,
				     "the kernel's boot protocol is %u.%02u: it is too old to be "
				     "a guest (2.07 is needed)",
				     header->version >> 8, header->version & 0xFF);
	if (header_end(header) < end_of_version(header->version))
		return loader_refuse(loading,
				     "the bzImage's setup header ends at 0x%x, and one of boot "
				     "protocol %u.%02u at 0x%x",
				     header_end(header), header->version >> 8,
				     header->version & 0xFF, end_of_version(header->version));
	clear_unknown_fields(header);
	return true;
}

/* The kinds of kernels that cannot be guests. */
static bool check_kind(struct loading *loading, const struct setup_header *header)
{
	/* NOLINTNEXTLINE(*-core.UndefinedBinaryOperatorResult): loader_refuse returns false. */
	if (!(header->loadflags & LOADED_HIGH))
		return loader_refuse(loading, "the kernel is a zImage, to be loaded below 1 MB; "
					      "build a bzImage");
	if (header->xloadflags & KERNEL_64)
		return loader_refuse(loading, "the kernel is for 64-bit CPUs");
	if (header->setup_data)
		return loader_refuse(loading, "the bzImage's setup_data is not 0: it asks for data "
					      "that the loader does not have");
	return true;
}

/* -- 2. The parts in the file ------------------------------------------------------------------ */

/* The code: syssize says how long it is. Bytes behind it, such as a signature, are not loaded. */
static bool find_code(struct loading *loading, const struct setup_header *header)
{
	const u32 bytes = loading->request.image.size;
	u32 sectors = header->setup_sects ? header->setup_sects : DEFAULT_SETUP_SECTORS;
	u32 setup = (sectors + 1) * SECTOR;
	u64 code = (u64)header->syssize * CODE_UNIT;

	if (bytes <= setup)
		return loader_refuse(loading,
				     "the bzImage is cut off: its setup alone is %u bytes, of %u",
				     setup, bytes);
	/* The last unit need not be full. */
	if (!code || code >= (u64)(bytes - setup) + CODE_UNIT)
		return loader_refuse(loading,
				     "the bzImage has %u KB of code, and its setup header says %u "
				     "KB: it is cut off or damaged",
				     loader_in_kb(bytes - setup), loader_in_kb(code));
	loading->code.offset = setup;
	loading->code.size = (u32)min_u64(code, bytes - setup);
	loading->setup_header = (struct piece){.at = BOOT_PARAMETERS + BP_SETUP_HEADER,
					       .offset = BP_SETUP_HEADER,
					       .size = header_end(header) - BP_SETUP_HEADER};
	return true;
}

static bool is_in_code(const struct loading *loading, u32 offset, u32 size)
{
	return offset <= loading->code.size && size <= loading->code.size - offset;
}

/* Checks that the entry point, the payload and the kernel_info of the header lie in the code. */
static bool check_code(struct loading *loading, const struct setup_header *header)
{
	u32 payload = header->payload_offset, length = header->payload_length;

	if (!is_in_code(loading, header->code32_start - CODE_AT, 1)) /* below: far beyond */
		return loader_refuse(loading, "the bzImage's entry point 0x%x is outside of it",
				     header->code32_start);
	if (payload && !is_in_code(loading, payload, length))
		return loader_refuse(loading,
				     "the bzImage's payload, %u bytes at 0x%x, goes beyond its "
				     "%u bytes of code",
				     length, payload, loading->code.size);
	if (!is_in_code(loading, header->kernel_info_offset, 0))
		return loader_refuse(loading,
				     "the bzImage's kernel_info at 0x%x is beyond its %u bytes of "
				     "code",
				     header->kernel_info_offset, loading->code.size);
	return true;
}

/* -- 3. The places in memory ------------------------------------------------------------------- */

static bool check_alignment(struct loading *loading, const struct setup_header *header)
{
	u32 alignment = header->kernel_alignment, bits = header->min_alignment;

	if (!header->relocatable_kernel)
		return true; /* its start is fixed */
	if (!alignment || (alignment & (alignment - 1)))
		return loader_refuse(loading, "the kernel's alignment 0x%x is not a power of two",
				     alignment);
	if (bits >= ALIGNMENT_BITS || 1u << bits > alignment)
		return loader_refuse(loading,
				     "the kernel's minimal alignment, 2 to the power of %u, is "
				     "more than its alignment 0x%x",
				     bits, alignment);
	return true;
}

static bool check_preference(struct loading *loading, u64 preferred)
{
	if (preferred >= ADDRESS_SPACE)
		return loader_refuse(loading, "the kernel wants to start at 0x%x%08x, above 4 GB",
				     (u32)(preferred >> 32), (u32)preferred);
	if (preferred && preferred < IMAGE_LOWEST)
		return loader_refuse(loading,
				     "the kernel wants to start at 0x%x, in the boot parameters' "
				     "way (below 0x%x)",
				     (u32)preferred, IMAGE_LOWEST);
	return true;
}

/* Sets the load address of the code, and returns the address at which the kernel will start. A
 * relocatable kernel starts at its load address, rounded up to its alignment. It is loaded at its
 * preferred address, since newer kernels never start lower. A kernel that is not relocatable moves
 * itself to its preferred address. */
static u64 place_code(struct loading *loading, const struct setup_header *header)
{
	u32 preferred = (u32)header->pref_address, mask = header->kernel_alignment - 1;

	loading->code.at = CODE_AT;
	if (!header->relocatable_kernel)
		return preferred ? preferred : CODE_AT;
	loading->code.at = max_u32(preferred, CODE_AT);
	return ((u64)loading->code.at + mask) & ~(u64)mask;
}

static bool bzimage_check(struct loading *loading)
{
	struct setup_header header;
	u64 start, code_end;

	if (!read_header(loading, &header) || !check_kind(loading, &header) ||
	    !find_code(loading, &header) || !check_code(loading, &header) ||
	    !check_alignment(loading, &header) || !check_preference(loading, header.pref_address))
		return false;
	start = place_code(loading, &header);
	code_end = (u64)loading->code.at + loading->code.size;
	loading->needed = max_u64(start + header.init_size, code_end);
	loading->entry = loading->code.at + (header.code32_start - CODE_AT);
	loading->alignment = header.kernel_alignment;
	loading->initrd_limit = (u64)header.initrd_addr_max + 1;
	loading->command_line_max = header.cmdline_size;
	return true;
}

static bool bzimage_piece(const struct loading *loading, u32 number, struct piece *piece)
{
	if (number > 1)
		return false;
	*piece = number ? loading->code : loading->setup_header;
	return true;
}

const struct image_format bzimage_format = {
    .recognises = bzimage_recognises,
    .check = bzimage_check,
    .piece = bzimage_piece,
};
