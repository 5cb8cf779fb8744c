// SPDX-License-Identifier: GPL-2.0-or-later
/* Loading bzImages; boot parameters, command line and initrd for all images. */
#include "tests/unit/guest_images.h"

#include <string.h>

/* --- bzImage --- */

static void places_a_bzimage(void **state)
{
	(void)state;
	make_bzimage();
	assert_loads();
	assert_int_equal(gpa_value(entry), 0x100000);
	assert_guest_bytes(0x100000, image + BZIMAGE_SETUP, BZIMAGE_KERNEL);
	put32(0x214, 0x100000 + BZIMAGE_KERNEL - 1);
	assert_loads();
	assert_int_equal(gpa_value(entry), 0x100000 + BZIMAGE_KERNEL - 1);
}

static void keeps_its_setup_header(void **state)
{
	(void)state;
	make_bzimage();
	assert_loads();
	assert_guest_bytes(0x202, "HdrS", 4);
	assert_int_equal(guest_u8(0x1F0), 0);
	assert_int_equal(guest_u8(0x1F1), 1);
	assert_int_equal(guest_u8(0x211), 0x41);
	assert_int_equal(guest_u8(0x267), 0xEE);
	assert_int_equal(guest_u8(0x268), 0);
	image[0x201] = 0xFF; /* over what follows the header in the boot parameters */
	assert_loads();
	assert_int_equal(guest_u8(0x28F), 0xEE);
	assert_int_equal(guest_u8(0x290), 0);
	assert_int_equal(guest_u8(BP_E820_ENTRIES), 1);
}

static void zero_sectors_mean_four(void **state)
{
	(void)state;
	make_bzimage();
	image[0x1F1] = 0;
	assert_loads();
	assert_guest_bytes(0x100000, image + 5 * 512, 1000);
}

static void refuses_bad_bzimages(void **state)
{
	(void)state;
	make_bzimage();
	request.image.size = BZIMAGE_SETUP;
	assert_refused("the bzImage is cut off: its setup alone is 1024 bytes, of 1024");
	request.image.size = 0x217;
	assert_refused("the bzImage is cut off: its setup alone is 1024 bytes, of 535");
	make_bzimage();
	image[0x1F1] = 255;
	assert_refused("the bzImage is cut off: its setup alone is 131072 bytes, of 6024");
	make_bzimage();
	put32(0x214, 0x1000); /* a zImage */
	assert_refused("the bzImage's entry point 0x1000 is outside of it");
	put32(0x214, 0x100000 + BZIMAGE_KERNEL);
	assert_refused("the bzImage's entry point 0x101388 is outside of it");
	make_bzimage();
	request.ram = 0x100000;
	assert_refused("the bzImage needs 5 KB from 1 MB up: beyond the guest's 1024 KB");
	request.ram = 0x101000;
	assert_refused("the bzImage needs 5 KB from 1 MB up: beyond the guest's 1028 KB");
	request.ram = 0x102000;
	assert_loads();
}

static void refuses_what_is_no_image(void **state)
{
	const char *sentence = "the image is neither an ELF executable nor a Linux bzImage";

	(void)state;
	request.image.size = 0;
	assert_refused(sentence);
	request.image = (struct bytes){NULL, 0};
	assert_refused(sentence);
	memset(image, 'x', sizeof(image));
	request.image = (struct bytes){image, sizeof(image)};
	assert_refused(sentence);
}

/* --- Boot parameters, command line, initrd --- */

static void writes_the_boot_parameters(void **state)
{
	const u32 ram[5] = {0, 0, RAM, 0, 1};

	(void)state;
	assert_true(guest_write_u32(&memory, to_gpa(0x1EC), ~0u)); /* must be cleared */
	assert_loads();
	assert_int_equal(guest_u8(0x1E8), 1);
	assert_guest_bytes(0x2D0, ram, sizeof(ram));
	assert_int_equal(guest_u32(0x2D0 + 20), 0);
	assert_int_equal(guest_u32(0x1EC), 0);
	assert_int_equal(guest_u32(0x206) & 0xFFFF, 0x207);
	assert_int_equal(guest_u8(0x210), 0xFF);
	assert_int_equal(guest_u8(0x211), 0x40);
	assert_int_equal(guest_u32(0x218), 0);
	assert_int_equal(guest_u32(0x21C), 0);
	assert_int_equal(guest_u32(0x228), 0x1000);
	assert_int_equal(guest_u32(0x230), 0x1000000);
	assert_int_equal(guest_u32(0x23C), 1);
}

static void writes_the_command_line(void **state)
{
	char line[5000], read[FRAME_SIZE + 1];

	(void)state;
	request.command_line = "console=hvc0 quiet";
	assert_loads();
	assert_guest_bytes(0x1000, "console=hvc0 quiet", 19);
	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 1] = '\0';
	request.command_line = line;
	assert_loads();
	assert_true(guest_read_string(&memory, to_gpa(0x1000), read, sizeof(read)));
	assert_int_equal(strlen(read), FRAME_SIZE - 1);
	assert_int_equal(guest_u8(0x2000), 0);
	request.command_line = "short";
	assert_loads();
	assert_true(guest_read_string(&memory, to_gpa(0x1000), read, sizeof(read)));
	assert_string_equal(read, "short");
	assert_int_equal(guest_u8(0x1FFE), 0);
}

static void places_the_initrd_at_the_end(void **state)
{
	(void)state;
	request.initrd = (struct bytes){initrd, FRAME_SIZE + 1};
	assert_loads();
	assert_int_equal(guest_u32(0x218), RAM - 2 * FRAME_SIZE);
	assert_int_equal(guest_u32(0x21C), FRAME_SIZE + 1);
	assert_guest_bytes(RAM - 2 * FRAME_SIZE, initrd, FRAME_SIZE + 1);
	assert_int_equal(guest_u8(RAM - FRAME_SIZE + 1), 0);
	request.initrd.size = FRAME_SIZE;
	assert_loads();
	assert_int_equal(guest_u32(0x218), RAM - FRAME_SIZE);
}

/* The image ends at 0x1020ac: a frame-sized initrd fits from 0x103000 up. */
static void the_initrd_must_not_meet_the_image(void **state)
{
	(void)state;
	request.initrd = (struct bytes){initrd, FRAME_SIZE};
	request.ram = 0x104000;
	assert_loads();
	request.ram = 0x103000;
	assert_refused("the initrd's 4 KB do not fit between the image, which ends at 1033 KB, and "
		       "the end of the guest's memory at 1036 KB");
	put_segment(1, 0x102000 - 300, ELF_TEXT, 100, 300); /* ends where the initrd starts */
	assert_loads();
	request.initrd.size = 1;
	assert_loads();
	request.initrd = (struct bytes){NULL, RAM + 1}; /* must not be looked at */
	assert_false(load());
	request.initrd = (struct bytes){NULL, ~0u};
	assert_refused("the initrd's 4194304 KB do not fit between the image, which ends at "
		       "1032 KB, and the end of the guest's memory at 1036 KB");
}

static void needs_memory_to_load_into(void **state)
{
	(void)state;
	request.ram = FRAME_SIZE;
	assert_refused("4 KB of memory cannot hold a guest");
	request.ram = RAM + FRAME_SIZE;
	assert_refused("2052 KB of memory cannot hold a guest");
	close_memory();
	open_memory(4);
	request.ram = RAM;
	assert_refused("the machine has no memory left for the guest's image");
}

static void survives_any_bzimage(void **state)
{
	(void)state;
	make_bzimage();
	check_truncations(BZIMAGE_SIZE);
	check_wrong_bytes(BZIMAGE_SIZE, BZIMAGE_SETUP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    loader_test(places_a_bzimage),
	    loader_test(keeps_its_setup_header),
	    loader_test(zero_sectors_mean_four),
	    loader_test(refuses_bad_bzimages),
	    loader_test(refuses_what_is_no_image),
	    loader_test(writes_the_boot_parameters),
	    loader_test(writes_the_command_line),
	    loader_test(places_the_initrd_at_the_end),
	    loader_test(the_initrd_must_not_meet_the_image),
	    loader_test(needs_memory_to_load_into),
	    loader_test(survives_any_bzimage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
