// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Operands, and the messages about wrong ones.
 *
 *	1. Complaints
 *	2. Words
 *	3. Numbers and names
 *	4. Words for entries, and rings
 */
#include "guest/images/script/cursor.h"
#include "guest/images/script/say.h"
#include "guest/include/boot.h"
#include "guest/include/user.h"
#include "lib/format.h"
#include "lib/string.h"

#define SHOWN_MAX 40 /* characters of a word in a message */
#define RING_DEFAULT 1
#define MIB_OF(bytes) ((bytes) / MIB)

static u32 mistake_count;

u32 mistakes(void)
{
	return mistake_count;
}

/*
 * 1. Complaints.
 */
static void begin(u32 line, const struct word *word)
{
	char shown[SHOWN_MAX];

	mistake_count++;
	if (*script_file)
		say("%s:%u: ", script_file, line);
	if (!word)
		return;
	text_copy(*word, shown, sizeof(shown));
	say("\"%s\" ", shown);
}

void mistake(u32 line, const struct word *word, const char *text, ...)
{
	va_list arguments;

	begin(line, word);
	va_start(arguments, text);
	vsay(text, arguments);
	va_end(arguments);
	say("\n");
}

void complain(struct cursor *cursor, const struct word *word, const char *text, ...)
{
	va_list arguments;

	if (cursor->failed)
		return;
	cursor->failed = true;
	begin(cursor->line, word);
	va_start(arguments, text);
	vsay(text, arguments);
	va_end(arguments);
	say("; right is for example: %s\n", cursor->example);
}

/*
 * 2. Words.
 */
bool at_end(const struct cursor *cursor)
{
	return cursor->failed || cursor->next == cursor->count;
}

const struct word *peek(const struct cursor *cursor)
{
	return at_end(cursor) ? NULL : &cursor->words[cursor->next];
}

bool take_if(struct cursor *cursor, const char *string)
{
	const struct word *word = peek(cursor);

	if (!word || !word_is(word, string))
		return false;
	cursor->next++;
	return true;
}

const struct word *take(struct cursor *cursor, const char *what)
{
	const struct word *word = peek(cursor);

	if (word)
		cursor->next++;
	else
		complain(cursor, &cursor->words[cursor->next - 1], "must be followed by %s", what);
	return word;
}

void take_end(struct cursor *cursor)
{
	const struct word *word = peek(cursor);

	if (word)
		complain(cursor, word, "is one word too many");
}

/*
 * 3. Numbers and names.
 */
static bool starts_number(const struct word *word)
{
	return word->at[0] >= '0' && word->at[0] <= '9';
}

static u32 number_of(struct cursor *cursor, const struct word *word, const char *what, u32 most)
{
	u32 number;

	if (!word_number(word, &number))
		complain(cursor, word, "is not %s: a number below 2^32, decimal or 0x...", what);
	else if (number > most)
		complain(cursor, word, "is not %s: at most %u", what, most);
	else
		return number;
	return 0;
}

u32 take_number(struct cursor *cursor, const char *what, u32 most)
{
	const struct word *word = take(cursor, what);

	return word ? number_of(cursor, word, what, most) : 0;
}

/* NAME or NAME+OFFSET, in two. */
static bool split_offset(const struct word *word, struct word *name, struct word *offset)
{
	*name = *word;
	for (name->length = 0; name->length < word->length; name->length++) {
		if (word->at[name->length] == '+')
			break;
	}
	offset->at = word->at + name->length + 1;
	offset->length = word->length - name->length - 1;
	return name->length < word->length;
}

static const struct thing *thing_named(struct cursor *cursor, const struct word *name)
{
	const struct thing *thing = thing_find(name);

	if (!thing)
		complain(cursor, name, "is no number, and nothing above it has that name");
	return thing;
}

static u32 value_of(struct cursor *cursor, const struct word *word, const char *what)
{
	struct word name, number;
	const struct thing *thing;
	u32 offset = 0;

	if (starts_number(word))
		return number_of(cursor, word, what, ~0u);
	if (split_offset(word, &name, &number))
		offset = number_of(cursor, &number, "an offset in a page", PAGE_SIZE - 1);
	thing = thing_named(cursor, &name);
	return thing ? gpa_of(thing->memory) + offset : 0;
}

u32 take_value(struct cursor *cursor, const char *what)
{
	const struct word *word = take(cursor, what);

	return word ? value_of(cursor, word, what) : 0;
}

u32 take_place(struct cursor *cursor)
{
	const struct word *word = take(cursor, "the name of a page, table or directory");
	u32 place;

	if (!word)
		return 0;
	if (starts_number(word)) {
		complain(cursor, word, "is a number, not the name of a page, table or directory");
		return 0;
	}
	place = value_of(cursor, word, "a place in a page");
	if ((place & PAGE_OFFSET_MASK) > PAGE_SIZE - sizeof(u32))
		complain(cursor, word, "leaves less than the four bytes of a value");
	return place;
}

u32 take_page_address(struct cursor *cursor, const char *what)
{
	const struct word *word = take(cursor, what);
	u32 address = word ? value_of(cursor, word, what) : 0;

	if (address & PAGE_OFFSET_MASK)
		complain(cursor, word, "is not the address of a page: that ends in 000");
	return address;
}

/* The 4 MB pieces that hold the script's own kernel and its ring-3 part. */
bool address_is_ours(gva_t address)
{
	u32 index = directory_index(address);

	return index <= directory_index(boot_memory() - 1) ||
	       index == directory_index((u32)user_start) ||
	       index == directory_index(USER_STACK_TOP - 1);
}

u32 take_own_address(struct cursor *cursor)
{
	const struct word *word = peek(cursor);
	u32 address = take_page_address(cursor, "an address");
	gva_t user_stack = (USER_STACK_TOP - 1) & ~(TABLE_SPAN - 1);

	if (word && address_is_ours(address))
		complain(cursor, word,
			 "is where the script's own kernel is (0 to %u MB, and 4 MB at %#x and at "
			 "%#x)",
			 MIB_OF((directory_index(boot_memory() - 1) + 1) * TABLE_SPAN),
			 (u32)user_start, user_stack);
	return address;
}

struct page_table *take_directory(struct cursor *cursor)
{
	const struct word *word = take(cursor, "the name of a directory");
	const struct thing *thing = word ? thing_find(word) : NULL;

	if (thing && thing->kind == THING_DIRECTORY)
		return thing->memory;
	if (thing)
		complain(cursor, word, "is a %s (line %u), not a directory",
			 thing_kind_name(thing->kind), thing->line);
	else if (word)
		complain(cursor, word, "is not the name of a directory");
	return NULL;
}

/*
 * 4. Words for entries, and rings.
 */
static const struct {
	const char *word;
	pte_t set, clear;
} entry_words[] = {
    {"present", PTE_PRESENT, 0},
    {"absent", 0, PTE_PRESENT},
    {"rw", PTE_WRITE, 0},
    {"writable", PTE_WRITE, 0},
    {"ro", 0, PTE_WRITE},
    {"user", PTE_USER, 0},
    {"kernel", 0, PTE_USER},
    {"accessed", PTE_ACCESSED, 0},
    {"dirty", PTE_DIRTY, 0},
    {"large", PTE_LARGE, 0},
    {"global", PTE_GLOBAL, 0},
    {"write-through", PTE_WRITE_THROUGH, 0},
    {"uncached", PTE_CACHE_DISABLE, 0},
};

void entry_words_of(pte_t entry, char *to, size_t size)
{
	pte_t said = 0;
	u32 i, used = 0;

	for (i = 0; i < ARRAY_SIZE(entry_words) && used < size; i++) {
		pte_t set = entry_words[i].set, clear = entry_words[i].clear;

		if ((said & (set | clear)) || (entry & set) != set || (entry & clear))
			continue;
		said |= set | clear;
		used +=
		    snprintf(to + used, size - used, "%s%s", used ? " " : "", entry_words[i].word);
	}
}

const char *entry_word(u32 index)
{
	return index < ARRAY_SIZE(entry_words) ? entry_words[index].word : NULL;
}

static void list_entry_words(char *list, size_t size)
{
	u32 i, used = 0;

	for (i = 0; i < ARRAY_SIZE(entry_words) && used < size; i++)
		used += snprintf(list + used, size - used, " %s", entry_words[i].word);
}

static void entry_bit(struct cursor *cursor, const struct word *word, bool negated, pte_t *set,
		      pte_t *clear)
{
	char list[128];
	u32 i;

	for (i = 0; i < ARRAY_SIZE(entry_words); i++) {
		if (!word_is(word, entry_words[i].word))
			continue;
		*set |= negated ? entry_words[i].clear : entry_words[i].set;
		*clear |= negated ? entry_words[i].set : entry_words[i].clear;
		if (*set & *clear)
			complain(cursor, word, "contradicts a word before it");
		return;
	}
	list_entry_words(list, sizeof(list));
	complain(cursor, word, "is no word for an entry; these are:%s, and `not` before one", list);
}

void take_entry_bits(struct cursor *cursor, pte_t *set, pte_t *clear)
{
	const struct word *word;
	bool negated;

	while (!at_end(cursor)) {
		negated = take_if(cursor, "not");
		word = take(cursor, "a word such as accessed");
		if (word)
			entry_bit(cursor, word, negated, set, clear);
	}
}

u32 take_ring(struct cursor *cursor)
{
	const struct word *word;

	if (!take_if(cursor, "ring"))
		return RING_DEFAULT;
	word = take(cursor, "1 or 3");
	if (!word || word_is(word, "1"))
		return RING_DEFAULT;
	if (!word_is(word, "3"))
		complain(cursor, word, "is no ring for a guest: 1 is its kernel, 3 its programs");
	else if (!has_switched)
		complain(cursor, word,
			 "cannot be before the first `switch`: the linear map is for "
			 "ring 1 alone");
	return 3;
}
