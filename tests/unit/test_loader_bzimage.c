// SPDX-License-Identifier: GPL-2.0-or-later
/* Loading bzImages: every field of the setup header with good, wrong and extreme values. */
#include "tests/unit/guest_images.h"

#include <string.h>

#define LATER 0x140000u /* in memory, above 1 MB */

/* -- The parts in the file
 * ---------------------------------------------------------------------- */

static void places_the_code_at_1_mb(void **state)
{
	(void)state;
	assert_loads();
	assert_int_equal(gpa_value(entry), 0x100000);
	assert_guest_bytes(0x100000, image + BZIMAGE_SETUP, BZIMAGE_KERNEL);
	put32(B_CODE32, 0x100000 + BZIMAGE_KERNEL - 1);
	assert_loads();
	assert_int_equal(gpa_value(entry), 0x100000 + BZIMAGE_KERNEL - 1);
	assert_int_equal(guest_u32(B_CODE32), 0x100000 + BZIMAGE_KERNEL - 1);
}

static void keeps_its_setup_header(void **state)
{
	(void)state;
	put16(0x226, 0x1234); /* ext_loader: ours to write */
	assert_loads();
	assert_guest_bytes(0x202, "HdrS", 4);
	assert_int_equal(guest_u8(0x1F0), 0);
	assert_int_equal(guest_u8(B_SECTS), 1);
	assert_int_equal(guest_u8(B_LOADFLAGS), 0x41);
	assert_int_equal(guest_u32(0x224), 0);
	assert_int_equal(guest_u8(0x26C), 0);
	image[B_LENGTH] = 0xFF; /* over what follows the header in the boot parameters */
	assert_loads();
	assert_int_equal(guest_u8(0x28F), 0xEE);
	assert_int_equal(guest_u8(0x290), 0);
	assert_int_equal(guest_u8(BP_E820_ENTRIES), 1);
}

static void zero_setup_sectors_mean_four(void **state)
{
	(void)state;
	image[B_SECTS] = 0;
	put32(B_SYSSIZE, 62);
	assert_loads();
	assert_guest_bytes(0x100000, image + 5 * 512, 62 * 16);
}

static void refuses_setup_beyond_the_file(void **state)
{
	(void)state;
	request.image.size = BZIMAGE_SETUP;
	assert_refused("the bzImage is cut off: its setup alone is 1024 bytes, of 1024");
	request.image.size = 0x26B;
	assert_refused("the bzImage is cut off in its setup header");
	request.image.size = BZIMAGE_SIZE;
	image[B_SECTS] = 255;
	assert_refused("the bzImage is cut off: its setup alone is 131072 bytes, of 6032");
}

static void syssize_is_the_codes_size(void **state)
{
	(void)state;
	put32(B_SYSSIZE, BZIMAGE_KERNEL / 16 - 1); /* a signature of 16 bytes behind it */
	assert_loads();
	assert_int_equal(guest_u8(0x100000 + BZIMAGE_KERNEL - 17), image[BZIMAGE_SIZE - 17]);
	assert_int_equal(guest_u8(0x100000 + BZIMAGE_KERNEL - 16), 0);
	put32(B_SYSSIZE, BZIMAGE_KERNEL / 16);
	request.image.size = BZIMAGE_SIZE - 15; /* the last unit is not full */
	assert_loads();
	request.image.size = BZIMAGE_SIZE - 16;
	assert_refused(
	    "the bzImage has 5 KB of code, and its setup header says 5 KB: it is cut off "
	    "or damaged");
	request.image.size = BZIMAGE_SIZE;
	put32(B_SYSSIZE, BZIMAGE_KERNEL / 16 + 1);
	assert_refused(
	    "the bzImage has 5 KB of code, and its setup header says 5 KB: it is cut off "
	    "or damaged");
	put32(B_SYSSIZE, 0);
	assert_refused(
	    "the bzImage has 5 KB of code, and its setup header says 0 KB: it is cut off "
	    "or damaged");
	put32(B_SYSSIZE, ~0u);
	assert_refused("the bzImage has 5 KB of code, and its setup header says 67108864 KB: it is "
		       "cut off or damaged");
	put32(B_SYSSIZE, 0x10000000); /* times 16 is 0 in 32 bits */
	assert_false(load());
}

static void the_entry_must_be_in_the_code(void **state)
{
	(void)state;
	put32(B_CODE32, 0xFFFFF);
	assert_refused("the bzImage's entry point 0xfffff is outside of it");
	put32(B_CODE32, 0x100000 + BZIMAGE_KERNEL);
	assert_refused("the bzImage's entry point 0x101390 is outside of it");
	put32(B_CODE32, ~0u);
	assert_refused("the bzImage's entry point 0xffffffff is outside of it");
}

static void the_payload_must_be_in_the_code(void **state)
{
	(void)state;
	put32(B_PAYLOAD, 8);
	put32(B_PAYLOAD + 4, BZIMAGE_KERNEL - 8);
	assert_loads();
	put32(B_PAYLOAD + 4, BZIMAGE_KERNEL - 7);
	assert_refused("the bzImage's payload, 5001 bytes at 0x8, goes beyond its 5008 bytes of "
		       "code");
	put32(B_PAYLOAD + 4, ~0u - 7);
	assert_false(load());
	put32(B_PAYLOAD, BZIMAGE_KERNEL + 1);
	put32(B_PAYLOAD + 4, 0);
	assert_false(load());
	put32(B_PAYLOAD, 0); /* none */
	put32(B_PAYLOAD + 4, ~0u);
	assert_loads();
}

static void kernel_info_must_be_in_the_code(void **state)
{
	(void)state;
	put32(B_KERNEL_INFO, BZIMAGE_KERNEL);
	assert_loads();
	put32(B_KERNEL_INFO, BZIMAGE_KERNEL + 1);
	assert_refused("the bzImage's kernel_info at 0x1391 is beyond its 5008 bytes of code");
	put32(B_KERNEL_INFO, ~0u);
	assert_false(load());
	put16(B_VERSION, 0x20E); /* the field is younger */
	assert_loads();
}

/* -- Kinds and versions
 * ------------------------------------------------------------------------- */

static void refuses_versions_that_know_no_guests(void **state)
{
	(void)state;
	put16(B_VERSION, 0x206);
	assert_refused("the kernel's boot protocol is 2.06: it is too old to be a guest (2.07 is "
		       "needed)");
	put16(B_VERSION, 0);
	assert_refused("the kernel's boot protocol is 0.00: it is too old to be a guest (2.07 is "
		       "needed)");
	put16(B_VERSION, 0x207);
	assert_loads();
	put16(B_VERSION, 0xFFFF); /* later ones are compatible */
	assert_loads();
	assert_int_equal(guest_u32(0x206) & 0xFFFF, 0x207); /* in the boot parameters */
}

static void the_header_is_as_long_as_its_version(void **state)
{
	static const struct {
		u16 version;
		u8 length; /* behind 0x202 */
	} lengths[] = {{0x207, 0x46}, {0x208, 0x4E}, {0x209, 0x56}, {0x20A, 0x62},
		       {0x20B, 0x66}, {0x20E, 0x66}, {0x20F, 0x6A}, {0x210, 0x6A}};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(lengths); i++) {
		put16(B_VERSION, lengths[i].version);
		image[B_LENGTH] = lengths[i].length;
		assert_loads();
		image[B_LENGTH]--;
		assert_false(load());
	}
	assert_refused("the bzImage's setup header ends at 0x26b, and one of boot protocol 2.16 at "
		       "0x26c");
	image[B_LENGTH] = 0;
	assert_refused("the bzImage's setup header ends at 0x202, and one of boot protocol 2.16 at "
		       "0x26c");
}

/* Bytes at the place of a later version's field have no effect. */
static void fields_of_later_versions_are_ignored(void **state)
{
	(void)state;
	put16(B_VERSION, 0x207);
	memset(image + B_PAYLOAD, 0xFF, B_KERNEL_INFO + 4 - B_PAYLOAD);
	image[B_RELOCATABLE] = 1;
	put32(B_ALIGNMENT, 0x1000);
	image[B_MIN_ALIGNMENT] = 0xFF;
	put16(B_XLOADFLAGS, 0xFFFF);
	assert_loads();
	put16(B_VERSION, 0x20A);
	assert_false(load());
}

static void refuses_kernels_of_other_kinds(void **state)
{
	(void)state;
	image[B_LOADFLAGS] = 0xFE;
	assert_refused("the kernel is a zImage, to be loaded below 1 MB; build a bzImage");
	image[B_LOADFLAGS] = 0xFF;
	put16(B_XLOADFLAGS, 0xFFFE);
	assert_loads();
	put16(B_XLOADFLAGS, 1);
	assert_refused("the kernel is for 64-bit CPUs");
	put16(B_VERSION, 0x20B);
	assert_loads();
}

static void refuses_setup_data(void **state)
{
	(void)state;
	put32(B_SETUP_DATA + 4, 1);
	assert_refused(
	    "the bzImage's setup_data is not 0: it asks for data that the loader does not "
	    "have");
	put32(B_SETUP_DATA, 1);
	put32(B_SETUP_DATA + 4, 0);
	assert_false(load());
	put16(B_VERSION, 0x208);
	assert_loads();
}

/* -- Places in memory
 * --------------------------------------------------------------------------- */

static void the_code_must_fit(void **state)
{
	(void)state;
	request.ram = 0x100000;
	assert_refused("the image needs 1029 KB of memory, and the guest has 1024 KB");
	request.ram = 0x101000;
	assert_refused("the image needs 1029 KB of memory, and the guest has 1028 KB");
	request.ram = 0x102000;
	assert_loads();
}

static void init_size_must_fit(void **state)
{
	(void)state;
	put32(B_INIT_SIZE, RAM - 0x100000);
	assert_loads();
	put32(B_INIT_SIZE, RAM - 0x100000 + 1);
	assert_refused("the image needs 2049 KB of memory, and the guest has 2048 KB");
	put32(B_INIT_SIZE, ~0u);
	assert_refused("the image needs 4195328 KB of memory, and the guest has 2048 KB");
	put16(B_VERSION, 0x209);
	assert_loads();
}

/* A kernel that is not relocatable moves itself to pref_address. */
static void a_fixed_kernel_starts_where_it_prefers(void **state)
{
	(void)state;
	put32(B_PREFERRED, 0x1000000);
	put32(B_INIT_SIZE, 0xA00000);
	assert_refused("the image needs 26624 KB of memory, and the guest has 2048 KB");
	put32(B_PREFERRED, LATER);
	put32(B_INIT_SIZE, RAM - LATER);
	put32(B_ALIGNMENT, 3); /* of no importance */
	assert_loads();
	assert_int_equal(gpa_value(entry), 0x100000);
	assert_guest_bytes(0x100000, image + BZIMAGE_SETUP, BZIMAGE_KERNEL);
	put32(B_INIT_SIZE, RAM - LATER + 1);
	assert_refused("the image needs 2049 KB of memory, and the guest has 2048 KB");
	put32(B_PREFERRED, 0x2000);
	put32(B_INIT_SIZE, 0);
	assert_loads();
}

static void a_relocatable_kernel_is_loaded_where_it_prefers(void **state)
{
	(void)state;
	image[B_RELOCATABLE] = 1;
	put32(B_ALIGNMENT, 0x2000);
	put32(B_PREFERRED, LATER);
	put32(B_CODE32, 0x100010);
	put32(B_INIT_SIZE, RAM - LATER);
	assert_loads();
	assert_int_equal(gpa_value(entry), LATER + 0x10);
	assert_int_equal(guest_u32(B_CODE32), LATER + 0x10);
	assert_int_equal(guest_u32(B_ALIGNMENT), 0x2000);
	assert_guest_bytes(LATER, image + BZIMAGE_SETUP, BZIMAGE_KERNEL);
	assert_int_equal(guest_u32(0x100000), 0);
	put32(B_INIT_SIZE, RAM - LATER + 1);
	assert_refused("the image needs 2049 KB of memory, and the guest has 2048 KB");
}

/* A start that is rounded up needs more; the code itself must fit, too. */
static void a_relocatable_kernel_is_aligned(void **state)
{
	(void)state;
	image[B_RELOCATABLE] = 1;
	put32(B_ALIGNMENT, 0x40000);
	put32(B_PREFERRED, LATER + 1);
	put32(B_INIT_SIZE, RAM - 0x180000);
	assert_loads();
	put32(B_INIT_SIZE, RAM - 0x180000 + 1);
	assert_refused("the image needs 2049 KB of memory, and the guest has 2048 KB");
	put32(B_ALIGNMENT, 0x80000000);
	assert_refused("the image needs 2097665 KB of memory, and the guest has 2048 KB");
	put32(B_PREFERRED, 0xFFFFFFFF);
	assert_refused("the image needs 4194817 KB of memory, and the guest has 2048 KB");
	put32(B_PREFERRED, 0x2000); /* not below 1 MB */
	put32(B_ALIGNMENT, 1);
	put32(B_INIT_SIZE, RAM - 0x100000);
	assert_loads();
	assert_int_equal(gpa_value(entry), 0x100000);
}

static void refuses_strange_alignments(void **state)
{
	(void)state;
	image[B_RELOCATABLE] = 0xFF;
	put32(B_ALIGNMENT, 0);
	assert_refused("the kernel's alignment 0x0 is not a power of two");
	put32(B_ALIGNMENT, 0x180000);
	assert_refused("the kernel's alignment 0x180000 is not a power of two");
	put32(B_ALIGNMENT, ~0u);
	assert_false(load());
	put32(B_ALIGNMENT, 0x2000);
	image[B_MIN_ALIGNMENT] = 13;
	assert_loads();
	image[B_MIN_ALIGNMENT] = 14;
	assert_refused("the kernel's minimal alignment, 2 to the power of 14, is more than its "
		       "alignment 0x2000");
	image[B_MIN_ALIGNMENT] = 32; /* a shift by 32 */
	assert_false(load());
	image[B_MIN_ALIGNMENT] = 255;
	assert_false(load());
	image[B_RELOCATABLE] = 0;
	assert_loads();
}

static void refuses_impossible_preferences(void **state)
{
	(void)state;
	put32(B_PREFERRED, 0x1FFF);
	assert_refused("the kernel wants to start at 0x1fff, in the boot parameters' way (below "
		       "0x2000)");
	put32(B_PREFERRED + 4, 1);
	assert_refused("the kernel wants to start at 0x100001fff, above 4 GB");
	put32(B_PREFERRED, 0);
	put32(B_PREFERRED + 4, ~0u);
	assert_refused("the kernel wants to start at 0xffffffff00000000, above 4 GB");
}

/* -- Initrd and command line
 * -------------------------------------------------------------------- */

static void the_initrd_lies_above_init_size(void **state)
{
	(void)state;
	request.initrd = (struct bytes){initrd, FRAME_SIZE + 1};
	put32(B_INIT_SIZE, RAM - 0x100000 - 2 * FRAME_SIZE);
	assert_loads();
	assert_int_equal(guest_u32(0x218), RAM - 2 * FRAME_SIZE);
	put32(B_INIT_SIZE, RAM - 0x100000 - 2 * FRAME_SIZE + 1);
	assert_refused("the image needs 2041 KB of memory, with its initrd 2052 KB, and the guest "
		       "has 2048 KB");
}

static void the_initrd_lies_below_its_limit(void **state)
{
	(void)state;
	request.initrd = (struct bytes){initrd, 2 * FRAME_SIZE};
	put32(B_INITRD_MAX, 0x17FFFF);
	assert_loads();
	assert_int_equal(guest_u32(0x218), 0x17E000);
	assert_guest_bytes(0x17E000, initrd, 2 * FRAME_SIZE);
	put32(B_INITRD_MAX, 0x17FFFE);
	assert_loads();
	assert_int_equal(guest_u32(0x218), 0x17D000);
	put32(B_INITRD_MAX, RAM - 1);
	assert_loads();
	assert_int_equal(guest_u32(0x218), RAM - 2 * FRAME_SIZE);
	put32(B_INITRD_MAX, ~0u);
	assert_loads();
	put32(B_INITRD_MAX, 0x103FFF);
	assert_loads(); /* from the frame behind the code on */
	put32(B_INITRD_MAX, 0x103FFE);
	assert_refused("the initrd's 8 KB do not fit between the image, which ends at 1029 KB, and "
		       "1040 KB, where the kernel's place for an initrd ends");
	put32(B_INITRD_MAX, 0);
	assert_refused("the initrd's 8 KB do not fit between the image, which ends at 1029 KB, and "
		       "1 KB, where the kernel's place for an initrd ends");
	request.initrd.size = 0; /* then it does not matter */
	assert_loads();
}

static void the_command_line_is_not_longer_than_it_takes(void **state)
{
	char line[FRAME_SIZE + 1] = "";

	(void)state;
	request.command_line = "console=hvc0";
	put32(B_CMDLINE_SIZE, 12);
	assert_loads();
	put32(B_CMDLINE_SIZE, 11);
	assert_refused("the command line is longer than the image takes: 11 bytes");
	put32(B_CMDLINE_SIZE, 0);
	assert_refused("the command line is longer than the image takes: 0 bytes");
	put32(B_CMDLINE_SIZE, ~0u);
	assert_loads();
	memset(line, 'x', sizeof(line) - 1);
	request.command_line = line;
	assert_refused("the command line is longer than the image takes: 4095 bytes");
}

/* -- Any image
 * ---------------------------------------------------------------------------------- */

static void random_bzimages_do_no_harm(void **state)
{
	u32 round, i;

	(void)state;
	request.initrd = (struct bytes){initrd, FRAME_SIZE};
	check_truncations(BZIMAGE_SIZE - 15);
	check_wrong_bytes(BZIMAGE_SIZE, BZIMAGE_SETUP);
	for (round = 0; round < 2000; round++) {
		make_bzimage();
		image[B_RELOCATABLE] = round & 1;
		put32(B_ALIGNMENT, 1u << random_below(32));
		for (i = 0; i <= round % 6; i++)
			image[B_SECTS + random_below(0x26C - B_SECTS)] = (u8)random_below(256);
		load_copy(BZIMAGE_SIZE);
	}
}

static int start(void **state)
{
	loader_start(state);
	make_bzimage();
	return 0;
}

#define bzimage_test(name) cmocka_unit_test_setup_teardown(name, start, loader_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    bzimage_test(places_the_code_at_1_mb),
	    bzimage_test(keeps_its_setup_header),
	    bzimage_test(zero_setup_sectors_mean_four),
	    bzimage_test(refuses_setup_beyond_the_file),
	    bzimage_test(syssize_is_the_codes_size),
	    bzimage_test(the_entry_must_be_in_the_code),
	    bzimage_test(the_payload_must_be_in_the_code),
	    bzimage_test(kernel_info_must_be_in_the_code),
	    bzimage_test(refuses_versions_that_know_no_guests),
	    bzimage_test(the_header_is_as_long_as_its_version),
	    bzimage_test(fields_of_later_versions_are_ignored),
	    bzimage_test(refuses_kernels_of_other_kinds),
	    bzimage_test(refuses_setup_data),
	    bzimage_test(the_code_must_fit),
	    bzimage_test(init_size_must_fit),
	    bzimage_test(a_fixed_kernel_starts_where_it_prefers),
	    bzimage_test(a_relocatable_kernel_is_loaded_where_it_prefers),
	    bzimage_test(a_relocatable_kernel_is_aligned),
	    bzimage_test(refuses_strange_alignments),
	    bzimage_test(refuses_impossible_preferences),
	    bzimage_test(the_initrd_lies_above_init_size),
	    bzimage_test(the_initrd_lies_below_its_limit),
	    bzimage_test(the_command_line_is_not_longer_than_it_takes),
	    bzimage_test(random_bzimages_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
