/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Intel 8042 as IBM put it into the PC AT (IBM PC AT technical reference, "Keyboard
 * controller"). */
#include "arch/x86/keyboard.h"

#include "arch/x86/io.h"

#define DATA 0x60
#define STATUS 0x64  /* read */
#define COMMAND 0x64 /* written */

#define STATUS_OUTPUT_FULL 0x01 /* a byte can be read */
#define STATUS_INPUT_FULL 0x02  /* the byte written last has not been taken */
#define STATUS_FROM_MOUSE 0x20
#define NO_CONTROLLER 0xFF

#define COMMAND_READ_CONFIGURATION 0x20
#define COMMAND_WRITE_CONFIGURATION 0x60
#define COMMAND_DISABLE_MOUSE 0xA7
#define COMMAND_DISABLE_KEYBOARD 0xAD
#define COMMAND_ENABLE_KEYBOARD 0xAE

#define CONFIGURATION_KEYBOARD_INTERRUPT 0x01
#define CONFIGURATION_MOUSE_INTERRUPT 0x02
#define CONFIGURATION_KEYBOARD_OFF 0x10
#define CONFIGURATION_TRANSLATE 0x40 /* into scan codes of set 1 */

#define KEYBOARD_ENABLE 0xF4

/* A controller answers within some milliseconds; each read of a port takes about a microsecond. */
#define PATIENCE 50000
#define READS_MAX 10
#define LEFT_OVER_MAX                                                                              \
	32 /* bytes from before keyboard_init; a controller holds 1, an emulated one 16 */

/* Waits for one bit of the status to be as wanted. */
static bool wait_for(u8 bit, bool wanted)
{
	for (u32 i = 0; i < PATIENCE; i++)
		if (!(inb(STATUS) & bit) != wanted)
			return true;
	return false;
}

static bool command(u8 number)
{
	if (!wait_for(STATUS_INPUT_FULL, false))
		return false;
	outb(COMMAND, number);
	return true;
}

static bool send(u8 byte)
{
	if (!wait_for(STATUS_INPUT_FULL, false))
		return false;
	outb(DATA, byte);
	return true;
}

static bool receive(u8 *byte)
{
	if (!wait_for(STATUS_OUTPUT_FULL, true))
		return false;
	*byte = inb(DATA);
	return true;
}

static void throw_away(void)
{
	for (u32 i = 0; i < LEFT_OVER_MAX && inb(STATUS) & STATUS_OUTPUT_FULL; i++)
		inb(DATA);
}

static bool read_once(u8 *configuration)
{
	return command(COMMAND_READ_CONFIGURATION) && receive(configuration);
}

/* Reads it until two readings are equal: a byte of the keyboard's may come instead, and some
 * controllers give a wrong answer at times. */
static bool read_configuration(u8 *configuration)
{
	u8 before;

	if (!read_once(configuration))
		return false;
	for (u32 i = 1; i < READS_MAX; i++) {
		before = *configuration;
		if (!read_once(configuration))
			return false;
		if (*configuration == before)
			return true;
	}
	return false;
}

/* No self-tests: after one, some firmware no longer shows a USB keyboard here. */
static bool configure(void)
{
	u8 configuration;

	command(COMMAND_DISABLE_KEYBOARD);
	command(COMMAND_DISABLE_MOUSE);
	throw_away();
	if (!read_configuration(&configuration))
		return false;
	configuration |= CONFIGURATION_KEYBOARD_INTERRUPT | CONFIGURATION_TRANSLATE;
	configuration &= ~(CONFIGURATION_MOUSE_INTERRUPT | CONFIGURATION_KEYBOARD_OFF);
	return command(COMMAND_WRITE_CONFIGURATION) && send(configuration);
}

bool keyboard_init(void)
{
	u8 answer;

	if (inb(STATUS) == NO_CONTROLLER)
		return false;
	/* If the configuration cannot be read, the firmware's stays, which may work. */
	configure();
	command(COMMAND_ENABLE_KEYBOARD);
	if (send(KEYBOARD_ENABLE))
		receive(&answer);
	throw_away();
	return true;
}

bool keyboard_read(u8 *code)
{
	u8 status = inb(STATUS);

	if (!(status & STATUS_OUTPUT_FULL) || status == NO_CONTROLLER)
		return false;
	*code = inb(DATA);
	return !(status & STATUS_FROM_MOUSE);
}
