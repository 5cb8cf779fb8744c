// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Plays the streams of terminal_corpus.c on libvterm's screen, and prints each stream whose text or
 * cursor differs from the manuals'. This is no test: docs/console.md gives the reasons.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vterm.h>

#include "hv/console/terminal.h"
#include "tests/unit/terminal_corpus.h"

static char expected[TERMINAL_ROWS][TERMINAL_COLUMNS + 1];

static void expect(const char *pieces)
{
	memset(expected, ' ', sizeof(expected));
	while (*pieces) {
		const char *contents = strchr(pieces, ':') + 1;
		size_t size = strcspn(contents, "\n");
		char *end;
		unsigned long row = strtoul(pieces, &end, 10), column = strtoul(end + 1, NULL, 10);

		memcpy(&expected[row - 1][column - 1], contents, size);
		pieces = contents + size + (contents[size] == '\n');
	}
}

/* A character that is not ASCII for one of the two is not ASCII for the other. */
static bool is_same(u32 theirs, char ours)
{
	bool ascii = ours >= ' ' && ours <= '~' && ours != '?';

	if (!theirs)
		theirs = ' ';
	return ascii ? theirs == (u32)ours : theirs > '~' || theirs == '?';
}

static bool text_agrees(VTermScreen *screen)
{
	for (int row = 0; row < (int)TERMINAL_ROWS; row++)
		for (int column = 0; column < (int)TERMINAL_COLUMNS; column++) {
			VTermScreenCell cell;

			vterm_screen_get_cell(screen, (VTermPos){row, column}, &cell);
			if (!is_same(cell.chars[0], expected[row][column])) {
				printf("  %d,%d is U+%04X and not '%c'\n", row + 1, column + 1,
				       cell.chars[0], expected[row][column]);
				return false;
			}
		}
	return true;
}

static bool cursor_agrees(VTerm *vterm, const struct terminal_case *c)
{
	VTermPos at;

	vterm_state_get_cursorpos(vterm_obtain_state(vterm), &at);
	if (at.row + 1 == c->row && at.col + 1 == c->column)
		return true;
	printf("  the cursor is at %d,%d and not at %u,%u\n", at.row + 1, at.col + 1, c->row,
	       c->column);
	return false;
}

static bool agrees(const struct terminal_case *c)
{
	VTerm *vterm = vterm_new(TERMINAL_ROWS, TERMINAL_COLUMNS);
	VTermScreen *screen = vterm_obtain_screen(vterm);
	bool same;

	vterm_set_utf8(vterm, 1);
	vterm_screen_reset(screen, 1);
	expect(c->screen);
	vterm_input_write(vterm, c->bytes, c->size);
	same = text_agrees(screen) && cursor_agrees(vterm, c);
	if (!same)
		printf("  in %s\n", c->manual);
	vterm_free(vterm);
	return same;
}

/* In a process of its own: libvterm 0.1.4 crashes at some streams. */
static bool agrees_and_survives(const struct terminal_case *c)
{
	int status = 0;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (!child) {
		status = agrees(c);
		fflush(stdout);
		_exit(status);
	}
	waitpid(child, &status, 0);
	if (WIFSIGNALED(status))
		printf("  %s\n  in %s\n", strsignal(WTERMSIG(status)), c->manual);
	return WIFEXITED(status) && WEXITSTATUS(status);
}

int main(void)
{
	u32 same = 0;

	for (u32 i = 0; i < terminal_corpus_size; i++)
		same += agrees_and_survives(&terminal_corpus[i]);
	printf("libvterm agrees with %u of %u\n", same, terminal_corpus_size);
	return 0;
}
