// SPDX-License-Identifier: GPL-2.0-or-later
/* Snapshots that a fuzzer has changed (`make fuzz-snapshot`): it writes words over a good one, cuts it, and decides
 * whether the sums are made right again. No byte outside of the file is read, each page is one of the guest's, and
 * gfns rise. */
#include <stdlib.h>
#include <string.h>

#include "arch/x86/cpu.h"
#include "hv/domain/snapshot_file.h"

#define CHECK(condition) ((condition) ? (void)0 : __builtin_trap())

struct cpu_features cpu_features;

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

#define PAGES 2
#define DISK_SIZE 1024u
#define MEND 1u /* flags */

struct page_section {
	struct snapshot_section section;
	struct snapshot_page page;
} PACKED;

struct file {
	struct snapshot_state state;
	struct page_section page[PAGES];
	struct snapshot_section disk_section;
	u8 disk[DISK_SIZE];
	struct snapshot_section end_section;
	struct snapshot_end end;
} PACKED;

/* The fuzzer's bytes: flags, the size of the file, then words and where to write them. */
struct change {
	u16 at;
	u32 word;
} PACKED;

static void make(struct file *file)
{
	memset(file, 0, sizeof(*file));
	snapshot_begin(&file->state);
	file->state.header.memory = 16 * MIB;
	file->state.header.frames = 16 * MIB / SNAPSHOT_PAGE_SIZE;
	for (u32 i = 0; i < PAGES; i++) {
		file->page[i].section =
		    (struct snapshot_section){SNAPSHOT_PAGE, sizeof(struct snapshot_page)};
		file->page[i].page.gfn = i;
	}
	file->state.header.disk = DISK_SIZE;
	file->disk_section = (struct snapshot_section){SNAPSHOT_DISK, DISK_SIZE};
	file->end_section = (struct snapshot_section){SNAPSHOT_END, sizeof(struct snapshot_end)};
}

static void change(u8 *bytes, const u8 *data, size_t size)
{
	struct change one;

	for (; size >= sizeof(one); data += sizeof(one), size -= sizeof(one)) {
		memcpy(&one, data, sizeof(one));
		if (one.at <= sizeof(struct file) - sizeof(one.word))
			memcpy(bytes + one.at, &one.word, sizeof(one.word));
	}
}

static void add_sums(struct file *file)
{
	struct snapshot_sums sums = {0, 0};

	snapshot_add(&sums, file, sizeof(*file) - sizeof(file->end));
	file->end = (struct snapshot_end){sums.sum, sums.sums};
}

static void read_all(struct bytes file, u32 frames)
{
	const struct snapshot_page *page;
	struct snapshot_reader reader;
	char problem[128];
	struct bytes disk = snapshot_disk(file);
	enum snapshot_step step;
	u32 least = 0;

	CHECK(!disk.size ||
	      (disk.data >= file.data && disk.data + disk.size <= file.data + file.size));
	snapshot_rewind(&reader, file);
	while ((step = snapshot_next(&reader, &page, problem, sizeof(problem))) ==
		   SNAPSHOT_HAS_PAGE ||
	       step == SNAPSHOT_GOES_ON) {
		if (step == SNAPSHOT_GOES_ON)
			continue;
		CHECK((const u8 *)page >= file.data &&
		      (const u8 *)(page + 1) <= file.data + file.size);
		CHECK(page->gfn >= least && page->gfn < frames);
		least = page->gfn + 1;
	}
	CHECK(reader.at <= file.size);
}

static void read_file(struct bytes file)
{
	char problem[128] = "";
	const struct snapshot_state *state = snapshot_open(file, problem, sizeof(problem));

	CHECK(state ? !*problem : *problem && memchr(problem, 0, sizeof(problem)));
	if (state)
		read_all(file, state->header.frames);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static struct file whole;
	u16 cut = sizeof(whole);
	u8 *copy;

	if (size < 3)
		return 0;
	memset(&cpu_features, 0xFF, sizeof(cpu_features));
	make(&whole);
	change((u8 *)&whole, data + 3, size - 3);
	if (data[0] & MEND)
		add_sums(&whole);
	memcpy(&cut, data + 1, sizeof(cut));
	cut = cut > sizeof(whole) ? sizeof(whole) : cut;
	copy = malloc(cut + 1); /* the sanitizer finds a read behind it; at an odd address */
	memcpy(copy + 1, &whole, cut);
	read_file((struct bytes){copy + 1, cut});
	free(copy);
	return 0;
}
