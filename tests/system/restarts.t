#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A thousand lives in one boot, ended in every way: at the end each frame is free that was free at the
start. The hypervisor compares the two itself, and panics if they differ; its line must be there."""

import collections
import re
import sys

from lib import images, machine, tap, verdict

LIVES = 250  # of each guest; of the one that asks for it, as many as there is time for, or more
SECONDS = 3  # by the machine's clock, so a busy host changes nothing
GUESTS = [
    (f"{images.BUILD}/guest/hello.elf kernel name=leaves mem=2M", "shut down"),
    (f"{images.BUILD}/tests/die-pte-frame.elf kernel name=dies mem=2M devices=off", "killed"),
    (f"{images.BUILD}/tests/hostile-pae.elf kernel name=dies-pae mem=2M devices=off -- case=pte-limit", "killed"),
    (f"{images.BUILD}/tests/restart-at-once.elf kernel name=asks mem=2M timeout=SECONDS", "restarting"),
]


def module(words):
    """Only the last one is started again because it asks for it."""
    if "SECONDS" in words:
        return words.replace("SECONDS", str(SECONDS))
    first, dashes, command_line = words.partition(" -- ")
    return f"{first} restart={LIVES - 1}{dashes}{command_line}"


def main(writer):
    booted = machine.boot_kernel(f"{images.BUILD}/tests/restarts.log", [module(words) for words, _ in GUESTS],
                                 kernel=machine.RELEASE_BUILD, append="console=serial")
    ends = collections.Counter(re.findall(r"^umbra: guest (\S+): (shut down|killed|restarting):",
                                          booted.text, re.MULTILINE))
    for words, ending in GUESTS:
        name = words.split("name=")[1].split()[0]
        lives = ends[name, ending]
        writer.result(lives >= LIVES if ending == "restarting" else lives == LIVES,
                      f"{name}: {ending} {lives} times",
                      verdict.log_tail(booted))
    problems = verdict.boot_problems(booted, GUESTS)
    writer.result(not problems, f"{sum(ends.values())} lives in {booted.seconds:.0f} s, no frame lost",
                  problems + verdict.log_tail(booted))


sys.exit(tap.run(main))
