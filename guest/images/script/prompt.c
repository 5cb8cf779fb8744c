// SPDX-License-Identifier: GPL-2.0-or-later
/* The prompt: reads lines, and passes each to a command or to the worker. */
#include "guest/images/script/prompt.h"
#include "guest/images/script/access.h"
#include "guest/images/script/commands.h"
#include "guest/images/script/complete.h"
#include "guest/images/script/cursor.h"
#include "guest/images/script/keys.h"
#include "guest/images/script/reader.h"
#include "guest/images/script/session.h"
#include "guest/include/console.h"
#include "lib/string.h"

static struct line_editor editor;

static void print(const char *text)
{
	printf("%s", text);
}

static const struct line_editor_output output = {"lab> ", print, complete_candidate};

static void read_line(void)
{
	line_editor_start(&editor);
	do
		console_flush();
	while (!line_editor_input(&editor, keys_next()));
}

static void obey_line(void)
{
	struct text text = {editor.line, editor.line + editor.length};
	const struct command *command;
	struct line line = {0};

	text_next_line(&text, &line);
	if (!line.count && !strchr(editor.line, '#'))
		return;
	command = command_find(&line);
	if (command && command->act)
		command->act(&line);
	else
		session_execute(line.count ? line.words[0].at : editor.line);
	complete_update();
}

const char *prompt_main(void)
{
	lines_are_typed = true;
	*script_file = '\0';
	paging_prepare();
	access_init();
	if (!keys_start() || !session_start()) {
		printf("There is no script. A prompt needs devices and the word clones=1.\n");
		return "script: none was given";
	}
	printf("Type a line of docs/scripts.md, or `help`. Tab completes a word.\n");
	line_editor_init(&editor, &output);
	while (!command_over()) {
		read_line();
		obey_line();
	}
	session_end();
	return "script: the prompt was left";
}
