// SPDX-License-Identifier: GPL-2.0-or-later
/* Images for the loader's tests. */
#include "tests/unit/guest_images.h"

#include <stdlib.h>
#include <string.h>

struct frame_account account;
struct guest_memory memory;
struct load_request request;
u8 image[8192], initrd[3 * FRAME_SIZE];
char problem[160];
gpa_t entry;

void put16(u32 at, u16 value)
{
	memcpy(image + at, &value, sizeof(value));
}

void put32(u32 at, u32 value)
{
	memcpy(image + at, &value, sizeof(value));
}

u32 segment_field(u32 index, u32 field)
{
	return ELF_HEADER + index * ELF_SEGMENT + field;
}

void put_segment(u32 index, u32 paddr, u32 offset, u32 file_size, u32 memory_size)
{
	put32(segment_field(index, P_TYPE), 1);
	put32(segment_field(index, P_OFFSET), offset);
	put32(segment_field(index, P_VADDR), 0xC0000000 + paddr);
	put32(segment_field(index, P_PADDR), paddr);
	put32(segment_field(index, P_FILESZ), file_size);
	put32(segment_field(index, P_MEMSZ), memory_size);
}

/* Text at 1 MB, and data with BSS that ends in the next frame. */
void make_elf(void)
{
	const u8 ident[] = {0x7F, 'E', 'L', 'F', 1, 1, 1};
	u32 i;

	memset(image, 0, sizeof(image));
	memcpy(image, ident, sizeof(ident));
	put16(E_TYPE, 2);
	put16(E_MACHINE, 3);
	put32(E_ENTRY, 0x100010);
	put32(E_PHOFF, ELF_HEADER);
	put16(E_PHENTSIZE, ELF_SEGMENT);
	put16(E_PHNUM, ELF_SEGMENTS);
	put_segment(0, 0x100000, ELF_TEXT, 200, 200);
	put_segment(1, 0x101F80, ELF_TEXT + 200, 100, 300);
	for (i = 0; i < ELF_TEXT_SIZE; i++)
		image[ELF_TEXT + i] = (u8)(i + 1);
	request.image = (struct bytes){image, ELF_SIZE};
}

void make_bzimage(void)
{
	u32 i;

	memset(image, 0, sizeof(image));
	for (i = 0x26C; i < 0x300; i++)
		image[i] = 0xEE; /* behind the header */
	image[B_SECTS] = 1;
	put32(B_SYSSIZE, BZIMAGE_KERNEL / 16);
	image[B_LENGTH] = 0x6A; /* it ends at 0x26C */
	memcpy(image + 0x202, "HdrS", 4);
	put16(B_VERSION, 0x20F);
	image[B_LOADFLAGS] = 1;
	put32(B_CODE32, 0x100000);
	put32(B_INITRD_MAX, 0x7FFFFFFF);
	put32(B_CMDLINE_SIZE, 255);
	for (i = 0; i < BZIMAGE_KERNEL; i++)
		image[BZIMAGE_SETUP + i] = (u8)(i + 1);
	request.image = (struct bytes){image, BZIMAGE_SIZE};
}

void open_memory(u32 limit)
{
	assert_true(frames_open(&account, OWNER_FIRST_GUEST, limit));
	assert_true(guest_memory_open(&memory, &account, RAM_FRAMES));
}

void close_memory(void)
{
	guest_memory_close(&memory);
	frames_close(&account);
}

int loader_start(void **state)
{
	(void)state;
	machine_start(MACHINE_FRAMES);
	machine_add_ram(FIRST, MACHINE_FRAMES - FIRST);
	open_memory(guest_memory_cost(RAM_FRAMES));
	memset(initrd, 0x3C, sizeof(initrd));
	request = (struct load_request){.command_line = "", .ram = RAM};
	make_elf();
	return 0;
}

int loader_stop(void **state)
{
	(void)state;
	close_memory();
	frames_check(NULL);
	machine_stop();
	return 0;
}

/* In as many stretches as it takes, if the test has set parts_left: then each has room for one
 * part. */
bool load(void)
{
	struct loading loading;

	problem[0] = '\0';
	if (!loader_check(&loading, &memory, &request, problem, sizeof(problem)))
		return false;
	while (loader_place(&loading) == AGAIN)
		;
	entry = to_gpa(loading.entry);
	return true;
}

void assert_loads(void)
{
	if (!load())
		fail_msg("%s", problem);
}

void assert_refused(const char *expected)
{
	assert_false(load());
	assert_string_equal(problem, expected);
}

u32 guest_u32(u32 at)
{
	u32 value = 0;

	assert_true(guest_read_u32(&memory, to_gpa(at), &value));
	return value;
}

u8 guest_u8(u32 at)
{
	u8 value = 0;

	assert_true(guest_read_u8(&memory, to_gpa(at), &value));
	return value;
}

void assert_guest_bytes(u32 at, const void *expected, u32 size)
{
	static u8 bytes[2 * FRAME_SIZE];

	assert_in_range(size, 0, sizeof(bytes));
	assert_true(guest_read(&memory, to_gpa(at), bytes, size));
	assert_memory_equal(bytes, expected, size);
}

/* Loads into fresh memory from a copy of exactly the image's size, for the sanitizer to watch. */
bool load_copy(u32 size)
{
	u8 *copy = malloc(size);
	bool loaded;

	memcpy(copy, image, size);
	request.image = (struct bytes){copy, size};
	close_memory();
	open_memory(guest_memory_cost(RAM_FRAMES));
	loaded = load();
	if (loaded)
		assert_true(gpa_value(entry) < request.ram);
	else
		assert_in_range(strlen(problem), 20, sizeof(problem) - 1);
	free(copy);
	return loaded;
}

void check_truncations(u32 size)
{
	u32 cut;

	for (cut = 0; cut < size; cut += cut < ELF_SIZE || cut > size - 10 ? 1 : 7)
		load_copy(cut);
	assert_true(load_copy(size));
}

void check_wrong_bytes(u32 size, u32 headers)
{
	static const u8 flips[] = {0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xFF, 0x7F};
	u32 at, i;

	for (at = 0; at < headers; at++) {
		for (i = 0; i < ARRAY_SIZE(flips); i++) {
			image[at] ^= flips[i];
			load_copy(size);
			image[at] ^= flips[i];
		}
	}
}
