// SPDX-License-Identifier: GPL-2.0-or-later
/* The screen with simulated registers and memory: it shows its text after any state that a boot
 * loader leaves. */
#include "tests/unit/native.h"

#include <stdlib.h>
#include <string.h>

#include "arch/x86/io.h"
#include "arch/x86/vga.h"
#include "hv/console/text_screen.h"
#include "mm/frame_map.h"

#define TEXT_BUFFER 0xB8000u
#define FRAMES 0xC0u
#define ROWS 25u
#define REGISTERS 256u

#define MISCELLANEOUS 0x3CC
#define SEQUENCER 0x3C4
#define GRAPHICS 0x3CE
#define CRTC 0x3D4
#define ATTRIBUTE 0x3C0
#define STATUS 0x3DA

#define GARBAGE 0xCA

struct group {
	u8 index;
	u8 value[REGISTERS];
};

static struct {
	struct group sequencer, graphics, crtc, attribute;
	bool attribute_data; /* the next write to the port is a value, not an index */
	u8 miscellaneous, dac_mask;
	u8 dac[REGISTERS * 3];
	u32 dac_at;
} card;

static struct group *group_at(u16 port)
{
	switch (port) {
	case SEQUENCER:
		return &card.sequencer;
	case GRAPHICS:
		return &card.graphics;
	case CRTC:
		return &card.crtc;
	}
	return NULL;
}

static void write_attribute(u8 value)
{
	if (card.attribute_data)
		card.attribute.value[card.attribute.index & 0x1F] = value;
	else
		card.attribute.index = value;
	card.attribute_data = !card.attribute_data;
}

void outb(u16 port, u8 value)
{
	if (group_at(port))
		group_at(port)->index = value;
	else if (group_at(port - 1))
		group_at(port - 1)->value[group_at(port - 1)->index] = value;
	else if (port == ATTRIBUTE)
		write_attribute(value);
	else if (port == 0x3C2)
		card.miscellaneous = value;
	else if (port == 0x3C6)
		card.dac_mask = value;
	else if (port == 0x3C8)
		card.dac_at = value * 3;
	else if (port == 0x3C9)
		card.dac[card.dac_at++] = value;
	else
		fail_msg("port %x is written %x", port, value);
}

u8 inb(u16 port)
{
	if (port == STATUS)
		card.attribute_data = false;
	if (port == MISCELLANEOUS)
		return card.miscellaneous;
	return group_at(port - 1) ? group_at(port - 1)->value[group_at(port - 1)->index] : 0;
}

void outw(u16 port, u16 value)
{
	fail_msg("port %x is written %x", port, value);
}

u16 inw(u16 port)
{
	fail_msg("port %x is read", port);
	return 0;
}

/* Timings and height are the firmware's: 16 lines a character, 9 dots. */
static int start(void **state)
{
	(void)state;
	machine_start(FRAMES);
	memset(&card, GARBAGE, sizeof(card));
	card.attribute_data = true;
	card.crtc.value[0x09] = 0x0F;
	card.sequencer.value[0x01] = 0x00;
	text_screen_init(&vga_display);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	machine_stop();
	return 0;
}

static u16 cell(u32 row, u32 column)
{
	return ((u16 *)(machine_memory + TEXT_BUFFER))[row * DISPLAY_COLUMNS + column];
}

static void put(const char *text)
{
	while (*text)
		text_screen_put(*text++);
	text_screen_show();
}

static void screen_begins_at_the_buffer(void **state)
{
	const u8 *crtc = card.crtc.value;

	(void)state;
	assert_int_equal(crtc[0x0C] << 8 | crtc[0x0D], 0);
	assert_int_equal(crtc[0x08], 0);
	assert_int_equal(crtc[0x13], DISPLAY_COLUMNS / 2);
	assert_int_equal(card.graphics.value[0x06] & 0x0C, 0x0C);
	assert_int_equal(card.miscellaneous & 3, 3);
}

/* Line compare has ten bits in three registers; the rest of those is the firmware's. */
static void nothing_splits_the_screen(void **state)
{
	(void)state;
	assert_int_equal(card.crtc.value[0x18], 0xFF);
	assert_int_equal(card.crtc.value[0x07], GARBAGE | 0x10);
	assert_int_equal(card.crtc.value[0x09], 0x4F);
}

static void colours_are_the_usual_ones(void **state)
{
	static const u8 red[] = {0x2A, 0, 0}, brown[] = {0x2A, 0x15, 0},
			white[] = {0x3F, 0x3F, 0x3F};
	const u8 *attribute = card.attribute.value;

	(void)state;
	assert_memory_equal(&card.dac[attribute[4] * 3], red, sizeof(red));
	assert_memory_equal(&card.dac[attribute[6] * 3], brown, sizeof(brown));
	assert_memory_equal(&card.dac[attribute[15] * 3], white, sizeof(white));
	assert_int_equal(attribute[0x10], 0x0C);
	assert_int_equal(attribute[0x13], 0x08);
	assert_int_equal(card.dac_mask, 0xFF);
	assert_true(card.attribute.index & 0x20); /* the screen is on */
}

static void horizontal_panning_is_0(void **state)
{
	(void)state;
	card.sequencer.value[0x01] = 0x01;
	text_screen_init(&vga_display);
	assert_int_equal(card.attribute.value[0x13], 0);
}

static void the_cursor_is_two_lines_at_its_place(void **state)
{
	const u8 *crtc = card.crtc.value;

	(void)state;
	put("\033[3;5H");
	assert_int_equal(crtc[0x0A], 0x0D);
	assert_int_equal(crtc[0x0B], 0x0E);
	assert_int_equal(crtc[0x0E] << 8 | crtc[0x0F], 2 * DISPLAY_COLUMNS + 4);
	put("\033[?25l");
	assert_int_equal(crtc[0x0A] & 0x20, 0x20);
	put("\033[?25h");
	assert_int_equal(crtc[0x0A], 0x0D);
}

static void rows_are_drawn_where_they_are(void **state)
{
	(void)state;
	text_screen_status("status");
	put("a\r\nb\r\nc\033[31m\033[H\033M\033[24;80Hx");
	assert_int_equal(cell(0, 0), 0x0720);
	assert_int_equal(cell(1, 0), 0x0761);
	assert_int_equal(cell(3, 0), 0x0763);
	assert_int_equal(cell(23, 79), 0x0478);
	assert_int_equal(cell(ROWS - 1, 0), 0x7073);
	assert_int_equal(cell(ROWS - 1, 79), 0x7020);
	assert_false(text_screen_has_changed());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define VGA_TEST(test) cmocka_unit_test_setup_teardown(test, start, stop)
	    VGA_TEST(screen_begins_at_the_buffer),          VGA_TEST(nothing_splits_the_screen),
	    VGA_TEST(colours_are_the_usual_ones),           VGA_TEST(horizontal_panning_is_0),
	    VGA_TEST(the_cursor_is_two_lines_at_its_place), VGA_TEST(rows_are_drawn_where_they_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
