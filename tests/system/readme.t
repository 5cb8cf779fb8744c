#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The pages agree with the tree: they show the hello guest and the demo's output unchanged, link to existing pages and
name existing targets of make. The README's command line for QEMU works, and the README is short."""

import glob
import os
import re
import shlex
import sys

from lib import machine, tap
from lib.images import BUILD, guest_image, read

README_LINES = 60


def indented(text):
    return "".join("    " + line if line.strip() else line for line in text.splitlines(True))


def dead_links(page):
    links = re.findall(r"\]\(([^)#:]+)\)", read(page))
    return [link for link in links if not os.path.exists(os.path.join(os.path.dirname(page), link))]


def unknown_targets(page):
    """Words after `make` that are no target of a makefile."""
    rules = "".join(map(read, ["Makefile", "guest/guest.mk", "tests/unit/unit.mk", *glob.glob("tools/make/*.mk")]))
    known = re.findall(r"^([a-z%-]+):", rules, re.MULTILINE)
    patterns = [target.replace("%", "[a-zA-Z0-9_-]+") for target in known]
    named = re.findall(r"(?:`|^ {4,})make ([a-z][a-zA-Z0-9_-]*)", read(page), re.MULTILINE)
    return [name for name in named if not any(re.fullmatch(p, name) for p in patterns)]


def command_lines(page):
    """The page's lines that call QEMU, as words."""
    lines = re.findall(r"^ {4,}(qemu-system-i386 .*)$", read(page), re.MULTILINE)
    return [shlex.split(line.replace("build/", f"{BUILD}/")) for line in lines]


def qemu_lines(writer, page, wanted):
    """The page's lines work unchanged, on a machine without a display."""
    lines = command_lines(page)
    writer.result(lines, f"{page} has a line for QEMU")
    for words in lines:
        boot = machine.run(words, f"{BUILD}/tests/readme.log")
        writer.result(boot.status == 0 and wanted in boot.text,
                      f"{page}: the line for QEMU shows: {wanted}", [boot.hung, boot.text])


def without_numbers(line):
    """A line of output with `N` for each number; the cause of the longest stretch is a matter of timing."""
    line = re.sub(r"(stats:   longest .*): .*", r"\1", line)
    return re.sub(r" +", " ", re.sub(r"\d+(\.\d+)?", "N", line)).strip()


def demo_output(writer, page):
    """The page's block of output has the lines of a boot, but for numbers, the CPU and its features."""
    block = re.search(r"(?:^(?: {4}.*)?\n)+", read(page).split("## The demo\n")[1].split("seconds:\n")[1],
                      re.MULTILINE)[0]
    shown = [line[4:] for line in block.strip("\n").split("\n")]
    demo = guest_image("demo")
    boot = machine.boot_kernel(f"{BUILD}/tests/readme-demo.log", demo.modules,
                               kernel=machine.RELEASE_BUILD, append="console=serial stats")
    got = [line for line in boot.lines() if line]
    shown = [without_numbers(line) for line in shown[1:] if line]
    got = [without_numbers(line) for line in got[1:]]
    writer.result(shown == got, f"{page}: the demo prints these lines",
                  [*(f"- {line}" for line in shown if line not in got),
                   *(f"+ {line}" for line in got if line not in shown)])


def main(writer):
    length = len(read("README.md").splitlines())
    writer.result(length <= README_LINES, f"README.md has at most {README_LINES} lines", [length])
    demo_output(writer, "docs/running.md")
    qemu_lines(writer, "README.md", "umbra: guest hello: shut down: goodbye")
    hello = indented(read("guest/images/hello/hello.c"))
    writer.result(hello in read("docs/guests.md"), "the hello guest in docs/guests.md is the same as its source")
    for page in ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", *sorted(glob.glob("docs/*.md"))]:
        writer.result(not dead_links(page), f"{page}: every link leads to an existing file", dead_links(page))
        wrong = unknown_targets(page)
        writer.result(not wrong, f"{page}: every target of make exists", wrong)


sys.exit(tap.run(main))
