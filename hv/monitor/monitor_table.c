/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of commands, and the parser of lines. */
#include "hv/monitor/monitor_commands.h"

#include "hv/base/stretch.h"
#include "hv/text_match.h"
#include "lib/line_editor.h"
#include "lib/number.h"
#include "lib/string.h"

/* -- The commands ------------------------------------------------------------------------------ */

static monitor_handler help, leave;

/* A row: name, arguments, help, handler, spelling. */
static const struct monitor_command commands[] = {
    {"help", "[COMMAND]", "all commands, or how to use one", help, MAY_BE_SHORTENED},
    {"guests", "", "all guests: state, memory, CPU time", monitor_guests, MAY_BE_SHORTENED},
    {"top", "", "the same each second, until a key is pressed", monitor_top, MAY_BE_SHORTENED},
    {"console", "NAME", "bring its console to front, and leave the monitor", monitor_console,
     MAY_BE_SHORTENED},
    {"pause", "NAME", "stop running it", monitor_pause, MAY_BE_SHORTENED},
    {"resume", "NAME", "run it again", monitor_resume, MAY_BE_SHORTENED},
    {"clone", "NAME [NUMBER]", "make a clone of it, or several", monitor_clone, MAY_BE_SHORTENED},
    {"save", "NAME [PORT]", "send a snapshot of it to debugcon or com2", monitor_save,
     MAY_BE_SHORTENED},
    {"send", "NAME PORT", "move it to another machine, over com2", monitor_send, MAY_BE_SHORTENED},
    {"receive", "PORT|stop", "wait on com2 for a guest that is sent; give up", monitor_receive,
     MAY_BE_SHORTENED},
    {"discard", "NAME", "end it: sent without an answer, it runs elsewhere", monitor_discard,
     MUST_BE_COMPLETE},
    {"start", "NAME", "start it again, after its end", monitor_start, MAY_BE_SHORTENED},
    {"restart", "NAME", "end it and start it again", monitor_restart, MUST_BE_COMPLETE},
    {"kill", "NAME", "end it", monitor_kill, MUST_BE_COMPLETE},
    {"weight", "NAME NUMBER", "its share of the CPU: 100 is a share like others", monitor_weight,
     MAY_BE_SHORTENED},
    {"cap", "NAME PERCENT", "the most it may have of the CPU; 0: all", monitor_cap,
     MAY_BE_SHORTENED},
    {"pin", "NAME CPUS", "the CPUs that may run it, such as 0,2; all: any", monitor_pin,
     MAY_BE_SHORTENED},
    {"cpus", "", "the CPUs: load, guest, interrupts between them", monitor_cpus, MAY_BE_SHORTENED},
    {"stats", "[NAME]", "its statistics; without a name, those of the machine", monitor_stats,
     MAY_BE_SHORTENED},
    {"regs", "NAME", "its registers", monitor_registers, MAY_BE_SHORTENED},
    {"bt", "NAME", "its call stack", monitor_backtrace, MAY_BE_SHORTENED},
    {"walk", "NAME ADDRESS", "its page tables and their shadow, for an address", monitor_walk,
     MAY_BE_SHORTENED},
    {"tables", "NAME", "its shadow directories, and what each covers", monitor_tables,
     MAY_BE_SHORTENED},
    {"trace", "NAME on|off|show", "record its events; show the last ones", monitor_trace,
     MAY_BE_SHORTENED},
    {"step", "NAME [NUMBER]", "let it run until its next event, or so many", monitor_step,
     MAY_BE_SHORTENED},
    {"until", "NAME EVENT", "let it run until such an event: page-fault, SET_PTE", monitor_until,
     MAY_BE_SHORTENED},
    {"watch", "NAME on|off", "send its events and what they change (watch=com2)", monitor_watch,
     MAY_BE_SHORTENED},
    {"mem", "", "frames by owner", monitor_memory, MAY_BE_SHORTENED},
    {"log", "", "the last lines that Umbra said", monitor_log, MAY_BE_SHORTENED},
    {"version", "", "the version of Umbra", monitor_version, MAY_BE_SHORTENED},
    {"exit", "", "leave the monitor", leave, MAY_BE_SHORTENED},
    {"poweroff", "", "end all guests, and switch the machine off", monitor_poweroff,
     MUST_BE_COMPLETE},
    {"reboot", "", "end all guests, and start the machine again", monitor_reboot, MUST_BE_COMPLETE},
};

static const char *command_name(u32 n)
{
	return n < ARRAY_SIZE(commands) ? commands[n].name : NULL;
}

/* To compare a word with one name takes up to 20,000 instructions (hv/text_match.c), and there may be hundreds. */
static const char *domain_name(u32 n)
{
	stretch_window(NULL, "monitor");
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
			return monitor_error("no command is called %s", call->word[1]);
		print_usage(&commands[i]);
		return false;
	}
	for (i = first; i < first + MONITOR_PIECE && i < ARRAY_SIZE(commands); i++)
		print_usage(&commands[i]);
	if (i < ARRAY_SIZE(commands))
		return true;
	monitor_line("Words may be shortened; Tab completes them. Ctrl-A h: other keys.");
	return false;
}

static bool leave(struct monitor_call *call)
{
	(void)call;
	monitor_leave();
	return false;
}

/* -- The parser -------------------------------------------------------------------------------- */

static bool find(const char *word, const char *(*known)(u32 n), const char *what, u32 *index)
{
	enum words_match match = words_find(word, known, index);

	if (match == WORDS_FOUND)
		return true;
	if (match == WORDS_AMBIGUOUS)
		return monitor_error("several %ss begin with %s: %s is one", what, word,
				     known(*index));
	if (*index == WORDS_NONE)
		return monitor_error("no %s is called %s", what, word);
	return monitor_error("no %s is called %s: did you mean %s?", what, word, known(*index));
}

static const struct monitor_command *find_command(const char *word)
{
	u32 i;

	if (!find(word, command_name, "command", &i))
		return NULL;
	if (commands[i].spelling == MUST_BE_COMPLETE && strcmp(word, commands[i].name)) {
		monitor_line("%s must be written out", commands[i].name);
		return NULL;
	}
	return &commands[i];
}

/* The next word of a command's `arguments`, which are separated by single blanks. */
static const char *next_argument(const char *argument)
{
	const char *blank = strchr(argument, ' ');

	return blank ? blank + 1 : "";
}

/* True if a word of `arguments`, in brackets or not, begins so. */
static bool argument_is(const char *text, const char *beginning)
{
	if (*text == '[')
		text++;
	return !strncmp(text, beginning, strlen(beginning));
}

static bool parse_word(const char *argument, const char *word, struct monitor_call *call)
{
	u32 i;

	if (argument_is(argument, "NAME")) {
		if (!find(word, domain_name, "guest", &i))
			return false;
		call->domain = domain_at(i);
	}
	if (argument_is(argument, "ADDRESS") || argument_is(argument, "NUMBER") ||
	    argument_is(argument, "PERCENT"))
		return number_parse(word, strlen(word), &call->number) ||
		       monitor_error("%s is not a number", word);
	return true;
}

static bool parse_words(const struct monitor_command *c, struct monitor_call *call)
{
	const char *argument = c->arguments;

	for (u32 i = 1; i < call->words; i++, argument = next_argument(argument)) {
		if (!*argument)
			return monitor_error("too many words: %s %s", c->name, c->arguments);
		if (!parse_word(argument, call->word[i], call))
			return false;
	}
	if (*argument && *argument != '[')
		return monitor_error("it is: %s %s", c->name, c->arguments);
	return true;
}

const struct monitor_command *monitor_parse(struct monitor_call *call)
{
	const struct monitor_command *c = find_command(call->word[0]);

	return c && parse_words(c, call) ? c : NULL;
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
		argument = next_argument(argument);
	if (argument_is(argument, "NAME"))
		return domain_name(n);
	return argument_is(argument, "COMMAND") ? command_name(n) : NULL;
}
