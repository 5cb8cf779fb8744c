/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 *	1. The commands
 *	2. Printing
 *	3. Finding out what a line means
 *	4. Running it
 *	5. By hand
 *	6. From the command line
 */
#include "hv/monitor.h"

#include "arch/x86/timer.h"
#include "hv/console.h"
#include "hv/line_editor.h"
#include "hv/log.h"
#include "hv/monitor_commands.h"
#include "hv/words.h"
#include "lib/format.h"
#include "lib/string.h"

#define CONTROL_C 3
#define TYPED_AHEAD 128
#define PIECE_ROOM (2 * MONITOR_PIECE * MONITOR_COLUMNS) /* what a job may print without waiting */
#define PIECE_NS (5u * NS_PER_MS) /* between two pieces of a job: for the line and for the guests */

static struct {
	bool open, leaving, by_hand;
	const struct monitor_command *job; /* that is not over yet, or NULL */
	struct monitor_call call;
	char line[LINE_SIZE]; /* which call.word point into */
	struct line_editor editor;
	char ahead[TYPED_AHEAD]; /* keys that came while a job ran */
	u32 typed;               /* how many of them */
	u32 said;                /* lines of Umbra's that were there when it was drawn */
} monitor;

/* -- 1. The commands ------------------------------------------------------------------------- */

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
    {"stats", "NAME", "what it did, counted", monitor_stats, BRIEF},
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

static const char *slot_name(u32 n)
{
	return n < slots_count() ? slot_at(n)->name : NULL;
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

/* -- 2. Printing ----------------------------------------------------------------------------- */

static void print_line(const char *text, va_list arguments)
{
	char line[MONITOR_COLUMNS];

	vsnprintf(line, sizeof(line), text, arguments);
	if (monitor.by_hand)
		console_print("%s\n", line);
	else
		say("%s", line);
}

void monitor_line(const char *text, ...)
{
	va_list arguments;

	va_start(arguments, text);
	print_line(text, arguments);
	va_end(arguments);
}

bool monitor_refuse(const char *text, ...)
{
	va_list arguments;

	va_start(arguments, text);
	print_line(text, arguments);
	va_end(arguments);
	return false;
}

bool monitor_needs_life(const struct slot *slot)
{
	return slot->state == SLOT_ALIVE || monitor_refuse("%s is not alive", slot->name);
}

/* -- 3. Finding out what a line means -------------------------------------------------------- */

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

static bool begins(const char *text, const char *beginning)
{
	return !strncmp(text, beginning, strlen(beginning));
}

static bool understand_word(const char *argument, const char *word, struct monitor_call *call)
{
	u32 i;

	if (begins(argument, "NAME")) {
		if (!find(word, slot_name, "guest", &i))
			return false;
		call->slot = slot_at(i);
	}
	if (begins(argument, "ADDRESS") || begins(argument, "NUMBER") ||
	    begins(argument, "PERCENT"))
		return words_number(word, &call->number) ||
		       monitor_refuse("%s is not a number", word);
	return true;
}

static bool understand(const struct monitor_command *c, struct monitor_call *call)
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

/* -- 4. Running it --------------------------------------------------------------------------- */

static void call_job(void)
{
	struct monitor_call *call = &monitor.call;
	bool more;

	call->wake = 0;
	more = monitor.job->handler(call);
	call->piece++;
	if (!more)
		monitor.job = NULL;
	else if (!call->wake)
		call->wake = timer_now() + PIECE_NS;
}

/* Runs a line, at least the first piece of it. */
static void run_line(const char *line, bool by_hand)
{
	struct monitor_call *call = &monitor.call;
	const struct monitor_command *c;

	monitor.by_hand = by_hand;
	*call = (struct monitor_call){.by_hand = by_hand};
	strlcpy(monitor.line, line, sizeof(monitor.line));
	call->words = words_split(monitor.line, call->word, MONITOR_WORDS);
	if (!call->words)
		return;
	c = find_command(call->word[0]);
	if (!c || !understand(c, call))
		return;
	monitor.job = c;
	call_job();
}

/* -- 5. By hand ------------------------------------------------------------------------------ */

static void print(const char *text)
{
	console_print("%s", text);
}

static const char *candidate(const char *line, u32 word, u32 n)
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
		return slot_name(n);
	return begins(argument, "[COMMAND") ? command_name(n) : NULL;
}

static const struct line_editor_output output = {
    .prompt = "umbra> ", .print = print, .candidate = candidate};

/* After a command: the next one, or back to the guests. */
static void go_on(void)
{
	if (monitor.job)
		return;
	if (!monitor.leaving) {
		line_editor_start(&monitor.editor);
		monitor.said = log_count();
		return;
	}
	monitor.open = false;
	console_leave_monitor();
}

static void open_monitor(void)
{
	monitor.open = true;
	monitor.leaving = false;
	monitor.typed = 0;
	monitor.said = log_count();
	monitor.job = NULL;
	line_editor_start(&monitor.editor);
}

/* False if the key has to wait until the job is over. */
static bool take_key(char key)
{
	if (monitor.job && !monitor.call.until_key && key != CONTROL_C)
		return false;
	if (monitor.job)
		monitor.job = NULL;
	else if (line_editor_input(&monitor.editor, key))
		run_line(monitor.editor.line, true);
	else
		return true;
	go_on();
	return true;
}

static void input(char key)
{
	if (!take_key(key) && monitor.typed < ARRAY_SIZE(monitor.ahead))
		monitor.ahead[monitor.typed++] = key;
}

/* What was typed while a job ran. */
static void take_typed(void)
{
	u32 taken = 0;

	while (taken < monitor.typed && take_key(monitor.ahead[taken]))
		taken++;
	monitor.typed -= taken;
	memmove(monitor.ahead, monitor.ahead + taken, monitor.typed);
}

void monitor_init(void)
{
	line_editor_init(&monitor.editor, &output);
	console_set_monitor(open_monitor, input);
}

bool monitor_is_open(void)
{
	return monitor.open;
}

void monitor_leave(void)
{
	monitor.leaving = true;
}

/* Umbra has said something, and the line that was being written is no longer the last one. */
static void draw_again(void)
{
	if (!monitor.job && log_count() != monitor.said)
		line_editor_draw(&monitor.editor);
	monitor.said = log_count();
}

static void go_on_with_job(void)
{
	if (timer_now() < monitor.call.wake)
		return;
	if (console_print_room() < PIECE_ROOM) {
		monitor.call.wake = timer_now() + PIECE_NS;
		return;
	}
	call_job();
	go_on();
}

void monitor_poll(void)
{
	if (monitor.job)
		go_on_with_job();
	if (monitor.job || !monitor.open)
		return;
	take_typed();
	draw_again();
}

u64 monitor_deadline(void)
{
	return monitor.job ? monitor.call.wake : TIMER_NEVER;
}

/* -- 6. From the command line ---------------------------------------------------------------- */

void monitor_run_script(const char *text)
{
	char line[LINE_SIZE];
	const char *end;

	for (; *text; text = *end ? end + 1 : end) {
		while (*text == ' ')
			text++;
		for (end = text; *end && *end != ';';)
			end++;
		snprintf(line, sizeof(line), "%.*s", (int)(end - text), text);
		say("monitor: %s", line);
		for (run_line(line, false); monitor.job;)
			call_job();
	}
}
