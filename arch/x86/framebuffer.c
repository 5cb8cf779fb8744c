// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * 1. Modes
 * 2. Colours
 * 3. Cells
 */
#include "arch/x86/framebuffer.h"

#include "arch/x86/memory_map.h"
#include "generated/font.h"
#include "lib/min_max.h"
#include "lib/string.h"
#include "mm/frame_map.h"

#define CELL_WIDTH 8u
#define CELL_HEIGHT 16u
#define COLUMNS_WIDTH (DISPLAY_COLUMNS * CELL_WIDTH) /* 640 */
#define ROWS_HEIGHT (DISPLAY_ROWS * CELL_HEIGHT)     /* 400 */
#define SCALE_MAX 8u
#define SIDE_MAX 32768u /* pixels; so the size of a framebuffer does not overflow 64 bits */

#define ADDRESS_LEAST (16 * MIB) /* below it are the image, and what an old firmware uses */

#define COLOURS 16u
#define CURSOR_FIRST 13u /* dot rows of the cursor, as on a VGA card */
#define CURSOR_LAST 14u

/* Dots of the characters of code page 437. */
static const u8 font[256][CELL_HEIGHT] = FONT;

static struct {
	u8 *start;  /* the pixel at the top left of the cells */
	u32 pitch;  /* bytes */
	u32 scale;  /* pixels of a dot's side */
	u32 bytes;  /* of a pixel: 3 or 4 */
	u32 size;   /* bytes of the whole framebuffer */
	u8 *all;    /* from its start on */
	u32 cursor; /* its position, or DISPLAY_CURSOR_HIDDEN */
	u32 pixels[COLOURS];
	u16 shown[DISPLAY_ROWS * DISPLAY_COLUMNS]; /* the cells on the screen */
} fb;

/* -- 1. Modes ---------------------------------------------------------------------------------- */

static u32 pixel_bytes(const struct framebuffer_mode *mode)
{
	return mode->bits / 8;
}

static bool is_colour_good(const struct framebuffer_mode *mode, struct colour_bits colour)
{
	return colour.size >= 1 && colour.size <= 16 && colour.at <= mode->bits - colour.size;
}

const char *framebuffer_problem(const struct framebuffer_mode *mode)
{
	if (mode->bits != 24 && mode->bits != 32)
		return "it has neither 24 nor 32 bits for a pixel";
	if (mode->width < COLUMNS_WIDTH || mode->height < ROWS_HEIGHT)
		return "it is smaller than 640 x 400 pixels";
	if (mode->width > SIDE_MAX || mode->height > SIDE_MAX ||
	    mode->pitch < mode->width * pixel_bytes(mode) || mode->pitch > SIDE_MAX * 4)
		return "its size makes no sense";
	if (!is_colour_good(mode, mode->red) || !is_colour_good(mode, mode->green) ||
	    !is_colour_good(mode, mode->blue))
		return "its colours make no sense";
	if (mode->address < ADDRESS_LEAST)
		return "its address makes no sense";
	if (mode->address > TOP_START ||
	    (u64)mode->pitch * mode->height > TOP_START - mode->address)
		return "it lies above the addresses that Umbra can reach";
	return NULL;
}

u32 framebuffer_size(const struct framebuffer_mode *mode)
{
	return mode->pitch * mode->height;
}

/* -- 2. Colours -------------------------------------------------------------------------------- */

/* The colours of VGA's text mode, from 0 to 255, in the order of attributes: blue, green, red, and
 * bright; dark yellow has half its green, and so is brown. */
static u32 intensity(u32 colour, u32 bit)
{
	u32 bright = colour & 8 ? 0x55 : 0;

	if (colour == 6 && bit == 2)
		return 0x55;
	return bright + (colour & bit ? 0xAA : 0);
}

static u32 component(struct colour_bits bits, u32 value)
{
	u32 scaled = bits.size >= 8 ? value << (bits.size - 8) : value >> (8 - bits.size);

	return scaled << bits.at;
}

static u32 pixel_of(const struct framebuffer_mode *mode, u32 colour)
{
	return component(mode->red, intensity(colour, 4)) |
	       component(mode->green, intensity(colour, 2)) |
	       component(mode->blue, intensity(colour, 1));
}

void framebuffer_use(const struct framebuffer_mode *mode)
{
	u32 wide = mode->width / COLUMNS_WIDTH, high = mode->height / ROWS_HEIGHT;
	u32 left, top;

	fb.scale = min_u32(min_u32(wide, high), SCALE_MAX);
	fb.bytes = pixel_bytes(mode);
	fb.pitch = mode->pitch;
	left = (mode->width - fb.scale * COLUMNS_WIDTH) / 2;
	top = (mode->height - fb.scale * ROWS_HEIGHT) / 2;
	fb.all = (u8 *)machine_bytes(to_paddr((u32)mode->address));
	fb.size = framebuffer_size(mode);
	fb.start = fb.all + top * fb.pitch + left * fb.bytes;
	for (u32 colour = 0; colour < COLOURS; colour++)
		fb.pixels[colour] = pixel_of(mode, colour);
}

/* -- 3. Cells ---------------------------------------------------------------------------------- */

#define LINE_BYTES (CELL_WIDTH * SCALE_MAX * sizeof(u32))

/* Makes the pixels of one row of dots. Each is stored with four bytes: of one with three bytes, the
 * last is overwritten by the next pixel, or lies behind the line. */
static void fill_line(u8 *line, u8 dots, u32 colour, u32 background)
{
	for (u32 dot = 0; dot < CELL_WIDTH; dot++, dots <<= 1) {
		u32 pixel = dots & 0x80 ? colour : background;

		for (u32 i = 0; i < fb.scale; i++, line += fb.bytes)
			memcpy(line, &pixel, sizeof(pixel));
	}
}

static u8 dots_of(u16 cell, u32 row, bool cursor)
{
	bool all = cursor && row >= CURSOR_FIRST && row <= CURSOR_LAST;

	return all ? 0xFF : font[cell & 0xFF][row];
}

/* Many rows of a character have the same dots as the row above. */
static void draw_cell(u32 at, u16 cell, bool cursor)
{
	u8 line[LINE_BYTES + 1] ALIGNED(4);
	u32 width = CELL_WIDTH * fb.scale * fb.bytes, filled = UINT32_MAX;
	u8 *to = fb.start + at / DISPLAY_COLUMNS * CELL_HEIGHT * fb.scale * fb.pitch +
		 at % DISPLAY_COLUMNS * width;

	for (u32 row = 0; row < CELL_HEIGHT; row++) {
		u8 dots = dots_of(cell, row, cursor);

		if (dots != filled)
			fill_line(line, dots, fb.pixels[cell >> 8 & 0xF],
				  fb.pixels[cell >> 12 & 7]);
		filled = dots;
		for (u32 i = 0; i < fb.scale; i++, to += fb.pitch)
			memcpy(to, line, width);
	}
}

static void framebuffer_show(u32 at, const u16 *cells, u32 count)
{
	for (u32 i = 0; i < count; i++, at++) {
		if (fb.shown[at] == cells[i])
			continue;
		fb.shown[at] = cells[i];
		draw_cell(at, cells[i], at == fb.cursor);
	}
}

static void framebuffer_show_cursor(u32 at)
{
	u32 before = fb.cursor;

	fb.cursor = at;
	if (before != DISPLAY_CURSOR_HIDDEN)
		draw_cell(before, fb.shown[before], false);
	if (at != DISPLAY_CURSOR_HIDDEN)
		draw_cell(at, fb.shown[at], true);
}

/* Black: cells of all zero bits. */
static void framebuffer_init(void)
{
	memset(fb.all, 0, fb.size);
	memset(fb.shown, 0, sizeof(fb.shown));
	fb.cursor = DISPLAY_CURSOR_HIDDEN;
}

const struct display framebuffer_display = {
    .init = framebuffer_init,
    .show = framebuffer_show,
    .show_cursor = framebuffer_show_cursor,
};
