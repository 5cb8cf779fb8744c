#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Umbra boots in v86, a PC in JavaScript: the ISO by SeaBIOS, and kernel and bundle by v86's own loader, which passes
one module. For `make test-boot`: it fetches v86 by npm, as tests/boot/v86/package-lock.json says."""

import os
import shutil
import subprocess
import sys

from lib import machine, tap, verdict
from lib.images import BUILD

OURS = "tests/boot/v86"
V86 = f"{BUILD}/v86"

ENDS = ["umbra: guest demo: shut down: demo: all "]

# What boots, boot.mjs's words, the ends.
ROWS = [
    ("the ISO", ["iso", f"{BUILD}/umbra.iso"], ENDS),
    ("kernel and bundle", ["multiboot", f"{BUILD}/umbra.elf", f"{BUILD}/umbra.cpio"],
     [*ENDS, "umbra: guest hello: shut down: goodbye", "umbra: done: 3 guests, "]),
]


def fetch():
    """The problems of fetching v86, none if it is there."""
    os.makedirs(V86, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(f"{OURS}/{name}", f"{V86}/{name}")
    done = subprocess.run(["npm", "ci", "--prefix", V86, "--no-audit", "--no-fund"], capture_output=True, text=True,
                          check=False)
    return [done.stderr] if done.returncode else []


def main(writer):
    problems = fetch()
    writer.result(not problems, "npm fetches v86", problems)
    for name, words, ends in ROWS:
        boot = machine.run(["node", f"{OURS}/boot.mjs", f"{V86}/node_modules/v86", *words],
                           f"{BUILD}/tests/v86-{words[0]}.log")
        problems = [boot.hung] if boot.hung else []
        problems += [f"no line `{end}...`" for end in ends if not any(line.startswith(end) for line in boot.lines())]
        if boot.status != machine.STATUS_DONE:
            problems.append(f"v86 ended with {boot.status}")
        writer.result(not problems, f"{name} in v86: all guests end well", problems + verdict.log_tail(boot))


sys.exit(tap.run(main))
