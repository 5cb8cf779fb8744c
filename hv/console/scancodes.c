/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hv/console/scancodes.h"

#include "lib/string.h"

#define RELEASED 0x80
#define EXTENDED 0xE0
#define PAUSE 0xE1 /* begins Pause, the only key of three codes; its release sends nothing */
/* The keyboard has lost codes: FF in set 1, 00 in set 2. The 8042 translates 00 to FF. */
#define OVERRUN 0x00
#define OVERRUN_TRANSLATED 0xFF

#define ESCAPE '\x1B'
#define ERASE '\x7F' /* the VT100's Delete sends it, and Unix expects it of Backspace */
#define CONTROL 0x1F /* mask: Ctrl clears the other bits of a character */

enum {
	KEY_CONTROL = 0x1D,
	KEY_LEFT_SHIFT = 0x2A,
	KEY_SLASH = 0x35,
	KEY_RIGHT_SHIFT = 0x36,
	KEY_ALT = 0x38,
	KEY_CAPS_LOCK = 0x3A,
	KEY_F1 = 0x3B,
	KEY_F10 = 0x44,
	KEY_NUM_LOCK = 0x45,
	KEYPAD_FIRST = 0x47,
	KEYPAD_LAST = 0x53,
	KEY_F11 = 0x57,
	KEY_F12 = 0x58,
	KEY_ENTER = 0x1C,
};

/* By scan code, from 0 up. A NUL is a key without a character. */
static const char plain[] =
    "\0\0331234567890-=\177\tqwertyuiop[]\r\0asdfghjkl;'`\0\\zxcvbnm,./\0*\0 ";
static const char shifted[] =
    "\0\033!@#$%^&*()_+\177\tQWERTYUIOP{}\r\0ASDFGHJKL:\"~\0|ZXCVBNM<>?\0*\0 ";
_Static_assert(sizeof(plain) == KEY_CAPS_LOCK + 1 && sizeof(shifted) == sizeof(plain), "layout");

/* The keypad, from KEYPAD_FIRST to KEYPAD_LAST. With Num Lock off, it has cursor keys. The separate
 * cursor keys of later keyboards send the same codes behind E0. */
static const char keypad_numbers[] = "789-456+1230.";
static const char *const keypad_keys[] = {
    "[H", "[A", "[5~", NULL, "[D", NULL, "[C", NULL, "[F", "[B", "[6~", "[2~", "[3~",
};

static const char *const function_keys[] = {
    "OP", "OQ", "OR", "OS", "[15~", "[17~", "[18~", "[19~", "[20~", "[21~",
};

static u32 escape(const char *sequence, char bytes[KEY_BYTES_MAX])
{
	if (!sequence)
		return 0;
	bytes[0] = ESCAPE;
	return 1 + strlcpy(bytes + 1, sequence, KEY_BYTES_MAX - 1);
}

/* Records that Shift, Ctrl or Alt is pressed or released. False if `key` is none of them. */
static bool set_modifier(struct keyboard *k, u8 key, bool down)
{
	switch (key) {
	case KEY_LEFT_SHIFT:
	case KEY_RIGHT_SHIFT:
		/* The keyboard inserts Shift codes behind E0 by itself, to compensate for Num
		 * Lock. */
		if (!k->extended)
			*(key == KEY_LEFT_SHIFT ? &k->left_shift : &k->right_shift) = down;
		return true;
	case KEY_CONTROL:
		*(k->extended ? &k->right_control : &k->left_control) = down;
		return true;
	case KEY_ALT:
		*(k->extended ? &k->right_alt : &k->left_alt) = down;
		return true;
	}
	return false;
}

/* Toggles Caps Lock or Num Lock, unless the code only repeats. False if `key` is neither. */
static bool toggle_lock(struct keyboard *k, u8 key, bool repeated)
{
	if (key == KEY_CAPS_LOCK)
		k->caps_lock ^= !repeated;
	else if (key == KEY_NUM_LOCK)
		k->numbers_off ^= !repeated;
	else
		return false;
	return true;
}

static bool is_letter(char c)
{
	return c >= 'a' && c <= 'z';
}

/* Ctrl with a letter, with the digits and signs for which a VT100 has a control character, and
 * Ctrl-Space. */
static char with_control(char c)
{
	if (c == ' ' || c == '2')
		return 0;
	if (c == '6')
		return '^' & CONTROL;
	if (c == '-' || c == '/')
		return '_' & CONTROL;
	return c >= '@' && c < ERASE ? c & CONTROL : c;
}

static u32 character(const struct keyboard *k, char unshifted, char upper, char *bytes)
{
	bool shift = k->left_shift || k->right_shift;
	u32 count = 0;

	if (!unshifted)
		return 0;
	if (is_letter(unshifted) && k->caps_lock)
		shift = !shift;
	if (k->left_alt || k->right_alt)
		bytes[count++] = ESCAPE;
	if (k->left_control || k->right_control)
		bytes[count++] = with_control(unshifted);
	else
		bytes[count++] = shift ? upper : unshifted;
	return count;
}

static u32 keypad(const struct keyboard *k, u8 key, char *bytes)
{
	char number = keypad_numbers[key - KEYPAD_FIRST];
	const char *other = keypad_keys[key - KEYPAD_FIRST];
	bool shift = k->left_shift || k->right_shift;

	if (k->extended || (other && k->numbers_off != shift))
		return escape(other, bytes);
	return character(k, number, number, bytes);
}

static u32 press(struct keyboard *k, u8 key, bool repeated, char *bytes)
{
	if (key >= KEYPAD_FIRST && key <= KEYPAD_LAST)
		return keypad(k, key, bytes);
	if (k->extended && key != KEY_ENTER && key != KEY_SLASH)
		return 0;
	if (toggle_lock(k, key, repeated))
		return 0;
	if (key >= KEY_F1 && key <= KEY_F10)
		return escape(function_keys[key - KEY_F1], bytes);
	if (key == KEY_F11 || key == KEY_F12)
		return escape(key == KEY_F11 ? "[23~" : "[24~", bytes);
	if (key >= sizeof(plain) - 1)
		return 0;
	return character(k, plain[key], k->extended ? plain[key] : shifted[key], bytes);
}

/* Records that a key is pressed or released. True if the code only repeats: no other key was
 * pressed since. The code of a release may get lost; then the key repeats until another one is
 * pressed. */
static bool record_key(struct keyboard *k, u8 key, bool down)
{
	bool repeated = down && k->pressed == key;

	if (down)
		k->pressed = key;
	else if (k->pressed == key)
		k->pressed = 0;
	return repeated;
}

/* True if the code belongs to Pause: E1 1D 45 or E1 9D C5. */
static bool is_pause(struct keyboard *k, u8 code)
{
	static const u8 codes[] = {KEY_CONTROL, KEY_NUM_LOCK};

	bool fits = k->pause && (code & ~RELEASED) == codes[k->pause - 1];

	if (code == PAUSE)
		k->pause = 1;
	else
		k->pause = fits && k->pause < ARRAY_SIZE(codes) ? k->pause + 1 : 0;
	return fits || code == PAUSE;
}

/* Codes were lost, perhaps those of releases: no key counts as held. */
static void forget_held(struct keyboard *k)
{
	*k = (struct keyboard){.caps_lock = k->caps_lock, .numbers_off = k->numbers_off};
}

u32 scancode_decode(struct keyboard *k, u8 code, char bytes[KEY_BYTES_MAX])
{
	u8 key = code & ~RELEASED;
	bool down = !(code & RELEASED), repeated;
	u32 count = 0;

	if (code == OVERRUN || code == OVERRUN_TRANSLATED) {
		forget_held(k);
	} else if (is_pause(k, code)) {
		k->extended = false;
	} else if (code == EXTENDED) {
		k->extended = true;
		return 0;
	} else {
		repeated = record_key(k, k->extended ? key | RELEASED : key, down);
		if (!set_modifier(k, key, down) && down)
			count = press(k, key, repeated, bytes);
	}
	k->extended = false;
	return count;
}
