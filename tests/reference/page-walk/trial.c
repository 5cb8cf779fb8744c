// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/reference/page-walk/trial.h"

#include "tests/reference/page-walk/certify.h"

#define WATCHED_MAX 4
#define WORD_SIZE_MAX 96
#define PART_SIZE (WORD_SIZE_MAX + 16)

/* mov $CODE_VALUE, %eax; ret */
#define CODE_VALUE 0x345678u
static const u32 code[] = {CODE_VALUE << 8 | 0xB8, 0xC300};

const char *const access_names[ACCESSES] = {"kr", "kw", "kx", "ur", "uw", "ux"};

static u32 *page;
static u32 serial; /* the last number written, each time another one */
static u32 watched;
static volatile pte_t *entries[WATCHED_MAX];
static pte_t before[WATCHED_MAX];

static char word[WORD_SIZE_MAX], last_word[WORD_SIZE_MAX];
static u32 repeated;

void page_equip(void *any)
{
	memcpy((u8 *)any + CODE_OFFSET, code, sizeof(code));
}

static void add(const char *text, ...) PRINTF_LIKE(1, 2);
static void add(const char *text, ...)
{
	size_t length = strlen(word);
	va_list arguments;

	va_start(arguments, text);
	vsnprintf(word + length, sizeof(word) - length, text, arguments);
	va_end(arguments);
}

void trial_begin(void *mapped)
{
	page = mapped;
	watched = 0;
	word[0] = '\0';
}

void trial_watch(volatile pte_t *entry)
{
	ASSERT(watched < WATCHED_MAX);
	entries[watched] = entry;
	before[watched++] = *entry;
}

/* Even, so that a page table in which it stands has no present entry more. */
static u32 next_number(void)
{
	return serial += 2;
}

static void add_outcome(const struct outcome *outcome, gva_t address, bool right)
{
	if (*word)
		add(",");
	if (!outcome->trapped)
		add(right ? "ok" : "wrong");
	else if (outcome->vector != VECTOR_PF)
		add("trap%u.%x", outcome->vector, outcome->error);
	else if (outcome->cr2 != address)
		add("e%x@%08x", outcome->error, outcome->cr2);
	else
		add("e%x", outcome->error);
}

static void read_word(gva_t at, bool user)
{
	gva_t address = at + WORD_OFFSET;
	u32 *expected = &page[WORD_OFFSET / sizeof(u32)];
	struct outcome outcome;

	*expected = next_number();
	outcome = user ? ring3_read(address) : try_read(address);
	add_outcome(&outcome, address, outcome.value == *expected);
	*expected = 0;
}

/* A write that faults must leave the page unchanged. */
static void write_word(gva_t at, bool user)
{
	gva_t address = at + WORD_OFFSET;
	u32 number = next_number();
	volatile u32 *written = &page[WORD_OFFSET / sizeof(u32)];
	struct outcome outcome;

	outcome = user ? ring3_write(address, number) : try_write(address, number);
	add_outcome(&outcome, address, *written == number);
	if (outcome.trapped && *written)
		add("!");
	*written = 0;
}

static void execute(gva_t at, bool user)
{
	gva_t address = at + CODE_OFFSET;
	struct outcome outcome;

	outcome = user ? ring3_execute(address) : try_execute(address);
	add_outcome(&outcome, address, outcome.value == CODE_VALUE);
}

void trial_access(u32 access, gva_t at)
{
	bool user = access >= ACCESSES / 2;

	switch (access % (ACCESSES / 2)) {
	case 0:
		read_word(at, user);
		break;
	case 1:
		write_word(at, user);
		break;
	case 2:
		execute(at, user);
		break;
	}
}

static void add_changes(pte_t from, pte_t to)
{
	pte_t changed = from ^ to;

	add("/%s%s", changed & to & PTE_ACCESSED ? "a" : "", changed & to & PTE_DIRTY ? "d" : "");
	if (changed & ~(to & PTE_MARKS))
		add("^%llx", (unsigned long long)changed);
}

/* Prints a part of a line, or adds it to the fingerprint. */
static void put(const char *text, va_list arguments)
{
	char part[PART_SIZE];

	if (!certify_is_on()) {
		vprintf(text, arguments);
		return;
	}
	vsnprintf(part, sizeof(part), text, arguments);
	certify_add(part);
}

static void put_part(const char *text, ...) PRINTF_LIKE(1, 2);
static void put_part(const char *text, ...)
{
	va_list arguments;

	va_start(arguments, text);
	put(text, arguments);
	va_end(arguments);
}

static void print_repeated(void)
{
	if (repeated > 1)
		put_part(" %u*%s", repeated, last_word);
	else if (repeated)
		put_part(" %s", last_word);
	repeated = 0;
}

void trial_end(void)
{
	u32 i;

	for (i = 0; i < watched; i++)
		add_changes(before[i], *entries[i]);
	if (strcmp(word, last_word)) {
		print_repeated();
		strlcpy(last_word, word, sizeof(last_word));
	}
	repeated++;
}

void record_begin(const char *text, ...)
{
	va_list arguments;

	va_start(arguments, text);
	put(text, arguments);
	va_end(arguments);
	put_part(":");
}

void record_end(void)
{
	print_repeated();
	if (certify_is_on())
		certify_end_line();
	else
		printf("\n");
}
