#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The README shows the guest that there is, links to pages that exist, names real targets, and its line
for QEMU works."""

import glob
import os
import re
import shlex
import sys

from lib import machine, tap
from lib.images import BUILD, read


def indented(text):
    return "".join("    " + line if line.strip() else line for line in text.splitlines(True))


def dead_links(page):
    links = re.findall(r"\]\(([^)#:]+)\)", read(page))
    return [link for link in links if not os.path.exists(os.path.join(os.path.dirname(page), link))]


def unknown_targets(page):
    """Words behind `make` that no makefile has a rule for."""
    rules = read("Makefile") + read("guest/guest.mk") + read("tests/unit/unit.mk")
    known = re.findall(r"^([a-z%-]+):", rules, re.MULTILINE)
    patterns = [target.replace("%", "[a-zA-Z0-9_-]+") for target in known]
    named = re.findall(r"(?:`|^    )make ([a-z][a-zA-Z0-9_-]*)", read(page), re.MULTILINE)
    return [name for name in named if not any(re.fullmatch(p, name) for p in patterns)]


def command_lines(page):
    """The page's lines that call QEMU, as words."""
    lines = re.findall(r"^    (qemu-system-i386 .*)$", read(page), re.MULTILINE)
    return [shlex.split(line.replace("build/", f"{BUILD}/")) for line in lines]


def qemu_lines(writer, page, wanted):
    """They work as they stand, on a machine without a display."""
    lines = command_lines(page)
    writer.result(lines, f"{page} has a line for QEMU")
    for words in lines:
        boot = machine.run(words, f"{BUILD}/tests/readme.log")
        writer.result(boot.status == 0 and wanted in boot.text,
                      f"{page}: the line for QEMU shows: {wanted}", [boot.hung, boot.text])


def main(writer):
    qemu_lines(writer, "README.md", "umbra: guest hello: shut down: goodbye")
    hello = indented(read("guest/images/hello/hello.c"))
    writer.result(hello in read("README.md"), "the hello guest in the README is the one there is")
    for page in ["README.md", *sorted(glob.glob("docs/*.md"))]:
        writer.result(not dead_links(page), f"{page}: every link leads somewhere", dead_links(page))
        wrong = unknown_targets(page)
        writer.result(not wrong, f"{page}: every target of make exists", wrong)


sys.exit(tap.run(main))
