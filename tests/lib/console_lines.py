# SPDX-License-Identifier: GPL-2.0-or-later
"""The lines that the image console-lines prints, and the check that all of them have arrived."""

import re

from lib import images

LENGTHS = 120
LINE = re.compile(r"line (\d+) ([a-z]*)$")


def module(name, kb):
    return f"{images.BUILD}/tests/console-lines.elf kernel name={name} mem=2M timeout=200 -- kb={kb}"


def expected_line(number):
    letters = "".join(chr(ord("a") + (number + i) % 26) for i in range(number * 7 % LENGTHS))
    return f"line {number} {letters}"


def ends(text):
    """For each guest, the number of lines in its sentence at its end."""
    return {name: int(count) for name, count in
            re.findall(r"^umbra: guest (\w+): shut down: console-lines: (\d+) lines$", text,
                       re.MULTILINE)}


def problems(name, lines, said):
    """The first line that differs from the one that console-lines prints; or a wrong number of lines."""
    for number, line in enumerate(lines):
        if line != expected_line(number):
            return [f"{name}: {line!r} instead of {expected_line(number)!r}"]
    return [] if len(lines) == said else [f"{name}: {len(lines)} lines, {said} were printed"]


def merged_problems(text, names):
    """The problems in the output of several guests in merged mode, without carriage returns."""
    said = ends(text)
    found = [] if set(said) == set(names) else [f"these have ended: {said}"]
    for name in names:
        # The console may show a line before its end: the rest then follows on a line with the mark `>`.
        lines = "".join(("\n" if mark == "|" else "") + line for mark, line in
                        re.findall(rf"^{name}([|>]) (.*)$", text, re.MULTILINE))[1:].rstrip("\n")
        found += problems(name, lines.split("\n"), said.get(name))
    known = re.compile(rf"umbra: |({'|'.join(names)})[|>] ")
    strange = [line for line in text.split("\n") if line and not known.match(line)]
    return found + [f"whose line is {line!r}?" for line in strange[:1]]


def is_whole(text):
    """True if this text ends with a whole line of console-lines."""
    match = LINE.search(text[:-1].rpartition("\n")[2]) if text.endswith("\n") else None
    return bool(match) and expected_line(int(match[1])) == match[0]


def lines_in_front(text):
    """One guest's lines, without the hypervisor's lines in between, each of which may cut a guest's line in two."""
    rest = ""
    for line in re.split(r"^(umbra: .*\n)", text, flags=re.MULTILINE):
        if not line.startswith("umbra: "):
            # If only the newline was missing, it follows the hypervisor's line.
            rest += line.removeprefix("\n") if is_whole(rest) else line
        elif rest.endswith("\n") and not is_whole(rest):
            rest = rest[:-1]
    return rest.strip("\n").split("\n")
