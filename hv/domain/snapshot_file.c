/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hv/domain/snapshot_file.h"

#include <stdarg.h>

#include "abi/virtio.h"
#include "arch/x86/cpu.h"
#include "arch/x86/cpu_words.h"
#include "hv/loader_image.h"
#include "lib/format.h"
#include "lib/min_max.h"
#include "lib/string.h"

#define MEMORY_MIN MIB
#define MEMORY_MAX (3072 * MIB)
#define DEVICE_FRAMES_MAX 256u
#define BLOCK 8 /* words of a round of the sums */
#define BEHIND_PAGES (2 * sizeof(struct snapshot_section) + sizeof(struct snapshot_end))
#define NO_GFN 0xFFFFFFFFu /* no page comes any more */

typedef u32 word_t ALIGNED(1); /* a module may lie at any address */

/* Two instructions; without the barriers the compiler would regroup the additions. */
static ALWAYS_INLINE void add_word(u32 *sum, u32 *sums, u32 word)
{
	*sum += word;
	__asm__("" : "+r"(*sum));
	*sums += *sum;
	__asm__("" : "+r"(*sums));
}

void snapshot_add(struct snapshot_sums *sums, const void *from, u32 bytes)
{
	const word_t *word = from, *end = word + bytes / sizeof(u32);
	const word_t *blocks_end = word + bytes / sizeof(u32) / BLOCK * BLOCK;
	u32 sum = sums->sum, all = sums->sums;

	for (; word < blocks_end; word += BLOCK) {
		add_word(&sum, &all, word[0]);
		add_word(&sum, &all, word[1]);
		add_word(&sum, &all, word[2]);
		add_word(&sum, &all, word[3]);
		add_word(&sum, &all, word[4]);
		add_word(&sum, &all, word[5]);
		add_word(&sum, &all, word[6]);
		add_word(&sum, &all, word[7]);
	}
	for (; word < end; word++)
		add_word(&sum, &all, *word);
	sums->sum = sum;
	sums->sums = all;
}

/* Where each section of the fixed part begins. */
static const struct {
	u16 at, size;
} fixed[] = {
#define SECTION(type, field)                                                                       \
	[SNAPSHOT_##type] = {offsetof(struct snapshot_state, field##_section),                     \
			     sizeof(((struct snapshot_state *)0)->field)}
    SECTION(REGISTERS, registers),     SECTION(FPU, fpu),
    SECTION(DESCRIPTORS, descriptors), SECTION(GATES, gates),
    SECTION(INTERRUPTS, interrupts),   SECTION(CLOCK, clock),
    SECTION(PAGING, paging),           SECTION(DEVICES, devices),
    SECTION(CONSOLE, console),
#undef SECTION
};

void snapshot_begin(struct snapshot_state *state)
{
	memset(state, 0, sizeof(*state));
	memcpy(state->header.magic, SNAPSHOT_MAGIC, SNAPSHOT_MAGIC_SIZE);
	state->header.version = SNAPSHOT_VERSION;
	state->header.size = sizeof(state->header);
	for (u32 i = SNAPSHOT_REGISTERS; i < ARRAY_SIZE(fixed); i++) {
		const struct snapshot_section section = {i, fixed[i].size};

		memcpy((u8 *)state + fixed[i].at, &section, sizeof(section));
	}
}

/* Always NULL, for the caller to return. */
static const struct snapshot_state *PRINTF_LIKE(3, 4)
    refuse(char *problem, size_t size, const char *text, ...)
{
	va_list arguments;

	va_start(arguments, text);
	vsnprintf(problem, size, text, arguments);
	va_end(arguments);
	return NULL;
}

/* Without devices there is none. */
static bool is_good_disk(const struct snapshot_header *header)
{
	u32 flags = header->disk ? SNAPSHOT_DISK_READ_ONLY : SNAPSHOT_NO_DEVICES;

	return !(header->flags & ~flags) && header->disk % BLOCK_SECTOR == 0;
}

static bool is_good_header(const struct snapshot_header *header)
{
	return header->size == sizeof(*header) && header->memory >= MEMORY_MIN &&
	       header->memory <= MEMORY_MAX && header->memory % SNAPSHOT_PAGE_SIZE == 0 &&
	       header->frames >= header->memory / SNAPSHOT_PAGE_SIZE &&
	       header->frames - header->memory / SNAPSHOT_PAGE_SIZE <= DEVICE_FRAMES_MAX &&
	       header->paging <= SNAPSHOT_PAE && is_good_disk(header) &&
	       !header->name[sizeof(header->name) - 1] &&
	       !header->command_line[sizeof(header->command_line) - 1];
}

/* The number of a section that does not begin where it should; 0: all do. */
static u32 bad_section(const struct snapshot_state *state)
{
	for (u32 i = SNAPSHOT_REGISTERS; i < ARRAY_SIZE(fixed); i++) {
		struct snapshot_section section;

		memcpy(&section, (const u8 *)state + fixed[i].at, sizeof(section));
		if (section.type != i || section.size != fixed[i].size)
			return i;
	}
	return 0;
}

const struct snapshot_state *snapshot_open(struct bytes file, char *problem, size_t size)
{
	const struct snapshot_state *state = (const void *)file.data;
	const char *lacking;
	u32 words[CPUID_WORDS];

	if (!bytes_hold(&file, 0, sizeof(state->header)) ||
	    memcmp(state->header.magic, SNAPSHOT_MAGIC, SNAPSHOT_MAGIC_SIZE) != 0)
		return refuse(problem, size, "it is no snapshot");
	if (state->header.version != SNAPSHOT_VERSION)
		return refuse(problem, size, "its version is %u, and this Umbra reads version %u",
			      state->header.version, SNAPSHOT_VERSION);
	if (!is_good_header(&state->header))
		return refuse(problem, size, "its header is damaged");
	memcpy(words, state->header.features, sizeof(words));
	lacking = cpu_words_lack(words, cpu_features.words);
	if (lacking)
		return refuse(problem, size,
			      "its guest has seen a CPU with %s, which this one lacks", lacking);
	if (!bytes_hold(&file, 0, sizeof(*state)))
		return refuse(problem, size, "it is cut off after %u bytes", file.size);
	if (bad_section(state))
		return refuse(problem, size, "its section %u is damaged", bad_section(state));
	if (state->header.disk &&
	    !bytes_hold(&file, sizeof(*state) + BEHIND_PAGES, state->header.disk))
		return refuse(problem, size, "it is cut off within its disk");
	return state;
}

struct bytes snapshot_disk(struct bytes file)
{
	const struct snapshot_header *header = (const void *)file.data;
	u32 end = sizeof(struct snapshot_section) + sizeof(struct snapshot_end);

	return (struct bytes){header->disk ? file.data + file.size - end - header->disk : NULL,
			      header->disk};
}
_Static_assert(CPUID_WORDS == SNAPSHOT_FEATURES, "all are compared");

void snapshot_rewind(struct snapshot_reader *reader, struct bytes file)
{
	*reader = (struct snapshot_reader){.file = file, .at = sizeof(struct snapshot_state)};
	snapshot_add(&reader->sums, file.data, sizeof(struct snapshot_state));
}

/* Takes `size` bytes; NULL if there are not so many. */
static const void *take(struct snapshot_reader *reader, u32 size)
{
	const u8 *bytes = reader->file.data + reader->at;

	if (!bytes_hold(&reader->file, reader->at, size))
		return NULL;
	reader->at += size;
	return bytes;
}

static enum snapshot_step next_page(struct snapshot_reader *reader,
				    const struct snapshot_page **page)
{
	const struct snapshot_header *header = (const void *)reader->file.data;

	*page = take(reader, sizeof(**page));
	if (!*page || (*page)->gfn < reader->next_gfn || (*page)->gfn >= header->frames)
		return SNAPSHOT_BAD;
	snapshot_add(&reader->sums, *page, sizeof(**page));
	reader->next_gfn = (*page)->gfn + 1;
	return SNAPSHOT_HAS_PAGE;
}

/* The disk is where snapshot_disk says: just before the end. */
static enum snapshot_step begin_disk(struct snapshot_reader *reader)
{
	if (reader->file.data + reader->at != snapshot_disk(reader->file).data)
		return SNAPSHOT_BAD;
	reader->disk_left = snapshot_disk(reader->file).size;
	reader->next_gfn = NO_GFN;
	return SNAPSHOT_GOES_ON;
}

static enum snapshot_step next_of_disk(struct snapshot_reader *reader)
{
	u32 piece = min_u32(reader->disk_left, SNAPSHOT_PAGE_SIZE);

	snapshot_add(&reader->sums, take(reader, piece), piece);
	reader->disk_left -= piece;
	return SNAPSHOT_GOES_ON;
}

static enum snapshot_step check_end(struct snapshot_reader *reader)
{
	const struct snapshot_end *end = take(reader, sizeof(*end));
	bool needs_disk = snapshot_disk(reader->file).size && reader->next_gfn != NO_GFN;

	return end && !needs_disk && end->sum == reader->sums.sum && end->sums == reader->sums.sums
		   ? SNAPSHOT_AT_END
		   : SNAPSHOT_BAD;
}

enum snapshot_step snapshot_next(struct snapshot_reader *reader, const struct snapshot_page **page,
				 char *problem, size_t size)
{
	u32 at = reader->at;
	const struct snapshot_section *section;
	enum snapshot_step step = SNAPSHOT_BAD;

	if (reader->disk_left)
		return next_of_disk(reader);
	section = take(reader, sizeof(*section));
	if (section)
		snapshot_add(&reader->sums, section, sizeof(*section));
	if (section && section->type == SNAPSHOT_PAGE && section->size == sizeof(**page))
		step = next_page(reader, page);
	else if (section && section->type == SNAPSHOT_DISK &&
		 section->size == snapshot_disk(reader->file).size)
		step = begin_disk(reader);
	else if (section && section->type == SNAPSHOT_END &&
		 section->size == sizeof(struct snapshot_end))
		step = check_end(reader);
	if (step == SNAPSHOT_BAD)
		refuse(problem, size, "it is damaged, or cut off, at byte %u of %u", at,
		       reader->file.size);
	return step;
}
