// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The words of a module's string, and the hypervisor's own options.
 *	1. Words and numbers
 *	2. The options of a kernel
 *	3. A whole string
 */
#include "boot/modules.h"

#include <stdarg.h>

#include "hv/sched/schedule.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm/address.h"

#define MEMORY_DEFAULT (16 * MIB)
#define MEMORY_MIN MIB
#define MEMORY_MAX (3072 * MIB)
#define RESTARTS_MAX 1000000u
#define VALUE_SIZE 64 /* of the VALUE in KEY=VALUE, with its NUL */
#define TOO_LARGE (1ull << 32)

#define SHADOW_MIN (SHADOW_BUDGET_MIN * FRAME_SIZE)

#define KNOWN_WORDS                                                                                 \
	"name= mem= pae= timeout= shadow= weight= cap= restart= devices=, then -- and the guest's " \
	"line"

/* Where to say what is wrong. */
struct complaint {
	char *text;
	size_t size;
};

/* Always false, for the caller to return. The string's author chose some of these characters: the
 * ones that would move the cursor are not printed. */
static bool PRINTF_LIKE(2, 3) refuse(const struct complaint *complaint, const char *text, ...)
{
	va_list arguments;

	va_start(arguments, text);
	vsnprintf(complaint->text, complaint->size, text, arguments);
	va_end(arguments);
	make_printable(complaint->text);
	return false;
}

/* --- 1. Words and numbers --- */

struct word {
	const char *start;
	size_t length;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static const char *skip_blanks(const char *text)
{
	while (is_blank(*text))
		text++;
	return text;
}

/* A character that stands for itself because of the backslash before it. */
static bool is_escaped(const char *backslash)
{
	return *backslash == '\\' && backslash[1] && strchr("\\\"'", backslash[1]);
}

/* The first character behind a quoted part that starts at `text`; NULL if it has no end. */
static const char *after_quotes(const char *text)
{
	for (text++; *text; text++) {
		if (*text == '"')
			return text + 1;
		if (is_escaped(text))
			text++;
	}
	return NULL;
}

/* Takes the next word off *text; false at the end. Blanks between double quotes belong to it: GRUB
 * puts quotes around a whole KEY=VALUE with blanks in it, people around the VALUE. */
static bool next_word(const char **text, struct word *word)
{
	const char *end, *quoted;

	word->start = skip_blanks(*text);
	for (end = word->start; *end && !is_blank(*end);) {
		quoted = *end == '"' ? after_quotes(end) : NULL;
		end = quoted ? quoted : end + 1 + is_escaped(end);
	}
	word->length = end - word->start;
	*text = end;
	return word->length > 0;
}

static bool word_is(const struct word *word, const char *text)
{
	return strlen(text) == word->length && !strncmp(word->start, text, word->length);
}

/* The next word before the end of the line or a word "--". */
static bool next_option(const char **text, struct word *word)
{
	return next_word(text, word) && !word_is(word, "--");
}

/* If the word is KEY=VALUE, cuts it down to VALUE; of "KEY=VALUE", the end's quote stays. */
static bool take_key(struct word *word, const char *key)
{
	size_t quote = *word->start == '"', length = quote + strlen(key);

	if (word->length <= length || strncmp(word->start + quote, key, length - quote) ||
	    word->start[length] != '=')
		return false;
	word->start += length + 1;
	word->length -= length + 1;
	return true;
}

/* Without its quotes and the backslashes before escaped characters. */
static void copy_word(const struct word *word, char *to, size_t size)
{
	const char *from = word->start, *end = from + word->length;
	size_t length = 0;

	for (; from < end && length < size - 1; from++) {
		if (*from == '"')
			continue;
		if (is_escaped(from))
			from++;
		to[length++] = *from;
	}
	to[length] = 0;
}

bool option_value(const char *line, const char *key, char *value, size_t size)
{
	struct word word;
	bool found = false;

	while (next_option(&line, &word)) {
		if (take_key(&word, key)) {
			copy_word(&word, value, size);
			found = true;
		}
	}
	return found;
}

bool option_next(const char **line, char *word, size_t size)
{
	struct word option;

	if (!next_option(line, &option))
		return false;
	copy_word(&option, word, size);
	return true;
}

bool option_present(const char *line, const char *word)
{
	struct word option;

	while (next_option(&line, &option)) {
		if (word_is(&option, word))
			return true;
	}
	return false;
}

/* The value of a digit in any base up to 16, 16 if it is none. */
static u32 digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

/* Takes decimal or 0x digits off *text. TOO_LARGE stands for everything from 2^32 up. */
static bool take_number(const char **text, u64 *value)
{
	const char *start;
	u32 base = 10;

	if ((*text)[0] == '0' && ((*text)[1] == 'x' || (*text)[1] == 'X')) {
		base = 16;
		*text += 2;
	}
	start = *text;
	for (*value = 0; digit_value(**text) < base; (*text)++) {
		*value = *value * base + digit_value(**text);
		if (*value > TOO_LARGE)
			*value = TOO_LARGE;
	}
	return *text > start;
}

static bool take_size(const char *text, u64 *bytes)
{
	if (!take_number(&text, bytes))
		return false;
	switch (*text) {
	case 'G': /* NOLINT(bugprone-branch-clone): they fall through, a factor each */
	case 'g':
		*bytes *= KIB; /* fall through */
	case 'M':
	case 'm':
		*bytes *= KIB; /* fall through */
	case 'K':
	case 'k':
		*bytes *= KIB;
		text++;
	}
	return !*text;
}

bool parse_size(const char *text, u32 *bytes)
{
	u64 value;

	if (!take_size(text, &value) || value >= TOO_LARGE)
		return false;
	*bytes = (u32)value;
	return true;
}

/* --- 2. The options of a kernel --- */

/* The first one is kept. */
static void PRINTF_LIKE(2, 3) remark(struct module_words *words, const char *text, ...)
{
	va_list arguments;

	if (*words->remark)
		return;
	va_start(arguments, text);
	vsnprintf(words->remark, sizeof(words->remark), text, arguments);
	va_end(arguments);
	make_printable(words->remark);
}

static bool is_name(const char *text)
{
	if (!*text)
		return false;
	for (; *text; text++) {
		if (!(*text >= 'a' && *text <= 'z') && !(*text >= 'A' && *text <= 'Z') &&
		    !(*text >= '0' && *text <= '9') && !strchr("-_.", *text))
			return false;
	}
	return true;
}

static bool set_name(struct module_words *words, const char *value,
		     const struct complaint *complaint)
{
	if (!is_name(value))
		return refuse(complaint, "name=%s is not a name: use letters, digits, - _ and .",
			      value);
	if (strlcpy(words->name, value, GUEST_NAME_SIZE) >= GUEST_NAME_SIZE)
		return refuse(complaint, "name=%s is too long: at most %u characters", value,
			      GUEST_NAME_SIZE - 1);
	return true;
}

static bool set_memory(struct module_words *words, const char *value,
		       const struct complaint *complaint)
{
	u64 bytes;

	if (!take_size(value, &bytes))
		return refuse(complaint, "mem=%s is not a size: write for example mem=16M", value);
	if (bytes < MEMORY_MIN)
		return refuse(complaint, "mem=%s is too small: at least mem=1M", value);
	if (bytes > MEMORY_MAX)
		return refuse(complaint, "mem=%s is too large: at most mem=3G", value);
	if (bytes % FRAME_SIZE)
		return refuse(complaint, "mem=%s is not a multiple of 4K", value);
	words->memory = (u32)bytes;
	return true;
}

static bool set_paging(struct module_words *words, const char *value,
		       const struct complaint *complaint)
{
	static const char *const names[] = {
	    [GUEST_PAGING_AUTO] = "auto", [GUEST_PAGING_2LEVEL] = "off", [GUEST_PAGING_PAE] = "on"};

	for (u32 i = 0; i < ARRAY_SIZE(names); i++) {
		if (!strcmp(value, names[i])) {
			words->paging = i;
			return true;
		}
	}
	return refuse(complaint, "pae=%s is not known: write pae=on, off or auto", value);
}

static bool set_shadow(struct module_words *words, const char *value,
		       const struct complaint *complaint)
{
	if (!parse_size(value, &words->shadow))
		return refuse(complaint, "shadow=%s is not a size: write for example shadow=512K",
			      value);
	if (words->shadow < SHADOW_MIN)
		return refuse(complaint, "shadow=%s is too small: at least shadow=%uK", value,
			      SHADOW_MIN / KIB);
	return true;
}

static bool set_timeout(struct module_words *words, const char *value,
			const struct complaint *complaint)
{
	const char *rest = value;
	u64 seconds;

	if (!take_number(&rest, &seconds) || *rest || seconds >= TOO_LARGE)
		return refuse(complaint,
			      "timeout=%s is not a number of seconds: write for example timeout=10",
			      value);
	words->timeout = (u32)seconds;
	if (!seconds)
		remark(words, "timeout=%s is no limit, as if it were not there", value);
	return true;
}

static bool set_number(u32 *number, const char *key, const char *value, u32 most,
		       const struct complaint *complaint)
{
	const char *rest = value;
	u64 found;

	if (!take_number(&rest, &found) || *rest || found < 1 || found > most)
		return refuse(complaint, "%s=%s is not a number from 1 to %u", key, value, most);
	*number = (u32)found;
	return true;
}

static bool set_weight(struct module_words *words, const char *value,
		       const struct complaint *complaint)
{
	return set_number(&words->weight, "weight", value, WEIGHT_MAX, complaint);
}

static bool set_cap(struct module_words *words, const char *value,
		    const struct complaint *complaint)
{
	return set_number(&words->cap, "cap", value, CAP_MAX, complaint);
}

static bool set_restarts(struct module_words *words, const char *value,
			 const struct complaint *complaint)
{
	words->restarts = UINT32_MAX;
	return !strcmp(value, "always") ||
	       set_number(&words->restarts, "restart", value, RESTARTS_MAX, complaint);
}

static bool set_devices(struct module_words *words, const char *value,
			const struct complaint *complaint)
{
	words->no_devices = !strcmp(value, "off");
	if (words->no_devices || !strcmp(value, "on"))
		return true;
	return refuse(complaint, "devices=%s is not known: write devices=on or off", value);
}

static const struct kernel_option {
	const char *key;
	bool (*set)(struct module_words *words, const char *value,
		    const struct complaint *complaint);
} kernel_options[] = {
    {.key = "name", .set = set_name},       {.key = "mem", .set = set_memory},
    {.key = "pae", .set = set_paging},      {.key = "shadow", .set = set_shadow},
    {.key = "timeout", .set = set_timeout}, {.key = "weight", .set = set_weight},
    {.key = "cap", .set = set_cap},         {.key = "restart", .set = set_restarts},
    {.key = "devices", .set = set_devices},
};

/* The last one counts, as with an option of the hypervisor's. */
static void note_given(struct module_words *words, const struct kernel_option *option)
{
	u32 bit = 1u << (option - kernel_options);

	if (words->given & bit)
		remark(words, "%s= is there more than once: the last one counts", option->key);
	words->given |= bit;
}

static bool set_option(struct module_words *words, struct word word,
		       const struct complaint *complaint)
{
	const struct kernel_option *option = kernel_options;
	char value[VALUE_SIZE];

	for (; option < kernel_options + ARRAY_SIZE(kernel_options); option++) {
		if (!take_key(&word, option->key))
			continue;
		copy_word(&word, value, sizeof(value));
		if (word.length >= sizeof(value))
			return refuse(complaint, "%s=%s... is too long: at most %u characters",
				      option->key, value, VALUE_SIZE - 1);
		note_given(words, option);
		return option->set(words, value, complaint);
	}
	copy_word(&word, value, sizeof(value));
	return refuse(complaint, "\"%s\" is not understood: a kernel takes " KNOWN_WORDS, value);
}

/* --- 3. A whole string --- */

static bool kind_of(const struct word *word, enum module_kind *kind)
{
	static const char *const names[] = {
	    [MODULE_KERNEL] = "kernel", [MODULE_INITRD] = "initrd", [MODULE_DISK] = "disk"};

	for (u32 i = MODULE_KERNEL; i < ARRAY_SIZE(names); i++) {
		if (word_is(word, names[i])) {
			*kind = i;
			return true;
		}
	}
	return false;
}

/* The file's base name without its suffix, if that makes a name. */
static void name_from_path(struct module_words *words, struct word path)
{
	size_t at;

	for (at = path.length; at > 0 && path.start[at - 1] != '/';)
		at--;
	path.start += at;
	path.length -= at;
	for (at = path.length; at > 1; at--) {
		if (path.start[at - 1] == '.') {
			path.length = at - 1;
			break;
		}
	}
	copy_word(&path, words->name, GUEST_NAME_SIZE);
	if (!is_name(words->name))
		strlcpy(words->name, "guest", GUEST_NAME_SIZE);
}

/* Takes [PATH] and the kind off *text. The second word decides whether the first is a path: a file
 * may well be called "kernel". */
static bool take_kind(const char **text, struct module_words *words,
		      const struct complaint *complaint)
{
	char quoted[2][VALUE_SIZE];
	const char *after_second;
	struct word first, second;

	if (!next_word(text, &first))
		return refuse(complaint, "the string is empty: write kernel, initrd or disk");
	after_second = *text;
	if (next_word(&after_second, &second) && kind_of(&second, &words->kind)) {
		name_from_path(words, first);
		*text = after_second;
		return true;
	}
	if (kind_of(&first, &words->kind))
		return true;
	copy_word(&first, quoted[0], VALUE_SIZE);
	copy_word(&second, quoted[1], VALUE_SIZE);
	if (!second.length)
		return refuse(complaint,
			      "\"%s\" does not say what it is: write kernel, initrd or disk",
			      quoted[0]);
	return refuse(complaint,
		      "neither \"%s\" nor \"%s\" is one of the words kernel, initrd and disk",
		      quoted[0], quoted[1]);
}

static bool take_command_line(const char *text, struct module_words *words,
			      const struct complaint *complaint)
{
	if (strlcpy(words->command_line, skip_blanks(text), GUEST_COMMAND_LINE_SIZE) >=
	    GUEST_COMMAND_LINE_SIZE)
		return refuse(complaint,
			      "the guest's command line is too long: at most %u characters",
			      GUEST_COMMAND_LINE_SIZE - 1);
	return true;
}

/* A word behind "initrd" or "disk". */
static bool set_file_word(struct module_words *words, const struct word *word,
			  const struct complaint *complaint)
{
	char quoted[VALUE_SIZE];

	copy_word(word, quoted, sizeof(quoted));
	if (words->kind == MODULE_INITRD)
		return refuse(complaint, "an initrd takes no more words, but here is \"%s\"",
			      quoted);
	words->read_only = word_is(word, "ro");
	return words->read_only ||
	       refuse(complaint, "a disk takes only the word ro, but here is \"%s\"", quoted);
}

bool module_parse(const char *string, struct module_words *words, char *problem, size_t size)
{
	const struct complaint complaint = {.text = problem, .size = size};
	struct word word;

	*words = (struct module_words){
	    .name = "guest", .memory = MEMORY_DEFAULT, .weight = WEIGHT_DEFAULT};
	if (!take_kind(&string, words, &complaint))
		return false;
	while (next_word(&string, &word)) {
		if (words->kind == MODULE_KERNEL && word_is(&word, "--"))
			return take_command_line(string, words, &complaint);
		if (!(words->kind == MODULE_KERNEL ? set_option(words, word, &complaint)
						   : set_file_word(words, &word, &complaint)))
			return false;
	}
	return true;
}
