#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Umbra boots in v86, a PC in JavaScript: the ISO by SeaBIOS, and kernel and bundle by v86's own loader, which passes
one module without a string. For `make test-boot`: v86 is fetched by npm."""

import sys

from lib import tap, v86, verdict
from lib.images import BUILD

DONE = "umbra: done: "
DEMO = "umbra: guest demo: shut down: demo: all "

# A name, the words of tools/v86/boot.mjs, the lines of a good end.
ROWS = [
    ("iso", ["iso", f"{BUILD}/umbra.iso"], [DEMO, DONE + "1 guests, "]),
    ("bundle", ["multiboot", f"{BUILD}/umbra.elf", "", f"{BUILD}/umbra.cpio"],
     [DEMO, "umbra: guest hello: shut down: goodbye", DONE + "3 guests, "]),
]


def main(writer):
    v86.install()
    for name, words, ends in ROWS:
        boot = v86.boot(name, DONE, *words)
        problems = [boot.hung] if boot.hung else []
        problems += [f"no line `{end}...`" for end in ends if not any(line.startswith(end) for line in boot.lines())]
        writer.result(not problems, f"{name} in v86: all guests end well", problems + verdict.log_tail(boot))


sys.exit(tap.run(main))
