// SPDX-License-Identifier: GPL-2.0-or-later
/* Boot parameters, command line and initrd, for all images. */
#include "tests/unit/guest_images.h"

#include <string.h>

static void unknown_image_is_refused(void **state)
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
	assert_int_equal(guest_u32(0x214), 0x100010);
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
	assert_refused("the command line is longer than the image takes: 4095 bytes");
	line[FRAME_SIZE] = '\0';
	assert_refused("the command line is longer than the image takes: 4095 bytes");
	line[FRAME_SIZE - 1] = '\0';
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
	assert_refused("the image needs 1033 KB of memory, with its initrd 1040 KB, and the guest "
		       "has 1036 KB");
	request.ram = 0x102000;
	assert_refused("the image needs 1033 KB of memory, with its initrd 1040 KB, and the guest "
		       "has 1032 KB");
	request.ram = 0x103000;
	put_segment(1, 0x102000 - 300, ELF_TEXT, 100, 300); /* ends where the initrd starts */
	assert_loads();
	request.initrd.size = 1;
	assert_loads();
	request.initrd = (struct bytes){NULL, RAM + 1}; /* must not be looked at */
	assert_false(load());
	request.initrd = (struct bytes){NULL, ~0u};
	assert_refused(
	    "the image needs 1032 KB of memory, with its initrd 4195336 KB, and the guest "
	    "has 1036 KB");
}

static void too_little_memory_is_refused(void **state)
{
	(void)state;
	request.ram = FRAME_SIZE;
	assert_refused("4 KB of memory cannot hold a guest");
	request.ram = RAM + FRAME_SIZE;
	assert_refused("2052 KB of memory cannot hold a guest");
	close_memory();
	open_memory(4);
	request.ram = RAM;
	assert_panics(load(), "placed"); /* all of it was to be set aside before */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    loader_test(unknown_image_is_refused),
	    loader_test(writes_the_boot_parameters),
	    loader_test(writes_the_command_line),
	    loader_test(places_the_initrd_at_the_end),
	    loader_test(the_initrd_must_not_meet_the_image),
	    loader_test(too_little_memory_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
