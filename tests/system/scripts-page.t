#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The example in docs/scripts.md prints the lines on the page. The page's tables have every step and expectation."""

import os
import re
import sys

from lib import images, machine, tap, verdict

PAGE = "docs/scripts.md"
SOURCES = {"step": "guest/images/script/steps.c", "expectation": "guest/images/script/expect.c"}


def blocks(text):
    """The indented blocks of a Markdown text, without their indentation."""
    found = re.findall(r"(?:^(?: {4}.*|)\n)+", text, re.MULTILINE)
    return [re.sub(r"^ {4}", "", block, flags=re.MULTILINE).strip() for block in found
            if block.strip()]


def play(script):
    path = f"{images.BUILD}/tests/example.txt"
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(script + "\n")
    image = images.image_of_script(path)
    boot = machine.boot_kernel(f"{images.BUILD}/tests/scripts-page.log", image.modules)
    return image, verdict.lives_of(boot.lines())


def rows(page, heading):
    """The first word of every row in the table with this heading."""
    table = page.split(f"| {heading} |", 1)[1].split("\n\n", 1)[0]
    prefix = "expect " if heading == "expectation" else ""
    return set(re.findall(r"^\| `%s(\w+)" % prefix, table, re.MULTILINE))


def words(source):
    """The first word of every row in a table of the C file."""
    return set(re.findall(r'^    {"(\w+)", ', images.read(source), re.MULTILINE))


def main(writer):
    page = images.read(PAGE)
    example, printed = blocks(page.split("## An example", 1)[1])[:2]
    image, lives = play(example)
    problems = verdict.guest_problems(image, lives)
    writer.result(not problems, "the example in docs/scripts.md passes", problems)
    lines = lives[0].lines if lives else []
    writer.result(lines == printed.split("\n"), "the example prints the lines that the page shows", lines)
    for heading, source in SOURCES.items():
        known, described = words(source), rows(page, heading)
        writer.result(known and known == described, f"docs/scripts.md has every {heading}",
                      [f"in {source}: {known}", f"on the page: {described}"])


sys.exit(tap.run(main))
