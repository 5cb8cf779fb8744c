#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The race detector has teeth: with one lock taken out, a test on threads ends with a race or with a failed check.

Each program build/unit/race/test_race_X-without-LOCK is build/unit/test_race_X, in which LOCK does nothing.
"""

import glob
import os
import re
import subprocess
import sys

from lib import images, tap

PROGRAMS = sorted(path for path in glob.glob(f"{tap.TOP}/{images.BUILD}/unit/race/test_*-without-*")
                  if os.access(path, os.X_OK))
LIMIT = 600  # seconds: only a hang takes so long
FAILED_CHECK = 1
RACE = 66
SAID = ("ThreadSanitizer: data race", "does not hold", "panic: ")
SOURCES = ("lib", "mm", "hv", "arch", "boot")


def lines_of(program):
    """The exit status of a program, and what it says."""
    done = subprocess.run([program], capture_output=True, text=True, timeout=LIMIT, check=False)
    return done.returncode, (done.stdout + done.stderr).split("\n")


def without_a_lock(writer):
    for program in PROGRAMS:
        test, lock = os.path.basename(program).removeprefix("test_race_").split("-without-")
        status, lines = lines_of(program)
        said = [line for line in lines if any(words in line for words in SAID)]
        writer.result(status in (FAILED_CHECK, RACE) and said,
                      f"the test of {test} notices that there is no lock: {lock}", [f"status {status}"] + lines)


def each_lock(writer):
    """unit.mk names the file of each lock that it takes out: lock_NAME := FILE."""
    with open("tests/unit/unit.mk", encoding="utf-8") as rules:
        taken_out = set(re.findall(r"^lock_\w+ := (\S+)", rules.read(), re.MULTILINE))
    files = {file for room in SOURCES for file in glob.glob(f"{room}/**/*.c", recursive=True)}
    with_lock = {file for file in files if "lock_take(" in open(file, encoding="utf-8").read()}
    writer.result(with_lock and taken_out == with_lock, "each lock is taken out of a test",
                  [f"taken out: {taken_out}", f"locks: {with_lock}"])


sys.exit(tap.run(without_a_lock, each_lock))
