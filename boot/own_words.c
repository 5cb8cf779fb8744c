// SPDX-License-Identifier: GPL-2.0-or-later
#include "boot/own_words.h"

#include "boot/serial_option.h"
#include "hv/text_match.h"
#include "lib/format.h"
#include "lib/string.h"

#define KEY_SIZE 32

static const struct own_word {
	const char *key;
	const char *example; /* how it is written, with every value that there is */
	bool alone;          /* it has no value */
} own_words[] = {
    {.key = "assert-stretch", .example = "assert-stretch=MICROSECONDS"},
    {.key = "console", .example = "console=serial, vga, both or merged"},
    {.key = "cpus", .example = "cpus=NUMBER, 1 to 16"},
    {.key = "end", .example = "end=wait, poweroff, reboot or halt"},
    {.key = "migrate", .example = "migrate=MICROSECONDS"},
    {.key = "monitor", .example = "monitor=\"COMMAND; COMMAND\""},
    {.key = "paging", .example = "paging=pae or 2level"},
    {.key = "run", .example = "run=parallel or sequence"},
    {.key = "serial", .example = SERIAL_OPTION_FORMS},
    {.key = "stats", .example = "stats", .alone = true},
    {.key = "timer", .example = "timer=apic, pit or hpet"},
    {.key = "trace", .example = "trace=ring, debugcon or serial"},
    {.key = "watch", .example = "watch=com2 or debugcon"},
};

static const char *key_name(u32 n)
{
	return n < ARRAY_SIZE(own_words) ? own_words[n].key : NULL;
}

static const struct own_word *find(const char *key)
{
	for (u32 i = 0; i < ARRAY_SIZE(own_words); i++)
		if (!strcmp(own_words[i].key, key))
			return &own_words[i];
	return NULL;
}

/* Boot loaders add the kernel's file in front (QEMU, GRUB before version 2), or BOOT_IMAGE=. */
static bool is_of_the_loader(const char *word, const char *key, bool first)
{
	return !strcmp(key, "BOOT_IMAGE") || (first && (strchr(word, '/') || strchr(word, '.')));
}

static bool complain_of_unknown(const char *word, const char *key, bool first, char *problem,
				size_t size)
{
	u32 nearest;

	words_find(key, key_name, &nearest);
	if (nearest != WORDS_NONE)
		snprintf(problem, size, "\"%s\" is not known: did you mean %s%s?", word,
			 own_words[nearest].key, own_words[nearest].alone ? "" : "=");
	else if (first && !strchr(word, '=')) /* a file's name without a folder */
		return false;
	else
		snprintf(problem, size, "\"%s\" is not known, and is ignored", word);
	return true;
}

bool own_word_problem(const char *word, bool first, char *problem, size_t size)
{
	const char *equals = strchr(word, '='), *value = equals ? equals + 1 : "";
	const struct own_word *own;
	char key[KEY_SIZE];

	snprintf(key, sizeof(key), "%.*s", (int)(equals ? equals - word : (int)strlen(word)), word);
	own = find(key);
	*problem = 0;
	if (own && own->alone && equals)
		snprintf(problem, size, "%s takes no value: write %s", word, own->example);
	else if (own && !own->alone && !*value)
		snprintf(problem, size, "%s has no value: write %s", word, own->example);
	else if (!own && !is_of_the_loader(word, key, first))
		complain_of_unknown(word, key, first, problem, size);
	make_printable(problem);
	return *problem;
}
