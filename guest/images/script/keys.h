/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keys, from the console device. */
#ifndef SCRIPT_KEYS_H
#define SCRIPT_KEYS_H

#include "lib/types.h"

/* Takes the device into use; false if there is none. */
bool keys_start(void);

/* The next key; sleeps until there is one. Interrupts must be off. */
char keys_next(void);

/* True if Ctrl-C has been typed: it and the keys in front of it are then taken. */
bool keys_take_stop(void);

#endif
