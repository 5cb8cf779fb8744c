// SPDX-License-Identifier: GPL-2.0-or-later
/* Loading ELF images: where the segments go, what is refused, and any image with wrong bytes. */
#include "tests/unit/guest_images.h"

static void places_elf_segments(void **state)
{
	const u8 zeros[200] = {0};
	u32 touched;

	(void)state;
	assert_true(guest_write_u32(&memory, to_gpa(0x102000), ~0u)); /* BSS must be zeroed */
	assert_loads();
	touched = memory.touched;
	assert_int_equal(gpa_value(entry), 0x100010);
	assert_guest_bytes(0x100000, image + ELF_TEXT, 200);
	assert_guest_bytes(0x101F80, image + ELF_TEXT + 200, 100);
	assert_guest_bytes(0x101FE4, zeros, sizeof(zeros));
	assert_int_equal(touched, 5); /* boot parameters, command line, text, data in two */
}

static void other_program_headers_are_ignored(void **state)
{
	(void)state;
	put32(segment_field(1, P_TYPE), 0x6474E551); /* GNU_STACK */
	put32(segment_field(1, P_PADDR), 0);
	put32(segment_field(1, P_MEMSZ), ~0u);
	assert_loads();
	put32(segment_field(1, P_TYPE), 1);
	put32(segment_field(1, P_FILESZ), 0);
	put32(segment_field(1, P_MEMSZ), 0);
	assert_loads();
	put32(segment_field(0, P_TYPE), 4);
	assert_refused("the ELF image has nothing to load");
	put16(E_PHNUM, 0);
	assert_refused("the ELF image has nothing to load");
}

static void segments_may_fill_memory_to_both_ends(void **state)
{
	(void)state;
	put_segment(0, 0x2000, ELF_TEXT, 200, 200);
	put_segment(1, RAM - 100, ELF_TEXT + 200, 100, 100);
	put32(E_ENTRY, RAM - 1);
	assert_loads();
	assert_guest_bytes(RAM - 100, image + ELF_TEXT + 200, 100);
	put_segment(0, 0x2000, ELF_TEXT, 200, RAM - 0x2000);
	put32(segment_field(1, P_MEMSZ), 0);
	put32(segment_field(1, P_FILESZ), 0);
	assert_loads();
}

static void refuses_other_elf_files(void **state)
{
	const struct {
		u32 at;
		u8 value;
	} wrong[] = {{4, 2}, {5, 2}, {E_TYPE, 1}, {E_TYPE, 3}, {E_MACHINE, 62}, {E_MACHINE + 1, 1}};
	u32 i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		make_elf();
		image[wrong[i].at] = wrong[i].value;
		assert_refused("the ELF image is not a 32-bit executable for i386");
	}
	make_elf();
	request.image.size = 51;
	assert_refused("the ELF image's header is cut off");
}

static void refuses_program_headers_beyond_the_image(void **state)
{
	const char *sentence = "the ELF image's program headers are cut off";

	(void)state;
	put16(E_PHENTSIZE, 31);
	assert_refused(sentence);
	put16(E_PHENTSIZE, 0xFFFF);
	put16(E_PHNUM, 0xFFFF);
	assert_refused(sentence);
	make_elf();
	put32(E_PHOFF, ELF_SIZE - 2 * ELF_SEGMENT + 1);
	assert_refused(sentence);
	put32(E_PHOFF, ~0u);
	assert_refused(sentence);
	put32(E_PHOFF, 0u - 2 * ELF_SEGMENT); /* the sum is 0 */
	assert_refused(sentence);
}

static void refuses_segments_beyond_the_image(void **state)
{
	const char *sentence = "ELF segment 1 goes beyond the image's 416 bytes";

	(void)state;
	put_segment(1, 0x102000, ELF_TEXT + 200, 101, 300);
	assert_refused(sentence);
	put_segment(1, 0x102000, ELF_SIZE + 1, 0, 300);
	assert_refused(sentence);
	put_segment(1, 0x102000, ~0u, 2, 300);
	assert_refused(sentence);
	put_segment(1, 0x102000, 100, ~0u, ~0u);
	assert_refused(sentence);
}

/* This holds also for a segment that takes no memory. */
static void refuses_more_bytes_than_memory(void **state)
{
	(void)state;
	put_segment(1, 0x102000, ELF_TEXT, 100, 99);
	assert_refused("ELF segment 1 has 100 bytes in the file, and in memory only 99");
	put_segment(1, 0x102000, ELF_TEXT, 1, 0);
	assert_refused("ELF segment 1 has 1 bytes in the file, and in memory only 0");
	put_segment(1, 0, ~0u, ~0u, 0);
	assert_refused("ELF segment 1 has 4294967295 bytes in the file, and in memory only 0");
	put_segment(1, 0, ~0u, 0, 0);
	assert_loads();
}

static void message_names_memory_needed(void **state)
{
	(void)state;
	put_segment(1, RAM - 299, ELF_TEXT, 0, 300);
	assert_refused("the image needs 2049 KB of memory, and the guest has 2048 KB");
	put_segment(1, RAM - 300, ELF_TEXT, 0, 300);
	assert_loads();
	put_segment(1, RAM + 1, ELF_TEXT, 0, 1);
	assert_refused("the image needs 2049 KB of memory, and the guest has 2048 KB");
	put_segment(1, 0xFFFFF000, ELF_TEXT, 0, 0x1001);
	assert_refused("the image needs 4194305 KB of memory, and the guest has 2048 KB");
	put_segment(1, 0xFFFFFFFF, ELF_TEXT, 0, ~0u);
	assert_refused("the image needs 8388608 KB of memory, and the guest has 2048 KB");
	put_segment(0, RAM * 3, ELF_TEXT, 0, 0x400);
	put_segment(1, RAM, ELF_TEXT, 0, 0x400); /* the last one does not decide */
	assert_refused("the image needs 6145 KB of memory, and the guest has 2048 KB");
}

/* A refused image leaves memory as it was. */
static void refuses_before_it_writes(void **state)
{
	(void)state;
	put_segment(1, RAM, ELF_TEXT, 0, 1);
	assert_false(load());
	assert_int_equal(memory.touched, 0);
}

static void refuses_segments_over_the_boot_parameters(void **state)
{
	(void)state;
	put_segment(1, 0x1FFF, ELF_TEXT, 1, 1);
	assert_refused("ELF segment 1 at 0x1fff is in the boot parameters' way (below 0x2000)");
	put_segment(1, 0, ELF_TEXT, 1, 1);
	assert_refused("ELF segment 1 at 0x0 is in the boot parameters' way (below 0x2000)");
}

/* A small file with many segments must not make the hypervisor zero all memory for each segment. */
static void number_of_segments_is_bounded(void **state)
{
	(void)state;
	put_segment(0, 0x2000, ELF_TEXT, 0, RAM - 0x2000);
	put_segment(1, 0x2000, ELF_TEXT, 0, RAM - 0x2000);
	assert_refused("the ELF segments overlap");
}

static void the_entry_must_be_in_the_image(void **state)
{
	(void)state;
	put32(E_ENTRY, 0x1020AB);
	assert_loads();
	put32(E_ENTRY, 0x1020AC);
	assert_refused(
	    "the ELF entry point 0x1020ac is beyond the image's end at 0x1020ac (it must "
	    "be a physical address)");
	put32(E_ENTRY, 0xC0100000);
	assert_false(load());
}

static void random_elf_files_do_no_harm(void **state)
{
	u32 round, i;

	(void)state;
	request.initrd = (struct bytes){initrd, FRAME_SIZE};
	check_truncations(ELF_SIZE);
	check_wrong_bytes(ELF_SIZE, ELF_TEXT);
	for (round = 0; round < 2000; round++) {
		make_elf();
		for (i = 0; i <= round % 6; i++)
			image[E_TYPE + random_below(ELF_TEXT - E_TYPE)] = (u8)random_below(256);
		load_copy(ELF_SIZE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    loader_test(places_elf_segments),
	    loader_test(other_program_headers_are_ignored),
	    loader_test(segments_may_fill_memory_to_both_ends),
	    loader_test(refuses_other_elf_files),
	    loader_test(refuses_program_headers_beyond_the_image),
	    loader_test(refuses_segments_beyond_the_image),
	    loader_test(refuses_more_bytes_than_memory),
	    loader_test(message_names_memory_needed),
	    loader_test(refuses_before_it_writes),
	    loader_test(refuses_segments_over_the_boot_parameters),
	    loader_test(number_of_segments_is_bounded),
	    loader_test(the_entry_must_be_in_the_image),
	    loader_test(random_elf_files_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
