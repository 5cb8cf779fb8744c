#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every test image and script has a header of the form in docs/tests.md, and the index there is the one that
`make docs` generates from the headers."""

import itertools
import os
import sys


from lib import headers
from lib import images
from lib import tap

SAMPLE = f"{images.BUILD}/tests/header"
GOOD = ["/* SPDX */", "/*", " * Behaviour: a guarantee,", " * in two lines.", " *", " * Reason: it matters.",
        " *", " * Method: a trial.", " *", " * Cases:", " *\tone", " *", " * Expect: shut down", " */"]
SHOWN_MAX = 20

# A line of GOOD, its wrong replacement, and the mistake that must be found.
MISTAKES = [
    (GOOD[2], " * Behavior: a guarantee,", "must be `Behaviour: ...`"),
    (GOOD[2], " * Behaviour:", "must be `Behaviour: ...`"),
    (GOOD[3], " * in two lines", "not a sentence with a full stop"),
    (GOOD[5], " * Method: a trial.", "must be `Reason: ...`"),
    (GOOD[7], " */", "has no paragraph `Method: ...`"),
    (GOOD[9], " * Remark:", "neither a declaration"),
    (GOOD[12], " * Expects: shut down", "nothing says how it must end"),
    (GOOD[12], " * Expect: shut down\n * Modul: mem=4M", "neither a declaration"),
    (GOOD[12], " * Expect: shut down\n * Runner: tests/system/x.t", "there is no tests/system/x.t"),
]


def header_of(lines):
    os.makedirs(SAMPLE, exist_ok=True)
    path = f"{SAMPLE}/header.c"
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    return headers.Header(path)


def test_mistakes(writer):
    good = header_of(GOOD)
    writer.result(not good.mistakes and good.sections["Behaviour"] == "a guarantee, in two lines.",
                  "a header of the right form passes", good.mistakes)
    for line, instead, text in MISTAKES:
        found = header_of([instead if other == line else other for other in GOOD]).mistakes
        writer.result(any(text in mistake for mistake in found), f"a header with {instead!r} fails: {text}",
                      found)


def test_headers(writer):
    all_headers = [header for found in headers.all_headers().values() for header in found]
    mistakes = headers.misplaced()
    for header in all_headers:
        mistakes += header.mistakes + headers.long_lines(header.path)
    writer.result(not mistakes, f"{len(all_headers)} images and scripts have a header of the form in {headers.PAGE}",
                  mistakes[:SHOWN_MAX])


def test_index(writer):
    before, there, _ = headers.split_page()
    first = before.count("\n") + 1
    pairs = itertools.zip_longest(there.splitlines(), headers.index().splitlines(), fillvalue="(nothing)")
    wrong = next(((number, *pair) for number, pair in enumerate(pairs, first) if pair[0] != pair[1]), None)
    writer.result(not wrong, f"the index in {headers.PAGE} is the one that `make docs` generates",
                  wrong and [f"{headers.PAGE}:{wrong[0]}: {wrong[1]}", f"the headers give: {wrong[2]}",
                             "regenerate it: make docs"])


sys.exit(tap.run(test_mistakes, test_headers, test_index))
