#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The runner accepts a correct log made here, and rejects each wrong version of it."""

import os
import sys
import tempfile
import unittest.mock

from lib import images, machine, patience, tap, verdict

GOOD = """\
umbra: 128 MB, 486
umbra: guest first: starting, 4 MB
ok 1 - one
ok 2 - two
1..2
umbra: guest first: shut down: tap: 2 passed
umbra: stats: 12 exits
umbra: guest second: starting, 4 MB
ok 1 - not much of a page table
umbra: guest second: killed: bad page table entry (eip 0x1000)
umbra: guest third: starting, 4 MB
umbra: guest third: restarting: again
umbra: guest third: starting, 4 MB
1..1
ok 1
umbra: guest third: timed out after 2 s
umbra: done: 3 guests, 30000 frames free, as at the start
"""

# The ends that each guest declares.
EXPECTED = {
    "first": ['shut down "tap: 2"'],
    "second": ['killed "bad page table entry"'],
    "third": ['restarting "again"', "timed out"],
}

# Each entry spoils the good log: the fault, the text to replace, and its replacement.
SPOILED = [
    ("a failed check", "ok 2 - two", "not ok 2 - two"),
    ("a check that is missing", "ok 2 - two\n", ""),
    ("no plan", "1..2\n", ""),
    ("a plan of nothing", "ok 1 - one\nok 2 - two\n1..2", "1..0"),
    ("a check with a wrong number", "ok 2 - two", "ok 3 - two"),
    ("two plans", "1..2", "1..2\n1..2"),
    ("a guest that bails out", "1..2", "1..2\nBail out! no memory"),
    ("no verdict", "umbra: guest first: shut down: tap: 2 passed\n", ""),
    ("no verdict of the last guest", "umbra: guest third: timed out after 2 s\n", ""),
    ("two verdicts", "umbra: stats: 12 exits", "umbra: guest first: shut down: tap: 2 passed"),
    ("another end", "second: killed: bad page table", "second: shut down: bad page table"),
    ("another sentence", "killed: bad page table", "killed: bad IDT"),
    ("output after the end", "umbra: stats: 12 exits", "ok 3 - still here"),
    ("a failed check of a guest that dies", "ok 1 - not much", "not ok 1 - not much"),
    ("a guest that never started", "umbra: guest first: starting, 4 MB\n", ""),
    ("a restart too many", "umbra: guest second: killed",
     "umbra: guest second: restarting: x\numbra: guest second: starting\n"
     "umbra: guest second: killed"),
    ("no restart", "umbra: guest third: restarting: again\numbra: guest third: starting, 4 MB\n", ""),
    ("no done line", "umbra: done: 3", "umbra: so far: 3"),
    ("too few guests", "done: 3", "done: 2"),
    ("frames that did not come back", "as at the start", "3 missing"),
    ("a panic", "umbra: stats: 12 exits", "umbra: panic: frame 12 freed twice"),
]


def everything():
    return [images.Image(name, [f"{name}.elf kernel name={name}"],
                         [images.Expectation(line) for line in lines], "")
            for name, lines in EXPECTED.items()]


# The ends of a boot's guests, and QEMU's status for them.
STATUSES = [
    (["shut down: bye", "shut down: bye"], machine.STATUS_DONE),
    (["shut down: bye", "killed: bad IDT (eip 0x0)"], machine.STATUS_SOME_FAILED),
    (["timed out after 2 s"], machine.STATUS_SOME_FAILED),
    (["not started: no memory", "shut down: bye"], machine.STATUS_SOME_FAILED),
    (["killed: from the monitor (eip 0x0)"], machine.STATUS_DONE),
    (["not started: no memory"], machine.STATUS_NONE_STARTED),
    ([], machine.STATUS_NONE_STARTED),
]


def judge(text, status=machine.STATUS_SOME_FAILED, hung=None):
    """All problems that the runner finds."""
    boot = machine.Boot("log")
    boot.text, boot.status, boot.hung = text, status, hung
    lives = verdict.lives_of(boot.lines())
    problems = [p for image in everything() for p in verdict.guest_problems(image, lives)]
    return problems + verdict.boot_problems(boot, everything())


def rejected(declaration):
    try:
        images.Expectation(declaration)
    except images.BadDeclaration:
        return True
    return False


# The last line of a boot so far, and the step that is awaited then.
AWAITED = [
    ("", "the hypervisor's first line"),
    ("umbra: 128 MB, 486\n", "the line `umbra: done:`"),
    ("umbra: guest first: starting, 4 MB\n", "the end of guest first"),
    ("umbra: guest third: restarting: again\n", "the end of guest third"),
    ("umbra: guest third: timed out after 2 s\n", "the line `umbra: done:`"),
    ("umbra: done: 3 guests, 30000 frames free, as at the start\n", "QEMU's end"),
]

# After so many hangs, the seconds without a sign of life.
LIMITS = [(0, 60), (2, 60), (3, 15), (9, 15), (10, 5), (1000, 5)]


def test_limits(writer):
    """The limits on waiting, and the step that is awaited."""
    with tempfile.NamedTemporaryFile("w", encoding="utf-8") as file, \
            unittest.mock.patch.dict(os.environ, HANGS=file.name):
        for hangs, seconds in LIMITS:
            file.write("a hang\n" * (hangs - patience.hangs()))
            file.flush()
            writer.result(patience.silence() == seconds, f"after {hangs} hangs the limit is {seconds} s",
                          [patience.hangs(), patience.silence()])
        message = patience.note_hang("again")
        writer.result(message == "again (limits are short: the suite has had 1000 hangs)"
                      and patience.hangs() == 1001, "a hang is noted, and its message says that limits are short",
                      [message])
    for upto, step in AWAITED:
        lines = GOOD[:GOOD.index(upto) + len(upto)].split("\n")
        writer.result(machine.awaited(lines if upto else []) == step, f"the awaited step is {step}",
                      [machine.awaited(lines)])


def main(writer):
    problems = judge(GOOD)
    writer.result(not problems, "a correct log is accepted", problems)
    problems = judge(GOOD.replace("\n", "\r\n"))
    writer.result(not problems, "a correct log with a serial line's CR LF is accepted", problems)
    for what, old, new in SPOILED:
        if GOOD.count(old) != 1:
            writer.result(False, f"{what}: the text to spoil is not there once")
            continue
        writer.result(judge(GOOD.replace(old, new)), f"{what} is a failure")
    writer.result(judge(GOOD, status=machine.STATUS_PANIC), "QEMU's status for a panic is a failure")
    writer.result(judge(GOOD, status=0), "QEMU's status for a power-off is a failure")
    writer.result(judge(GOOD, status=machine.STATUS_DONE),
                  "QEMU's status for guests that all shut down is a failure if one did not")
    for ends, status in STATUSES:
        lines = [f"umbra: guest g{n}: starting" for n, end in enumerate(ends) if end[0] != "n"]
        lines += [f"umbra: guest g{n}: {end}" for n, end in enumerate(ends)]
        writer.result(verdict.right_status(lines) == status, f"guests that ended {ends} give status {status}")
    writer.result(judge(GOOD, status=-9, hung="was not done in time"), "a hang is a failure")
    writer.result(rejected("explodes"), "an unknown end in a declaration is rejected")
    test_limits(writer)
    writer.result(rejected("killed bad page"), "a declaration's sentence without quotes is rejected")


sys.exit(tap.run(main))
