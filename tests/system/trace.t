#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The trace over QEMU's debug console: every exit of the demo is in it, in the form that docs/trace.md
describes, and tools/trace-summary reads it."""

import os
import re
import subprocess
import sys

from lib import images, machine, moves, tap, terminal

TRACE = f"{images.BUILD}/tests/trace.txt"
TRACE_EVENTS = 1024  # hv/trace.h
EVENT = re.compile(r"trace ns=(?P<ns>\d+) guest=demo why=(?P<why>\S+) what=(?P<what>\S+) error=\S+ "
                   r"eip=(0x)?[0-9a-f]+ address=(0x)?[0-9a-f]+ ring=(?P<ring>\d+) done=(?P<done>\S+) "
                   r"ticks=\d+ cpu=\d+")


def boot(name, trace, words=()):
    image = images.guest_image(name)
    return machine.boot_kernel(f"{images.BUILD}/tests/trace.log", image.modules,
                               kernel=machine.RELEASE_BUILD,
                               append=f"console=serial stats {trace}",
                               words=words)


def documented(column):
    """The words in the first column of the table whose heading is `column`."""
    table = images.read("docs/trace.md").rpartition(f"\n| {column} |")[2].partition("\n\n")[0]
    return set(re.findall(r"^\| ([a-z-]+)", table, re.MULTILINE))


def counted(pattern, text):
    match = re.search(pattern, text)
    return int(match[1]) if match else None


def test_debugcon(writer):
    booted = boot("demo", "trace=debugcon", ["-debugcon", f"file:{TRACE}"])
    lines = images.read(TRACE).splitlines()
    events = [EVENT.fullmatch(line) for line in lines]
    wrong = [line for line, event in zip(lines, events) if not event]
    writer.result(events and not wrong, f"all {len(lines)} lines have the form in docs/trace.md",
                  wrong[:5])
    events = [event for event in events if event]
    exits = [event for event in events if event["why"] != "inject"]
    for name, found, pattern in (
            ("exits", len(exits), r"stats: +exits +(\d+):"),
            ("hypercalls", sum(e["why"] == "hypercall" for e in exits), r"exits +\d+: (\d+) hyper"),
            ("hypercalls by the ring", sum(int(e["ring"]) for e in exits), r"(\d+) by the ring"),
            ("page faults", sum(e["why"] == "page-fault" for e in exits), r"(\d+) page faults"),
            ("interrupts of the machine", sum(e["why"] == "interrupt" for e in exits), r"faults, (\d+) interrupts"),
            ("reflected traps", sum(e["done"] == "reflected" for e in exits), r"(\d+) traps reflected"),
            ("injected interrupts", len(events) - len(exits), r"reflected, (\d+) interrupts")):
        expected = counted(pattern, booted.text)
        writer.result(found == expected, f"trace and stats have the same number of {name}: {found}",
                      [str(expected)])
    times = [int(event["ns"]) for event in events]
    writer.result(times == sorted(times), "the events are in the order of time")
    writer.result({e["why"] for e in events} <= documented("why") and
                  {e["done"] for e in events} <= documented("done"),
                  "docs/trace.md has every reason and outcome in the trace")
    writer.result(exits and exits[-1]["what"] == "SHUTDOWN" and exits[-1]["done"] == "ended",
                  "the last event is the guest's end")


def test_summary(writer):
    run = subprocess.run(["tools/trace-summary", TRACE], capture_output=True, text=True,
                         check=False)
    writer.result(run.returncode == 0 and re.search(r"^demo +hypercall +NEW_PGTABLE +served +\d+ ",
                                                    run.stdout, re.MULTILINE),
                  "tools/trace-summary prints the cost of NEW_PGTABLE", [run.stdout, run.stderr])


def test_others(writer):
    booted = boot("hello", "trace=serial")
    writer.result(re.search(r"^umbra: trace ns=", booted.text, re.MULTILINE),
                  "trace=serial prints the trace on the console")
    booted = boot("hello", "trace=paper")
    writer.result("umbra: trace=paper is not known: write trace=ring" in booted.text,
                  "an unknown value of trace= is named")
    writer.result(booted.status == machine.STATUS_DONE, "an unknown value of trace= does not stop the boot")


def test_show(writer):
    """The ring is full of another guest's events, and the names differ in their last letter only."""
    busy, quiet = (28 * "a" + letter for letter in "bc")
    modules = [moves.guest(busy, ms=1, line=TRACE_EVENTS), moves.guest(quiet, ms=4000)]
    clock = machine.INSTRUCTIONS_AWAKE
    with terminal.Terminal(modules, "console=serial,merged trace=ring" + machine.assertion(clock), machine.DEBUG_BUILD,
                           [*clock, *machine.ONE_CPU]) as console:
        console.match(f"beat {TRACE_EVENTS}\n")
        console.type(moves.OPEN)
        console.match(moves.PROMPT)
        console.type(f"trace {quiet} show\r")
        console.match("nothing is recorded of " + quiet)
        console.type(f"trace {busy} show\r")
        console.match("(?s)seconds  why.*" + moves.PROMPT)
        writer.result("panic" not in console.all, "to look for events in a full ring is no long time with interrupts off")


def main(writer):
    os.makedirs(os.path.dirname(TRACE), exist_ok=True)
    test_debugcon(writer)
    test_summary(writer)
    test_others(writer)
    test_show(writer)


sys.exit(tap.run(main))
