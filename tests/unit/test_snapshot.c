// SPDX-License-Identifier: GPL-2.0-or-later
/* The reader of snapshots: a good file, and the one line about each fault in its form. */
#include "tests/unit/native.h"

#include <string.h>

#include "arch/x86/cpu.h"
#include "hv/domain/snapshot_file.h"

#define PAGES 3
#define MEMORY MIB
#define DISK_SIZE (SNAPSHOT_PAGE_SIZE + 512)

struct cpu_features cpu_features;

struct file_page {
	struct snapshot_section section;
	struct snapshot_page page;
} PACKED;

/* At an odd address, as a module in a bundle may be. */
static struct {
	u8 odd;
	struct snapshot_state state;
	struct file_page page[PAGES];
	struct snapshot_section disk_section;
	u8 disk[DISK_SIZE];
	struct snapshot_section end_section;
	struct snapshot_end end;
} PACKED made;

#define MADE_SIZE (sizeof(made) - 1)

static char problem[128];

static void add_sums(void)
{
	struct snapshot_sums sums = {0, 0};

	snapshot_add(&sums, &made.state, MADE_SIZE - sizeof(made.end));
	made.end = (struct snapshot_end){sums.sum, sums.sums};
}

static void make(void)
{
	memset(&cpu_features, 0, sizeof(cpu_features));
	cpu_features.words[0] = 1u << 0 | 1u << 15;
	snapshot_begin(&made.state);
	made.state.header.memory = MEMORY;
	made.state.header.frames = MEMORY / SNAPSHOT_PAGE_SIZE + 2;
	strlcpy(made.state.header.name, "saved", sizeof(made.state.header.name));
	for (u32 i = 0; i < PAGES; i++) {
		made.page[i].section =
		    (struct snapshot_section){SNAPSHOT_PAGE, sizeof(struct snapshot_page)};
		made.page[i].page.gfn = 2 * i;
		memset(made.page[i].page.bytes, i + 1, SNAPSHOT_PAGE_SIZE);
	}
	made.state.header.disk = DISK_SIZE;
	made.disk_section = (struct snapshot_section){SNAPSHOT_DISK, DISK_SIZE};
	memset(made.disk, 0xDD, sizeof(made.disk));
	made.end_section = (struct snapshot_section){SNAPSHOT_END, sizeof(struct snapshot_end)};
	add_sums();
}

/* The number of pages in front of the end, or of a fault; 0 also if the fixed part is refused. */
static u32 read_pages(u32 size)
{
	struct bytes file = {(const u8 *)&made.state, size};
	const struct snapshot_page *page;
	struct snapshot_reader reader;
	enum snapshot_step step;
	u32 count = 0;

	*problem = 0;
	if (!snapshot_open(file, problem, sizeof(problem)))
		return 0;
	snapshot_rewind(&reader, file);
	do {
		step = snapshot_next(&reader, &page, problem, sizeof(problem));
		if (step == SNAPSHOT_HAS_PAGE)
			assert_int_equal(page->bytes[SNAPSHOT_PAGE_SIZE - 1], ++count);
	} while (step == SNAPSHOT_HAS_PAGE || step == SNAPSHOT_GOES_ON);
	assert_int_equal(step == SNAPSHOT_AT_END, !*problem);
	return count;
}

static void the_disk_is_where_it_is(void **state)
{
	struct bytes file = {(const u8 *)&made.state, MADE_SIZE};

	(void)state;
	make();
	assert_ptr_equal(snapshot_disk(file).data, made.disk);
	assert_int_equal(snapshot_disk(file).size, DISK_SIZE);
	made.state.header.disk = 0;
	assert_int_equal(snapshot_disk(file).size, 0);
}

static void a_good_file_has_its_pages(void **state)
{
	(void)state;
	make();
	assert_int_equal(read_pages(MADE_SIZE), PAGES);
	assert_string_equal(problem, "");
}

static void each_cut_is_noticed(void **state)
{
	(void)state;
	make();
	for (u32 size = 0; size < MADE_SIZE; size++) {
		read_pages(size);
		assert_true(*problem);
	}
}

static void each_changed_word_is_noticed(void **state)
{
	u8 *bytes = (u8 *)&made.state;

	(void)state;
	for (u32 at = 0; at < MADE_SIZE; at += 40) {
		make();
		bytes[at] ^= 0x80;
		read_pages(MADE_SIZE);
		assert_true(*problem);
	}
}

static void refuses(const char *text)
{
	add_sums();
	read_pages(MADE_SIZE);
	if (!strstr(problem, text))
		fail_msg("\"%s\" does not say \"%s\"", problem, text);
	make();
}

static void each_fault_has_its_line(void **state)
{
	struct snapshot_header *header = &made.state.header;

	(void)state;
	make();
	header->magic[4] = 'Z';
	refuses("it is no snapshot");
	header->version = 2;
	refuses("its version is 2, and this Umbra reads version 1");
	header->memory = MEMORY + 1;
	refuses("its header is damaged");
	header->memory = 0;
	refuses("its header is damaged");
	header->frames = 1;
	refuses("its header is damaged");
	header->frames = 0xFFFFFFFF;
	refuses("its header is damaged");
	memset(header->name, 'x', sizeof(header->name));
	refuses("its header is damaged");
	header->features[0] = 1u << 26;
	refuses("SSE2, which this one lacks");
	header->disk += 512; /* longer than its section */
	refuses("it is damaged, or cut off");
	header->disk = 0; /* there is one */
	refuses("it is damaged, or cut off");
	header->disk = 0xFFFFFE00;
	refuses("it is cut off within its disk");
	header->disk += 4;
	refuses("its header is damaged");
	header->flags = SNAPSHOT_NO_DEVICES;
	refuses("its header is damaged");
	made.disk_section.type = SNAPSHOT_PAGE;
	refuses("it is damaged");
	made.state.gates_section.size += 8;
	refuses("its section 4 is damaged");
	made.page[1].page.gfn = 0;
	refuses("it is damaged, or cut off, at byte 12296");
	made.page[2].page.gfn = header->frames;
	refuses("it is damaged");
	made.page[2].section.size = 4;
	refuses("it is damaged");
	made.end_section.type = SNAPSHOT_END + 1;
	refuses("it is damaged");
}

/* A feature that no program can use does not count. */
static void only_instructions_count_as_features(void **state)
{
	(void)state;
	make();
	made.state.header.features[0] = 1u << 9;
	add_sums();
	assert_int_equal(read_pages(MADE_SIZE), PAGES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_disk_is_where_it_is),
	    cmocka_unit_test(a_good_file_has_its_pages),
	    cmocka_unit_test(each_cut_is_noticed),
	    cmocka_unit_test(each_changed_word_is_noticed),
	    cmocka_unit_test(each_fault_has_its_line),
	    cmocka_unit_test(only_instructions_count_as_features),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
