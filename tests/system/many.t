#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""As many guests as there are windows for live at the same time in one machine, and one more is refused. Each has its
turns, one of them wakes in time, and no stretch with interrupts off is too long (machine.assertion)."""

import re
import subprocess
import sys

from lib import images, machine, tap, verdict

GUESTS = 376  # GUESTS_MAX, hv/guest.h
MEMORY_MB = 640
LATE_US_MAX = 500
TIMES = 50
ROUNDS = 20
BUNDLE = f"{images.BUILD}/tests/many.cpio"

# Each of the others sleeps, works and sleeps again; all wake at about the same time, after the waker has ended.
WAKER = f"waker kernel name=waker mem=2M weight=10000 -- times={TIMES}"
LINE = f"busy kernel name=g{{}} mem=1200K shadow=80K -- times={ROUNDS} doze={ROUNDS // 2} doze-ns=600000000"
FILES = {"waker": "sched-wakeup-latency", "busy": "sched-busy-loop"}


def pack():
    lines = [WAKER, *(LINE.format(n) for n in range(1, GUESTS + 1))]
    subprocess.run(["tools/bundle", "-o", BUNDLE, *(f"--line={line}" for line in lines), "--",
                    *(f"{name}={images.BUILD}/tests/{image}.elf" for name, image in FILES.items())], check=True)


def boot():
    return machine.boot_kernel(f"{images.BUILD}/tests/many.log", [f"{BUNDLE} bundle"], kernel=machine.RELEASE_BUILD,
                               append='console=serial monitor="stats"',
                               words=["-m", str(MEMORY_MB), "-cpu", "max", *machine.ONE_CPU,
                                      "-icount", "shift=0,sleep=off"])


def main(writer):
    pack()
    booted = boot()
    lines = booted.lines()
    tail = verdict.log_tail(booted)
    starts = [n for n, line in enumerate(lines) if re.match(r"umbra: guest \S+: starting", line)]
    ends = [n for n, line in enumerate(lines) if re.match(r"umbra: guest \S+: shut down", line)]
    writer.result(len(starts) == GUESTS and ends and max(starts) < min(ends),
                  f"{GUESTS} guests are alive before the first one ends", [len(starts)] + tail)
    refused = [line for line in lines if "not started" in line]
    writer.result(refused == [f"umbra: guest g{GUESTS}: not started: {GUESTS} guests are alive, "
                              "and there cannot be more"], "one more is refused, in one line", refused[:3])
    done = set(re.findall(rf"guest (\S+): shut down: sched-busy-loop: went round {ROUNDS} times", booted.text))
    writer.result(done == {f"g{n}" for n in range(1, GUESTS)}, "each does its work, and shuts down", [len(done)] + tail)
    late = re.search(rf"sched-wakeup-latency: worst (\d+) us of {TIMES} times", booted.text)
    writer.result(late and int(late[1]) <= LATE_US_MAX,
                  f"a sleeper wakes at most {late and late[1]} us late beside the others", tail)
    writer.result(booted.status == machine.STATUS_SOME_FAILED and f"umbra: done: {GUESTS} guests" in booted.text
                  and "as at the start" in lines[-2] + lines[-1], "no frame is lost, and no stretch is too long", tail)


sys.exit(tap.run(main))
