#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The README shows the guest that there is, links to pages that exist, and names real targets."""

import glob
import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, "tests/lib")

import tap
from images import read


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


def main(writer):
    hello = indented(read("guest/images/hello/hello.c"))
    writer.result(hello in read("README.md"), "the hello guest in the README is the one there is")
    for page in ["README.md", *sorted(glob.glob("docs/*.md"))]:
        writer.result(not dead_links(page), f"{page}: every link leads somewhere", dead_links(page))
        wrong = unknown_targets(page)
        writer.result(not wrong, f"{page}: every target of make exists", wrong)


sys.exit(tap.run(main))
