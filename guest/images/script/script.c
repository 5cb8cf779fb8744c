/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: The guest plays a script, which is its initrd: each line is an action or an
 * expectation about the shadow engine. The results are TAP.
 *
 * Reason: A test of the shadow engine can be written without C. docs/scripts.md describes the
 * language.
 *
 * Method: The image reads the whole script first, and plays it only if each line is right. Without
 * a script it gives a prompt.
 *
 * Parts:
 *	1. Reading
 *	2. Playing
 *
 * Module: mem=7M clones=1
 */
#include "guest/images/script/access.h"
#include "guest/images/script/cursor.h"
#include "guest/images/script/prompt.h"
#include "guest/images/script/reader.h"
#include "guest/include/boot.h"
#include "guest/include/console.h"
#include "guest/include/tap.h"

#define MISTAKES_SHOWN 20u
#define FILE_NAME_SIZE 128

char script_file[FILE_NAME_SIZE] = "script";

/*
 * 1. Reading.
 */
static void read_script(struct text text)
{
	struct line line = {0};

	while (mistakes() < MISTAKES_SHOWN && text_next_line(&text, &line))
		reader_line(&line);
	if (mistakes() < MISTAKES_SHOWN)
		reader_end(line.number);
	if (!mistakes())
		return;
	printf("Bail out! %s has mistakes (%u), so nothing of it was played\n", script_file,
	       mistakes());
	shutdown("script: mistakes in %s: %u", script_file, mistakes());
}

/*
 * 2. Playing.
 */
static void play(void)
{
	const struct step *step;
	u32 count;

	if (reader_expectations())
		plan(reader_expectations());
	for (step = reader_steps(&count); count; count--, step++)
		step->verb->perform(step);
	if (reader_other_end() && !ok(false, "%s", reader_other_end()))
		note("%s: got to its end alive", script_file);
	done();
}

const char *guest_main(void)
{
	u32 size;
	const char *script = boot_initrd(&size);

	if (!script)
		return prompt_main();
	boot_option_value("file", script_file, sizeof(script_file));
	paging_prepare();
	access_init();
	read_script((struct text){script, script + size});
	play();
	return "";
}
