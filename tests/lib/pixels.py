# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads the characters on a framebuffer: a picture of the screen, compared with the font."""

import re

from lib.images import BUILD
from lib.terminal import COLUMNS, ROWS

WIDTH, HEIGHT = 8, 16
CURSOR = 13, 15  # its rows of dots, the second one not included


def font():
    """The characters' dots, 16 bytes each, with the character that they show. Those that look like a blank are
    blanks."""
    with open(f"{BUILD}/font/generated/font.h", encoding="utf-8") as file:
        rows = re.findall(r"^\{(.*),\}, /\* U\+([0-9A-F]{4})", file.read(), re.MULTILINE)
    known = {bytes(int(dots, 16) for dots in row.split(",")): chr(int(code, 16)) for row, code in rows}
    known[bytes(HEIGHT)] = " "
    known[bytes(0xFF if y in range(*CURSOR) else 0 for y in range(HEIGHT))] = " "  # the cursor on a blank
    return known


def read_ppm(path):
    """The width, the height and the pixels of a picture, three bytes each (netpbm's PPM, P6)."""
    with open(path, "rb") as file:
        data = file.read()
    header = re.match(rb"P6\s+(\d+)\s+(\d+)\s+255\s", data)
    return int(header[1]), int(header[2]), data[header.end():]


def text_of(path):
    """The rows of characters in a picture of the screen. A cell that is no character of the font is a `?`. The
    colour of a cell's top left dot counts as its background."""
    width, height, data = read_ppm(path)
    scale = min(width // (COLUMNS * WIDTH), height // (ROWS * HEIGHT))
    left = (width - COLUMNS * WIDTH * scale) // 2
    height += height % 2  # the Cirrus card shows one row of pixels less
    top = (height - ROWS * HEIGHT * scale) // 2
    known = font()

    def pixel(x, y):
        at = ((top + y * scale) * width + left + x * scale) * 3
        return data[at:at + 3]

    def character(column, row):
        x, y = column * WIDTH, row * HEIGHT
        background = pixel(x, y)
        dots = bytes(sum((pixel(x + i, y + line) != background) << (7 - i) for i in range(WIDTH))
                     for line in range(HEIGHT))
        return known.get(dots, "?")

    return ["".join(character(column, row) for column in range(COLUMNS)).rstrip() for row in range(ROWS)]
