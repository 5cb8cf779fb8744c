/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IBM VGA technical reference: five groups of registers behind pairs of ports, index and value.
 * Values are those of mode 3, "Color text", 80 columns.
 */
#include "arch/x86/vga_registers.h"

#include "arch/x86/io.h"

#define MISCELLANEOUS_READ 0x3CC
#define MISCELLANEOUS_WRITE 0x3C2
#define MISCELLANEOUS_COLOUR 0x01 /* the CRTC is at 3D4, and not at 3B4 */
#define MISCELLANEOUS_MEMORY 0x02 /* the CPU can reach the card's memory */

#define NO_CARD 0xFF

#define SEQUENCER_INDEX 0x3C4
#define SEQUENCER_CLOCKING 0x01
#define CLOCKING_8_DOTS 0x01

#define GRAPHICS_INDEX 0x3CE
#define GRAPHICS_BIT_MASK 0x08
#define ALL_BITS 0xFF
#define PATTERN 0x5A /* for the bit mask, which vga_registers_init sets */

#define CRTC_INDEX 0x3D4
#define CRTC_OVERFLOW 0x07
#define OVERFLOW_LINE_COMPARE_8 0x10
#define CRTC_CHARACTER_HEIGHT 0x09
#define HEIGHT_BITS 0x1F /* of the last scan line's number */
#define HEIGHT_LINE_COMPARE_9 0x40
#define CRTC_CURSOR_START 0x0A
#define CURSOR_OFF 0x20
#define CRTC_CURSOR_END 0x0B
#define CRTC_CURSOR_HIGH 0x0E
#define CRTC_CURSOR_LOW 0x0F
#define CURSOR_ABOVE_END 2u /* mode 3: scan lines 13 and 14 of 16 */

/* One port for index and value; a read of the status makes the index next. */
#define INPUT_STATUS 0x3DA
#define ATTRIBUTE 0x3C0
#define ATTRIBUTE_SCREEN_ON 0x20 /* in the index: the palette is not being changed */
#define ATTRIBUTE_PANNING 0x13
#define PANNING_9_DOTS 0x08 /* no panning: for 8 dots the value is 0 */
#define PALETTE_SIZE 16u

#define DAC_MASK 0x3C6
#define DAC_WRITE_INDEX 0x3C8
#define DAC_DATA 0x3C9
#define DAC_DARK 0x2A /* of 3F */
#define DAC_BRIGHT 0x15
#define BROWN 6 /* dark yellow with half its green */

struct setting {
	u8 index, value;
};

static const struct setting sequencer[] = {
    {0x02, 0x03}, /* map mask: characters and attributes */
    {0x03, 0x00}, /* the first font */
    {0x04, 0x02}, /* odd and even addresses to different maps */
};

static const struct setting graphics[] = {
    {0x00, 0x00}, {0x01, 0x00}, {0x03, 0x00}, /* set/reset, rotate: what is written is stored */
    {0x04, 0x00}, {0x05, 0x10}, {0x06, 0x0E}, /* odd/even, memory at B8000 */
    {0x08, 0xFF},                             /* all bits can be written */
};

static const struct setting crtc[] = {
    {0x08, 0x00},               /* preset row scan: no smooth scrolling */
    {0x0C, 0x00}, {0x0D, 0x00}, /* start address */
    {0x13, 0x28},               /* a row is 80 cells */
    {0x14, 0x1F},               /* underline: below the character; byte addresses */
    {0x17, 0xA3},               /* word mode, running */
    {0x18, 0xFF}, /* line compare: beyond the last line, so nothing splits the screen */
};

static const struct setting attributes[] = {
    {0x10, 0x0C}, /* blinking, lines join */
    {0x12, 0x0F}, /* all four planes */
    {0x14, 0x00}, /* the palette's own colours */
};

static void write(u16 port, u8 index, u8 value)
{
	outb(port, index);
	outb(port + 1, value);
}

static u8 read(u16 port, u8 index)
{
	outb(port, index);
	return inb(port + 1);
}

/* An empty port reads as all ones. Before a VGA, these registers cannot be read. */
bool vga_is_present(void)
{
	bool kept;

	if (inb(MISCELLANEOUS_READ) == NO_CARD)
		return false;
	write(GRAPHICS_INDEX, GRAPHICS_BIT_MASK, PATTERN);
	kept = read(GRAPHICS_INDEX, GRAPHICS_BIT_MASK) == PATTERN;
	write(GRAPHICS_INDEX, GRAPHICS_BIT_MASK, ALL_BITS);
	return kept;
}

static void write_all(u16 port, const struct setting *settings, u32 count)
{
	for (u32 i = 0; i < count; i++)
		write(port, settings[i].index, settings[i].value);
}

static void write_attribute(u8 index, u8 value)
{
	inb(INPUT_STATUS);
	outb(ATTRIBUTE, index);
	outb(ATTRIBUTE, value);
}

/* Entry `colour` of the palette leads to an entry of the DAC: bright colours to 38 to 3F, brown to
 * 14. */
static u8 dac_entry(u32 colour)
{
	if (colour == BROWN)
		return 0x14;
	return colour < 8 ? colour : 0x38 | (colour & 7);
}

static void set_dac(u32 colour)
{
	u32 bright = colour & 8 ? DAC_BRIGHT : 0;

	outb(DAC_WRITE_INDEX, dac_entry(colour));
	outb(DAC_DATA, bright + (colour & 4 ? DAC_DARK : 0));
	outb(DAC_DATA, bright + (colour == BROWN ? DAC_BRIGHT : colour & 2 ? DAC_DARK : 0));
	outb(DAC_DATA, bright + (colour & 1 ? DAC_DARK : 0));
}

static void set_colours(void)
{
	bool eight_dots = read(SEQUENCER_INDEX, SEQUENCER_CLOCKING) & CLOCKING_8_DOTS;

	outb(DAC_MASK, 0xFF);
	for (u32 colour = 0; colour < PALETTE_SIZE; colour++) {
		set_dac(colour);
		write_attribute(colour, dac_entry(colour));
	}
	for (u32 i = 0; i < ARRAY_SIZE(attributes); i++)
		write_attribute(attributes[i].index, attributes[i].value);
	write_attribute(ATTRIBUTE_PANNING, eight_dots ? 0 : PANNING_9_DOTS);
	inb(INPUT_STATUS);
	outb(ATTRIBUTE, ATTRIBUTE_SCREEN_ON);
}

/* Two bits of the line compare are in registers whose other bits must stay the firmware's. */
static void set_crtc_bits(u8 index, u8 bits)
{
	write(CRTC_INDEX, index, read(CRTC_INDEX, index) | bits);
}

static void set_cursor_shape(void)
{
	u8 last = read(CRTC_INDEX, CRTC_CHARACTER_HEIGHT) & HEIGHT_BITS;

	write(CRTC_INDEX, CRTC_CURSOR_END, last ? last - 1 : 0);
}

void vga_registers_init(void)
{
	outb(MISCELLANEOUS_WRITE,
	     inb(MISCELLANEOUS_READ) | MISCELLANEOUS_COLOUR | MISCELLANEOUS_MEMORY);
	write_all(SEQUENCER_INDEX, sequencer, ARRAY_SIZE(sequencer));
	write_all(GRAPHICS_INDEX, graphics, ARRAY_SIZE(graphics));
	write_all(CRTC_INDEX, crtc, ARRAY_SIZE(crtc));
	set_crtc_bits(CRTC_OVERFLOW, OVERFLOW_LINE_COMPARE_8);
	set_crtc_bits(CRTC_CHARACTER_HEIGHT, HEIGHT_LINE_COMPARE_9);
	set_cursor_shape();
	vga_cursor_off();
	set_colours();
}

void vga_cursor_on(u32 at)
{
	u8 last = read(CRTC_INDEX, CRTC_CHARACTER_HEIGHT) & HEIGHT_BITS;

	write(CRTC_INDEX, CRTC_CURSOR_START, last > CURSOR_ABOVE_END ? last - CURSOR_ABOVE_END : 0);
	write(CRTC_INDEX, CRTC_CURSOR_HIGH, at >> 8);
	write(CRTC_INDEX, CRTC_CURSOR_LOW, at & 0xFF);
}

void vga_cursor_off(void)
{
	write(CRTC_INDEX, CRTC_CURSOR_START, CURSOR_OFF);
}
