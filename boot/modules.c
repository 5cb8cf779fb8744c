// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The words of a module's string.
 *	1. The options of a kernel
 *	2. A whole string
 */
#include "boot/modules.h"

#include <stdarg.h>

#include "arch/x86/cpu_list.h"

#include "boot/command_line.h"
#include "hv/sched/schedule.h"
#include "lib/format.h"
#include "lib/number.h"
#include "lib/string.h"
#include "mm/address.h"

#define MEMORY_DEFAULT (16 * MIB)
#define MEMORY_MIN MIB
#define MEMORY_MAX (3072 * MIB)
#define RESTARTS_MAX 1000000u
#define VALUE_SIZE 64 /* of the VALUE in KEY=VALUE, with its NUL */

#define PRIVATE_MIN (256 * KIB)
#define SHADOW_MIN (SHADOW_BUDGET_MIN * FRAME_SIZE)

#define KNOWN_WORDS                                                                                       \
	"name= mem= pae= timeout= shadow= weight= cap= restart= devices= cpus= clones= clone= private=, " \
	"then -- LINE"

/* The buffer for the message about a wrong word. */
struct complaint {
	char *text;
	size_t size;
};

/* Writes the message. Always false, for the caller to return. The message quotes the string, so
 * characters that would move a terminal's cursor are replaced. */
static bool PRINTF_LIKE(2, 3) refuse(const struct complaint *complaint, const char *text, ...)
{
	va_list arguments;

	va_start(arguments, text);
	vsnprintf(complaint->text, complaint->size, text, arguments);
	va_end(arguments);
	make_printable(complaint->text);
	return false;
}

/* --- 1. The options of a kernel --- */

/* Keeps the first warning. */
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

static bool set_name(struct module_words *words, const char *value,
		     const struct complaint *complaint)
{
	words->named = true;
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

	if (!parse_size_u64(value, &bytes))
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
	if (!number_parse(value, strlen(value), &words->timeout))
		return refuse(complaint,
			      "timeout=%s is not a number of seconds: write for example timeout=10",
			      value);
	if (!words->timeout)
		remark(words, "timeout=%s is no limit, as if it were not there", value);
	return true;
}

static bool set_number(u32 *number, const char *key, const char *value, u32 most,
		       const struct complaint *complaint)
{
	u32 found;

	if (!number_parse(value, strlen(value), &found) || found < 1 || found > most)
		return refuse(complaint, "%s=%s is not a number from 1 to %u", key, value, most);
	*number = found;
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

static bool set_cpus(struct module_words *words, const char *value,
		     const struct complaint *complaint)
{
	return number_list_parse(value, CPUS_MAX, &words->cpus) ||
	       refuse(complaint, "cpus=%s is not a list of CPUs from 0 to %u, such as 0,2", value,
		      CPUS_MAX - 1);
}

static bool set_restarts(struct module_words *words, const char *value,
			 const struct complaint *complaint)
{
	u32 found = UINT32_MAX;

	if (strcmp(value, "always") &&
	    (!number_parse(value, strlen(value), &found) || found > RESTARTS_MAX))
		return refuse(complaint, "restart=%s is not a number from 0 to %u, nor always",
			      value, RESTARTS_MAX);
	words->restarts = found;
	return true;
}

static bool set_devices(struct module_words *words, const char *value,
			const struct complaint *complaint)
{
	words->no_devices = !strcmp(value, "off");
	if (words->no_devices || !strcmp(value, "on"))
		return true;
	return refuse(complaint, "devices=%s is not known: write devices=on or off", value);
}

static bool set_clones(struct module_words *words, const char *value,
		       const struct complaint *complaint)
{
	return set_number(&words->clones, "clones", value, GUESTS_MAX, complaint);
}

static bool set_clone(struct module_words *words, const char *value,
		      const struct complaint *complaint)
{
	if (!strcmp(value, "hypercall")) {
		*words->clone_after = '\0';
		return true;
	}
	if (strncmp(value, "after:", 6) != 0 || !value[6])
		return refuse(complaint,
			      "clone=%s is not known: write clone=hypercall or clone=after:TEXT",
			      value);
	strlcpy(words->clone_after, value + 6, CLONE_AFTER_SIZE);
	return true;
}
_Static_assert(VALUE_SIZE <= CLONE_AFTER_SIZE, "no text is cut");

static bool set_private(struct module_words *words, const char *value,
			const struct complaint *complaint)
{
	if (!parse_size(value, &words->private_memory))
		return refuse(complaint, "private=%s is not a size: write for example private=1M",
			      value);
	return words->private_memory >= PRIVATE_MIN ||
	       refuse(complaint, "private=%s is too small: at least private=%uK", value,
		      PRIVATE_MIN / KIB);
}

static const struct kernel_option {
	const char *key;
	bool is_in_snapshot;
	bool (*set)(struct module_words *words, const char *value,
		    const struct complaint *complaint);
} kernel_options[] = {
    {.key = "name", .set = set_name},
    {.key = "mem", .is_in_snapshot = true, .set = set_memory},
    {.key = "pae", .is_in_snapshot = true, .set = set_paging},
    {.key = "shadow", .set = set_shadow},
    {.key = "timeout", .set = set_timeout},
    {.key = "weight", .set = set_weight},
    {.key = "cap", .set = set_cap},
    {.key = "restart", .set = set_restarts},
    {.key = "devices", .is_in_snapshot = true, .set = set_devices},
    {.key = "cpus", .set = set_cpus},
    {.key = "clones", .set = set_clones},
    {.key = "clone", .set = set_clone},
    {.key = "private", .set = set_private},
};

/* If an option is given twice, the last one counts, as on the hypervisor's own line. */
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
		if (!word_take_value(&word, option->key))
			continue;
		word_copy(&word, value, sizeof(value));
		if (word.length >= sizeof(value))
			return refuse(complaint, "%s=%s... is too long: at most %u characters",
				      option->key, value, VALUE_SIZE - 1);
		if (words->kind == MODULE_SNAPSHOT && option->is_in_snapshot)
			return refuse(complaint, "a snapshot has its own %s=", option->key);
		note_given(words, option);
		return option->set(words, value, complaint);
	}
	word_copy(&word, value, sizeof(value));
	return refuse(complaint, "\"%s\" is not understood: a kernel takes " KNOWN_WORDS, value);
}

/* --- 2. A whole string --- */

static bool kind_of(const struct word *word, enum module_kind *kind)
{
	static const char *const names[] = {
	    [MODULE_KERNEL] = "kernel", [MODULE_INITRD] = "initrd",     [MODULE_DISK] = "disk",
	    [MODULE_BUNDLE] = "bundle", [MODULE_SNAPSHOT] = "snapshot",
	};

	for (u32 i = MODULE_KERNEL; i < ARRAY_SIZE(names); i++) {
		if (word_is(word, names[i])) {
			*kind = i;
			return true;
		}
	}
	return false;
}

/* The name is the file's base name without its suffix, if that is a valid name. */
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
	word_copy(&path, words->name, GUEST_NAME_SIZE);
	if (!is_name(words->name))
		strlcpy(words->name, "guest", GUEST_NAME_SIZE);
}

/* Takes [PATH] and the kind off *text. If the second word is a kind, the first is a path: a file
 * may be called "kernel". */
static bool take_kind(const char **text, struct module_words *words,
		      const struct complaint *complaint)
{
	char quoted[2][VALUE_SIZE];
	const char *after_second;
	struct word first, second;

	if (!word_next(text, &first))
		return refuse(
		    complaint,
		    "the string is empty: write kernel, snapshot, initrd, disk or bundle");
	after_second = *text;
	if (word_next(&after_second, &second) && kind_of(&second, &words->kind)) {
		name_from_path(words, first);
		*text = after_second;
		return true;
	}
	if (kind_of(&first, &words->kind))
		return true;
	word_copy(&first, quoted[0], VALUE_SIZE);
	word_copy(&second, quoted[1], VALUE_SIZE);
	if (!second.length)
		return refuse(complaint,
			      "\"%s\" does not say what it is: write kernel, initrd or disk; a "
			      "bundle is cpio's newc, uncompressed",
			      quoted[0]);
	return refuse(complaint,
		      "neither \"%s\" nor \"%s\" is one of the words kernel, snapshot, initrd, "
		      "disk and bundle",
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

/* A word behind "initrd", "disk" or "bundle". */
static bool set_file_word(struct module_words *words, const struct word *word,
			  const struct complaint *complaint)
{
	char quoted[VALUE_SIZE];

	word_copy(word, quoted, sizeof(quoted));
	if (words->kind != MODULE_DISK)
		return refuse(complaint, "%s takes no more words, but here is \"%s\"",
			      words->kind == MODULE_INITRD ? "an initrd" : "a bundle", quoted);
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
	while (word_next(&string, &word)) {
		bool guest = words->kind == MODULE_KERNEL || words->kind == MODULE_SNAPSHOT;

		if (words->kind == MODULE_KERNEL && word_is(&word, "--"))
			return take_command_line(string, words, &complaint);
		if (!(guest ? set_option(words, word, &complaint)
			    : set_file_word(words, &word, &complaint)))
			return false;
	}
	return true;
}
