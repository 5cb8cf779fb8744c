/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keys of a PC's keyboard, US layout, as the bytes that a VT100's keyboard would send. Scan codes are
 * those of set 1 (IBM PC/XT), into which the 8042 translates what keyboards send today.
 */
#ifndef ARCH_X86_SCANCODES_H
#define ARCH_X86_SCANCODES_H

#include "lib/types.h"

#define KEY_BYTES_MAX 6u

/* What is held down, and where in a sequence of codes we are. Zero is the start. */
struct keyboard {
	bool left_shift, right_shift, left_control, right_control, left_alt, right_alt;
	bool caps_lock, numbers_off; /* Num Lock is on at first */
	u8 pressed;                  /* the key pressed last, until it is let go: it repeats */
	bool extended;               /* after E0: the keys that the PC/XT did not have */
	u8 pause;                    /* codes of Pause that have come */
};

/* Takes one scan code, writes the bytes of the key that it completes. Returns how many: often 0. */
u32 scancode_decode(struct keyboard *k, u8 code, char bytes[KEY_BYTES_MAX]);

#endif
