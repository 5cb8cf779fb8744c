/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The prompt: each line of the language is executed when it is typed, and answered. */
#ifndef SCRIPT_PROMPT_H
#define SCRIPT_PROMPT_H

/* Returns the reason of the shutdown. */
const char *prompt_main(void);

#endif
