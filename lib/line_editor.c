/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * line_editor_input passes a key to one of the functions in control_keys and sequence_keys.
 *
 * 1. Drawing
 * 2. Changing the line
 * 3. History
 * 4. Completion
 * 5. Keys
 */
#include "lib/line_editor.h"

#include "lib/string.h"

#define CONTROL(letter) ((letter)-64)
#define ESCAPE 0x1B
#define DELETE 0x7F /* most terminals send it for Backspace */
#define ERASE_TO_END "\x1b[K"

/* -- 1. Drawing -------------------------------------------------------------------------------- */

static void print(const struct line_editor *e, const char *text)
{
	e->out->print(text);
}

static void move_back(const struct line_editor *e, u32 columns)
{
	char text[LINE_SIZE];

	memset(text, '\b', columns);
	text[columns] = 0;
	print(e, text);
}

/* Draws the whole line anew, over any text that was in its place. */
void line_editor_draw(struct line_editor *e)
{
	print(e, "\r");
	print(e, e->out->prompt);
	print(e, e->line);
	print(e, ERASE_TO_END);
	move_back(e, e->length - e->cursor);
}

/* -- 2. Changing the line ---------------------------------------------------------------------- */

static void set_line(struct line_editor *e, const char *text)
{
	strlcpy(e->line, text, LINE_SIZE);
	e->length = e->cursor = strlen(e->line);
	line_editor_draw(e);
}

static void insert(struct line_editor *e, char c)
{
	char text[] = {c, 0};

	if (e->length == LINE_SIZE - 1)
		return;
	memmove(&e->line[e->cursor + 1], &e->line[e->cursor], e->length - e->cursor + 1);
	e->line[e->cursor++] = c;
	e->length++;
	if (e->cursor == e->length)
		print(e, text);
	else
		line_editor_draw(e);
}

static void delete_range(struct line_editor *e, u32 start, u32 end)
{
	if (start == end)
		return;
	memmove(&e->line[start], &e->line[end], e->length - end + 1);
	e->length -= end - start;
	e->cursor = start;
	line_editor_draw(e);
}

static void delete_before(struct line_editor *e)
{
	if (e->cursor)
		delete_range(e, e->cursor - 1, e->cursor);
}

static void delete_at(struct line_editor *e)
{
	if (e->cursor < e->length)
		delete_range(e, e->cursor, e->cursor + 1);
}

static u32 word_start(const struct line_editor *e)
{
	u32 start = e->cursor;

	while (start && e->line[start - 1] == ' ')
		start--;
	while (start && e->line[start - 1] != ' ')
		start--;
	return start;
}

static void delete_all_before(struct line_editor *e)
{
	delete_range(e, 0, e->cursor);
}

static void delete_all_behind(struct line_editor *e)
{
	delete_range(e, e->cursor, e->length);
}

static void delete_word(struct line_editor *e)
{
	delete_range(e, word_start(e), e->cursor);
}

static void move_to(struct line_editor *e, u32 cursor)
{
	if (cursor > e->length) /* an unsigned 0 - 1 is greater, too */
		return;
	e->cursor = cursor;
	line_editor_draw(e);
}

static void move_left(struct line_editor *e)
{
	move_to(e, e->cursor - 1);
}

static void move_right(struct line_editor *e)
{
	move_to(e, e->cursor + 1);
}

static void move_home(struct line_editor *e)
{
	move_to(e, 0);
}

static void move_end(struct line_editor *e)
{
	move_to(e, e->length);
}

/* -- 3. History -------------------------------------------------------------------------------- */

static void remember(struct line_editor *e)
{
	if (!e->length || (e->kept && !strcmp(e->line, e->history[0])))
		return;
	memmove(e->history[1], e->history[0], sizeof(e->history) - LINE_SIZE);
	memcpy(e->history[0], e->line, LINE_SIZE);
	if (e->kept < LINE_HISTORY)
		e->kept++;
}

static void show_history(struct line_editor *e, u32 shown)
{
	if (shown > e->kept) /* an unsigned 0 - 1 is greater, too */
		return;
	if (!e->shown)
		memcpy(e->draft, e->line, LINE_SIZE);
	e->shown = shown;
	set_line(e, shown ? e->history[shown - 1] : e->draft);
}

static void show_older(struct line_editor *e)
{
	show_history(e, e->shown + 1);
}

static void show_newer(struct line_editor *e)
{
	show_history(e, e->shown - 1);
}

/* -- 4. Completion ----------------------------------------------------------------------------- */

struct completion {
	u32 word;          /* the number of the word in the line, from 0 */
	const char *start; /* the word as typed, up to the cursor ... */
	u32 length;        /* ... and its length */
	u32 matches;       /* number of candidates that begin so */
	const char *first; /* the first of these ... */
	u32 common;        /* ... and the number of characters that all have in common */
};

static u32 words_before(const char *line, u32 end)
{
	u32 words = 0;

	for (u32 i = 0; i < end; i++)
		words += line[i] != ' ' && (!i || line[i - 1] == ' ');
	return words;
}

static const char *next_match(const struct line_editor *e, const struct completion *c, u32 *n)
{
	const char *text;

	while ((text = e->out->candidate(e->line, c->word, (*n)++)))
		if (!strncmp(text, c->start, c->length))
			return text;
	return NULL;
}

static struct completion find_matches(const struct line_editor *e)
{
	u32 start = e->cursor, n = 0;
	struct completion c = {0};
	const char *text;

	while (start && e->line[start - 1] != ' ')
		start--;
	c.start = &e->line[start];
	c.length = e->cursor - start;
	c.word = words_before(e->line, start);
	while ((text = next_match(e, &c, &n))) {
		u32 same = 0;

		if (!c.matches++) {
			c.first = text;
			c.common = strlen(text);
		}
		while (same < c.common && text[same] == c.first[same])
			same++;
		c.common = same;
	}
	return c;
}

static void list_matches(struct line_editor *e, const struct completion *c)
{
	const char *text;
	u32 n = 0;

	print(e, "\n");
	while ((text = next_match(e, c, &n))) {
		print(e, text);
		print(e, "  ");
	}
	print(e, "\n");
	line_editor_draw(e);
}

/* Completes the word as far as all candidates agree, with a blank behind a single one. If that
 * changes nothing, the candidates are listed. */
static void complete(struct line_editor *e)
{
	struct completion c = find_matches(e);

	if (!c.matches)
		return;
	if (c.matches > 1 && c.common == c.length) {
		list_matches(e, &c);
		return;
	}
	for (u32 i = c.length; i < c.common; i++)
		insert(e, c.first[i]);
	if (c.matches == 1)
		insert(e, ' ');
}

/* -- 5. Keys ----------------------------------------------------------------------------------- */

typedef void key_action(struct line_editor *e);

static const struct control_key {
	char key;
	key_action *act;
} control_keys[] = {
    {CONTROL('A'), move_home},         {CONTROL('B'), move_left},
    {CONTROL('D'), delete_at},         {CONTROL('E'), move_end},
    {CONTROL('F'), move_right},        {CONTROL('H'), delete_before},
    {DELETE, delete_before},           {CONTROL('I'), complete},
    {CONTROL('K'), delete_all_behind}, {CONTROL('L'), line_editor_draw},
    {CONTROL('N'), show_newer},        {CONTROL('P'), show_older},
    {CONTROL('U'), delete_all_before}, {CONTROL('W'), delete_word},
};

/* The sequences of the VT220 and similar terminals: ESC [ letter, ESC O letter, ESC [ number ~. */
static const struct sequence_key {
	char final;
	u32 parameter;
	key_action *act;
} sequence_keys[] = {
    {'A', 0, show_older}, {'B', 0, show_newer}, {'C', 0, move_right}, {'D', 0, move_left},
    {'H', 0, move_home},  {'F', 0, move_end},   {'~', 1, move_home},  {'~', 7, move_home},
    {'~', 3, delete_at},  {'~', 4, move_end},   {'~', 8, move_end},
};

static void end_sequence(struct line_editor *e, char final)
{
	for (u32 i = 0; i < ARRAY_SIZE(sequence_keys); i++)
		if (sequence_keys[i].final == final && sequence_keys[i].parameter == e->parameter)
			sequence_keys[i].act(e);
}

/* Processes a byte of an escape sequence (ECMA-48, 5.4): ESC [ numbers final, or ESC O final. An
 * unknown sequence is ignored as a whole. */
static void escape_sequence(struct line_editor *e, char c)
{
	if (e->state == KEY_ESCAPE) {
		e->state = c == '[' ? KEY_SEQUENCE : c == 'O' ? KEY_SHIFTED : KEY_PLAIN;
		e->parameter = 0;
		return;
	}
	if (e->state == KEY_SEQUENCE && c >= '0' && c <= '9') {
		e->parameter = (e->parameter * 10 + c - '0') % 1000;
		return;
	}
	if (c >= ' ' && c <= '?') /* the sequence continues */
		return;
	e->state = KEY_PLAIN;
	end_sequence(e, c);
}

static void editing_key(struct line_editor *e, char c)
{
	if (c >= ' ' && c < DELETE)
		insert(e, c);
	for (u32 i = 0; i < ARRAY_SIZE(control_keys); i++)
		if (control_keys[i].key == c)
			control_keys[i].act(e);
}

static bool end_line(struct line_editor *e, const char *text)
{
	print(e, text);
	print(e, "\n");
	remember(e);
	return true;
}

void line_editor_init(struct line_editor *e, const struct line_editor_output *out)
{
	memset(e, 0, sizeof(*e));
	e->out = out;
}

void line_editor_start(struct line_editor *e)
{
	e->state = KEY_PLAIN;
	e->shown = 0;
	set_line(e, "");
}

bool line_editor_input(struct line_editor *e, char c)
{
	bool after_return = e->carriage_return;

	e->carriage_return = c == '\r';
	if (c == ESCAPE) {
		e->state = KEY_ESCAPE;
	} else if (e->state != KEY_PLAIN) {
		escape_sequence(e, c);
	} else if (c == '\r' || (c == '\n' && !after_return)) {
		return end_line(e, "");
	} else if (c == CONTROL('C')) {
		e->line[0] = 0;
		e->length = e->cursor = 0;
		return end_line(e, "^C");
	} else if (c != '\n') {
		editing_key(e, c);
	}
	return false;
}
