#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""No frame is lost in a thousand lives of guests in one boot, which end in every way. The hypervisor itself compares
the free frames at the end of the boot with those at the start, and panics if they differ; its line must be there."""

import collections
import re
import sys

from lib import images, machine, tap, verdict

LIVES = 250  # of each guest; the guest that asks for its restarts has at least so many
SECONDS = 3  # by the machine's clock, so a busy host changes nothing
GUESTS = [
    (f"{images.BUILD}/guest/hello.elf kernel name=leaves mem=2M", "shut down"),
    (f"{images.BUILD}/tests/die-pte-frame.elf kernel name=dies mem=2M devices=off", "killed"),
    (f"{images.BUILD}/tests/hostile-pae.elf kernel name=dies-pae mem=2M devices=off -- case=pte-limit", "killed"),
    (f"{images.BUILD}/tests/restart-at-once.elf kernel name=asks mem=2M timeout=SECONDS", "restarting"),
]


def module(words):
    """The module's words. The last guest asks for its restarts itself; the others restart by the word `restart=`."""
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
                      f"guest {name} ends {lives} times: {ending}",
                      verdict.log_tail(booted))
    problems = verdict.boot_problems(booted, GUESTS)
    writer.result(not problems, f"{sum(ends.values())} lives in {booted.seconds:.0f} s lose no frame",
                  problems + verdict.log_tail(booted))


sys.exit(tap.run(main))
