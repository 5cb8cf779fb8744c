/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of commands, and what a line means by it. */
#include "hv/monitor/monitor_commands.h"

#include "hv/monitor/line_editor.h"
#include "hv/text_match.h"
#include "lib/number.h"
#include "lib/string.h"

/* -- The commands ---------------------------------------------------------------------------- */

static monitor_handler help, leave;

/* A row: name, arguments, help, handler, and whether the beginning of the name will do. */
static const struct monitor_command commands[] = {
    {"help", "[COMMAND]", "what there is, or how a command is used", help, BRIEF},
    {"guests", "", "who is there", monitor_guests, BRIEF},
    {"top", "", "the same each second, until a key is pressed", monitor_top, BRIEF},
    {"console", "NAME", "bring its console to front, and leave the monitor", monitor_console,
     BRIEF},
    {"pause", "NAME", "let it run no more", monitor_pause, BRIEF},
    {"resume", "NAME", "let it run again", monitor_resume, BRIEF},
    {"start", "NAME", "start it once more, after its end", monitor_start, BRIEF},
    {"restart", "NAME", "end it and start it again", monitor_restart, WHOLE},
    {"kill", "NAME", "end it", monitor_kill, WHOLE},
    {"weight", "NAME NUMBER", "its share of the CPU: 100 is a share like others", monitor_weight,
     BRIEF},
    {"cap", "NAME PERCENT", "the most it may have of the CPU; 0: all", monitor_cap, BRIEF},
    {"stats", "[NAME]", "what it did, counted; without a name, the machine's time", monitor_stats,
     BRIEF},
    {"regs", "NAME", "its registers", monitor_registers, BRIEF},
    {"bt", "NAME", "who called whom in it", monitor_backtrace, BRIEF},
    {"walk", "NAME ADDRESS", "its page tables and their shadow, for an address", monitor_walk,
     BRIEF},
    {"tables", "NAME", "its shadow directories, and what each covers", monitor_tables, BRIEF},
    {"trace", "NAME on|off|show", "record what it does; show the last events", monitor_trace,
     BRIEF},
    {"mem", "", "frames by owner", monitor_memory, BRIEF},
    {"log", "", "the last lines that Umbra said", monitor_log, BRIEF},
    {"version", "", "which Umbra this is", monitor_version, BRIEF},
    {"exit", "", "leave the monitor", leave, BRIEF},
    {"poweroff", "", "end all guests, and switch the machine off", monitor_poweroff, WHOLE},
    {"reboot", "", "end all guests, and start the machine again", monitor_reboot, WHOLE},
};

static const char *command_name(u32 n)
{
	return n < ARRAY_SIZE(commands) ? commands[n].name : NULL;
}

static const char *domain_name(u32 n)
{
	return n < domains_count() ? domain_at(n)->name : NULL;
}

static void print_usage(const struct monitor_command *c)
{
	monitor_line("%-8s %-17s %s", c->name, c->arguments, c->help);
}

static bool help(struct monitor_call *call)
{
	u32 first = call->piece * MONITOR_PIECE, i;
	enum words_match match;

	if (call->words > 1) {
		match = words_find(call->word[1], command_name, &i);
		if (match != WORDS_FOUND)
			return monitor_refuse("no command is called %s", call->word[1]);
		print_usage(&commands[i]);
		return false;
	}
	for (i = first; i < first + MONITOR_PIECE && i < ARRAY_SIZE(commands); i++)
		print_usage(&commands[i]);
	if (i < ARRAY_SIZE(commands))
		return true;
	monitor_line("The beginning of a word will do; Tab completes it. Ctrl-A h: other keys.");
	return false;
}

static bool leave(struct monitor_call *call)
{
	(void)call;
	monitor_leave();
	return false;
}

/* -- What a line means ----------------------------------------------------------------------- */

static bool find(const char *word, const char *(*known)(u32 n), const char *what, u32 *index)
{
	enum words_match match = words_find(word, known, index);

	if (match == WORDS_FOUND)
		return true;
	if (match == WORDS_AMBIGUOUS)
		return monitor_refuse("several %ss begin with %s: %s is one", what, word,
				      known(*index));
	if (*index == WORDS_NONE)
		return monitor_refuse("no %s is called %s", what, word);
	return monitor_refuse("no %s is called %s: did you mean %s?", what, word, known(*index));
}

static const struct monitor_command *find_command(const char *word)
{
	u32 i;

	if (!find(word, command_name, "command", &i))
		return NULL;
	if (commands[i].spelling == WHOLE && strcmp(word, commands[i].name)) {
		monitor_line("%s must be written out", commands[i].name);
		return NULL;
	}
	return &commands[i];
}

/* The next word of a command's `arguments`, which are separated by single blanks. */
static const char *after(const char *argument)
{
	const char *blank = strchr(argument, ' ');

	return blank ? blank + 1 : "";
}

/* A word of `arguments`, in brackets or not. */
static bool begins(const char *text, const char *beginning)
{
	if (*text == '[')
		text++;
	return !strncmp(text, beginning, strlen(beginning));
}

static bool understand_word(const char *argument, const char *word, struct monitor_call *call)
{
	u32 i;

	if (begins(argument, "NAME")) {
		if (!find(word, domain_name, "guest", &i))
			return false;
		call->domain = domain_at(i);
	}
	if (begins(argument, "ADDRESS") || begins(argument, "NUMBER") ||
	    begins(argument, "PERCENT"))
		return number_parse(word, strlen(word), &call->number) ||
		       monitor_refuse("%s is not a number", word);
	return true;
}

static bool understand_words(const struct monitor_command *c, struct monitor_call *call)
{
	const char *argument = c->arguments;

	for (u32 i = 1; i < call->words; i++, argument = after(argument)) {
		if (!*argument)
			return monitor_refuse("too many words: %s %s", c->name, c->arguments);
		if (!understand_word(argument, call->word[i], call))
			return false;
	}
	if (*argument && *argument != '[')
		return monitor_refuse("it is: %s %s", c->name, c->arguments);
	return true;
}

const struct monitor_command *monitor_understand(struct monitor_call *call)
{
	const struct monitor_command *c = find_command(call->word[0]);

	return c && understand_words(c, call) ? c : NULL;
}

const char *monitor_candidate(const char *line, u32 word, u32 n)
{
	char copy[LINE_SIZE], *words[1];
	const char *argument;
	u32 i;

	if (!word)
		return command_name(n);
	strlcpy(copy, line, sizeof(copy));
	words_split(copy, words, ARRAY_SIZE(words));
	*strchr(words[0], ' ') = 0;
	if (words_find(words[0], command_name, &i) != WORDS_FOUND)
		return NULL;
	for (argument = commands[i].arguments; word > 1; word--)
		argument = after(argument);
	if (begins(argument, "NAME"))
		return domain_name(n);
	return begins(argument, "COMMAND") ? command_name(n) : NULL;
}
