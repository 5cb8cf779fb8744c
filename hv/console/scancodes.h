/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Translates scan codes of a PC's keyboard, US layout, to the bytes that a VT100's keyboard sends.
 * Scan codes are those of set 1 (IBM PC/XT); the 8042 translates the keyboard's own codes to these.
 */
#ifndef HV_SCANCODES_H
#define HV_SCANCODES_H

#include "lib/types.h"

#define KEY_BYTES_MAX 6u

/* The keys that are held down, and the state of an incomplete sequence of codes. Initially zero;
 * only scancodes.c writes it. */
struct keyboard {
	bool left_shift, right_shift, left_control, right_control, left_alt, right_alt;
	bool caps_lock, numbers_off; /* Num Lock is on initially */
	u8 pressed;                  /* the key pressed last, while it is held: it repeats */
	bool extended; /* the last code was E0, the prefix of keys that the PC/XT did not have */
	u8 pause;      /* number of codes of Pause that have arrived */
};

/* Processes one scan code. Writes the bytes of the key that it completes, and returns their number:
 * often 0. */
u32 scancode_decode(struct keyboard *k, u8 code, char bytes[KEY_BYTES_MAX]);

#endif
