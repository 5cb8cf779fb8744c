// SPDX-License-Identifier: GPL-2.0-or-later
/* The screen on a framebuffer in simulated memory: which modes can be used, and which pixels a
 * character changes. */
#include "tests/unit/native.h"

#include <stdlib.h>
#include <string.h>

#include "arch/x86/framebuffer.h"
#include "arch/x86/memory_map.h"
#include "hv/console/text_screen.h"
#include "mm/frame_map.h"

#define START 0x1000000u
#define FRAMES 0x1900u /* 25 MB */
#define GREY 0xAAAAAAu
#define SENTINEL 0x5A

static struct framebuffer_mode mode;

static struct framebuffer_mode usual(u32 width, u32 height, u32 bits)
{
	return (struct framebuffer_mode){.address = START,
					 .pitch = width * bits / 8 + 64,
					 .width = width,
					 .height = height,
					 .bits = bits,
					 .red = {16, 8},
					 .green = {8, 8},
					 .blue = {0, 8}};
}

static int start(void **state)
{
	(void)state;
	machine_start(FRAMES);
	memset(machine_memory, SENTINEL, FRAMES * FRAME_SIZE);
	mode = usual(640, 400, 32);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	machine_stop();
	return 0;
}

static void use(struct framebuffer_mode m)
{
	mode = m;
	assert_null(framebuffer_problem(&mode));
	framebuffer_use(&mode);
	text_screen_init(&framebuffer_display);
}

static void put(const char *text)
{
	while (*text)
		text_screen_put(*text++);
	text_screen_show();
}

static u32 pixel(u32 x, u32 y)
{
	const u8 *at = machine_memory + START + y * mode.pitch + x * mode.bits / 8;

	return at[0] | at[1] << 8 | at[2] << 16;
}

/* True if the square of dot (x, y) of a cell has this colour. `left`, `top`: of the first cell. */
static bool dot_is(u32 left, u32 top, u32 scale, u32 x, u32 y, u32 colour)
{
	for (u32 i = 0; i < scale * scale; i++)
		if (pixel(left + x * scale + i % scale, top + y * scale + i / scale) != colour)
			return false;
	return true;
}

static void refuses_what_it_cannot_show(void **state)
{
	struct {
		struct framebuffer_mode mode;
		const char *part;
	} bad[] = {
	    {usual(639, 400, 32), "smaller"},   {usual(640, 399, 32), "smaller"},
	    {usual(640, 400, 16), "24 nor 32"}, {usual(640, 400, 8), "24 nor 32"},
	    {usual(32769, 400, 32), "size"},    {usual(640, 32769, 32), "size"},
	    {usual(640, 400, 32), "size"},      {usual(640, 400, 24), "colours"},
	    {usual(640, 400, 32), "colours"},   {usual(640, 400, 32), "above"},
	    {usual(640, 400, 32), "above"},     {usual(32768, 32768, 32), "above"},
	    {usual(640, 400, 32), "address"},
	};

	(void)state;
	bad[6].mode.pitch = 2559;
	bad[7].mode.red.at = 17;
	bad[8].mode.blue.size = 0;
	bad[9].mode.address = 0x100000000;
	bad[12].mode.address = 0xFFFFFF;
	bad[11].mode.pitch = 32768 * 4;
	bad[10].mode.address = TOP_START - 400 * bad[10].mode.pitch + 1;
	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		const char *problem = framebuffer_problem(&bad[i].mode);

		if (!problem || !strstr(problem, bad[i].part))
			fail_msg("mode %u: \"%s\" lacks \"%s\"", i, problem ? problem : "(none)",
				 bad[i].part);
	}
	bad[10].mode.address--;
	assert_null(framebuffer_problem(&bad[10].mode));
}

/* The letter T of the font is a bar of seven dots in row 4, from dot 1 on, and a stem below it. */
static void shows_a_letter(u32 left, u32 top, u32 scale)
{
	put("\033[?25l\033[HT");
	for (u32 x = 0; x < 8; x++) {
		assert_true(dot_is(left, top, scale, x, 4, x ? GREY : 0));
		assert_true(dot_is(left, top, scale, x, 8, x == 4 ? GREY : 0));
		assert_true(dot_is(left, top, scale, x, 1, 0));
	}
}

static void cells_are_in_the_middle_and_as_large_as_fits(void **state)
{
	(void)state;
	use(usual(640, 400, 32));
	shows_a_letter(0, 0, 1);
	use(usual(801, 600, 32));
	shows_a_letter(80, 100, 1);
	use(usual(1280, 960, 32));
	shows_a_letter(0, 80, 2);
	use(usual(1300, 799, 24));
	shows_a_letter(330, 199, 1);
	use(usual(1366, 800, 24));
	shows_a_letter(43, 0, 2);
}

static void colours_are_those_of_vga(void **state)
{
	(void)state;
	use(mode);
	put("\033[?25l\033[H\033[31;47mT\033[33;44mT\033[1;36mT");
	assert_true(dot_is(0, 0, 1, 1, 4, 0xAA0000));
	assert_true(dot_is(0, 0, 1, 0, 4, GREY));
	assert_true(dot_is(8, 0, 1, 1, 4, 0xAA5500));
	assert_true(dot_is(8, 0, 1, 0, 4, 0x0000AA));
	assert_true(dot_is(16, 0, 1, 1, 4, 0x55FFFF));
}

static void colours_may_be_anywhere_in_a_pixel(void **state)
{
	(void)state;
	mode.red = (struct colour_bits){0, 5};
	mode.green = (struct colour_bits){5, 6};
	mode.blue = (struct colour_bits){12, 10};
	use(mode);
	put("\033[?25l\033[HT");
	assert_true(dot_is(0, 0, 1, 1, 4, 0xAA >> 3 | 0xAA >> 2 << 5 | 0xAA << 2 << 12));
}

static void the_cursor_is_two_rows_of_dots(void **state)
{
	(void)state;
	use(mode);
	put("\033[2;3H");
	for (u32 y = 0; y < 16; y++)
		assert_true(dot_is(16, 16, 1, 5, y, y == 13 || y == 14 ? GREY : 0));
	put("\033[1;1H");
	assert_true(dot_is(16, 16, 1, 5, 13, 0));
	assert_true(dot_is(0, 0, 1, 5, 13, GREY));
	put("\033[?25l");
	assert_true(dot_is(0, 0, 1, 5, 13, 0));
}

static void the_status_line_is_the_last_row(void **state)
{
	(void)state;
	use(mode);
	text_screen_status("T");
	text_screen_show();
	assert_true(dot_is(0, 24 * 16, 1, 0, 4, GREY));
	assert_true(dot_is(0, 24 * 16, 1, 1, 4, 0));
}

/* The number of cells of which some pixel is not the sentinel. */
static u32 cells_drawn(void)
{
	u32 drawn = 0;

	for (u32 cell = 0; cell < DISPLAY_ROWS * DISPLAY_COLUMNS; cell++)
		for (u32 i = 0; i < 8 * 16; i++)
			if (pixel(cell % DISPLAY_COLUMNS * 8 + i % 8,
				  cell / DISPLAY_COLUMNS * 16 + i / 8) != SENTINEL * 0x10101) {
				drawn++;
				break;
			}
	return drawn;
}

static void forget_pixels(void)
{
	memset(machine_memory + START, SENTINEL, framebuffer_size(&mode));
}

static void only_changed_cells_are_drawn(void **state)
{
	(void)state;
	use(mode);
	put("\033[?25l");
	for (u32 row = 0; row < 24; row++)
		put(row == 10 ? "abc\r\n" : "abd\r\n");
	forget_pixels();
	put("\n"); /* scrolls: "abc" was in row 9, and its neighbours change by one letter each */
	assert_int_equal(cells_drawn(), 2 + 3);
	forget_pixels();
	put("\033[Habd");
	assert_int_equal(cells_drawn(), 0);
}

static void nothing_beside_the_pixels_is_written(void **state)
{
	const u32 size = 800 * 3;

	(void)state;
	use(usual(800, 600, 24));
	forget_pixels();
	for (u32 i = 0; i < 3000; i++)
		text_screen_put('#');
	text_screen_show();
	for (u32 y = 0; y < 600; y++)
		assert_true(
		    all_bytes_are(machine_memory + START + y * mode.pitch + size, SENTINEL, 64));
	assert_true(all_bytes_are(machine_memory, SENTINEL, START));
	assert_true(all_bytes_are(machine_memory + START + framebuffer_size(&mode), SENTINEL,
				  FRAMES * FRAME_SIZE - START - framebuffer_size(&mode)));
}

/* With a stretch that is always spent, each part draws 4 cells. */
static void is_drawn_in_parts(void **state)
{
	u32 parts = 0;

	(void)state;
	use(mode);
	for (u32 i = 0; i < 24 * 80 - 1; i++)
		text_screen_put('#');
	text_screen_status("status");
	parts_left = 0;
	for (; text_screen_has_changed(); parts++) {
		forget_pixels();
		text_screen_show_part();
		assert_true(cells_drawn() <= 4 + 1); /* and the cursor */
		assert_true(parts < 25 * 20 + 2);
	}
	assert_true(parts >= 24 * 20);
}

/* A row that changes while it is drawn in parts is drawn again. */
static void a_change_between_parts_is_drawn(void **state)
{
	(void)state;
	use(mode);
	put("\033[?25l\033[H");
	for (u32 i = 0; i < 24 * 80 - 1; i++)
		text_screen_put('#');
	parts_left = 0;
	text_screen_show_part();
	text_screen_show_part();
	assert_true(dot_is(0, 0, 1, 0, 1, 0));
	for (const char *c = "\033[H\033[7m "; *c; c++)
		text_screen_put(*c);
	while (text_screen_has_changed())
		text_screen_show_part();
	assert_true(dot_is(0, 0, 1, 0, 1, GREY));
}

/* A guest that writes to the first row all the time holds up no other row. */
static void every_row_has_its_turn(void **state)
{
	(void)state;
	use(mode);
	put("\033[?25l");
	parts_left = 0;
	for (const char *c = "\033[24;1H\033[7m \033[m"; *c; c++)
		text_screen_put(*c);
	text_screen_status("\xDB");
	for (u32 i = 0; i < 4 * 25 * 20; i++) {
		for (const char *c = i % 2 ? "\033[Ha" : "\033[Hb"; *c; c++)
			text_screen_put(*c);
		text_screen_show_part();
	}
	assert_true(dot_is(0, 23 * 16, 1, 0, 1, GREY));
	assert_true(dot_is(0, 24 * 16, 1, 0, 1, 0));
}

#define FRAMEBUFFER_TEST(test) cmocka_unit_test_setup_teardown(test, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    FRAMEBUFFER_TEST(refuses_what_it_cannot_show),
	    FRAMEBUFFER_TEST(cells_are_in_the_middle_and_as_large_as_fits),
	    FRAMEBUFFER_TEST(colours_are_those_of_vga),
	    FRAMEBUFFER_TEST(colours_may_be_anywhere_in_a_pixel),
	    FRAMEBUFFER_TEST(the_cursor_is_two_rows_of_dots),
	    FRAMEBUFFER_TEST(the_status_line_is_the_last_row),
	    FRAMEBUFFER_TEST(only_changed_cells_are_drawn),
	    FRAMEBUFFER_TEST(nothing_beside_the_pixels_is_written),
	    FRAMEBUFFER_TEST(is_drawn_in_parts),
	    FRAMEBUFFER_TEST(a_change_between_parts_is_drawn),
	    FRAMEBUFFER_TEST(every_row_has_its_turn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
