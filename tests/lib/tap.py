# SPDX-License-Identifier: GPL-2.0-or-later
"""TAP, the Test Anything Protocol: writing it for prove, and reading what a guest printed."""

import os
import re
import sys

from lib import patience

TOP = os.path.join(os.path.dirname(os.path.realpath(__file__)), "../..")


class Writer:
    """Prints numbered results; the plan comes last."""

    def __init__(self):
        self.count = 0
        self.failed = 0

    def result(self, passed, text, diagnostics=()):
        self.count += 1
        self.failed += not passed
        print("ok" if passed else "not ok", self.count, "-", text)
        if not passed:
            for line in diagnostics:
                self.note(line)
        sys.stdout.flush()
        return passed

    def note(self, text):
        for line in str(text).split("\n"):
            print("#", line)

    def part(self, test, *words):
        """Runs one part of a test program. A hang in it is a failure, and the next part follows."""
        try:
            with patience.Step(test.__name__):
                test(self, *words)
        except patience.Hang as problem:
            self.result(False, f"{test.__name__}: {problem}", problem.details)

    def done(self):
        print(f"1..{self.count}", flush=True)
        return 1 if self.failed or not self.count else 0


def run(*tests):
    """Runs a whole test program, all its parts with one Writer. Returns its status. Names of files in tests are
    relative to the repository's top folder."""
    os.chdir(TOP)
    patience.stop_on_signal()
    writer = Writer()
    try:
        for test in tests:
            writer.part(test)
    except patience.Stopped as step:
        writer.result(False, f"stopped: no test may take so long; it was at: {step}")
        return 1
    return writer.done()


RESULT = re.compile(r"(not )?ok\b *(\d+)?")
PLAN = re.compile(r"1\.\.(\d+)\b")


class Reader:
    """The TAP among a guest's lines, and its problems."""

    def __init__(self, lines):
        self.plan = None
        self.count = 0
        self.problems = []
        for line in lines:
            self.read(line)

    def read(self, line):
        if match := PLAN.match(line):
            if self.plan is not None:
                self.problems.append("a second plan: " + line)
            self.plan = int(match[1])
        elif match := RESULT.match(line):
            self.count += 1
            if match[2] and int(match[2]) != self.count:
                self.problems.append(f"result {self.count} is numbered {match[2]}: {line}")
            if match[1] and "# TODO" not in line:
                self.problems.append(line)
        elif line.startswith("Bail out!"):
            self.problems.append(line)

    def check(self, plan_required):
        """A line for each problem; [] if there is none."""
        problems = list(self.problems)
        if self.plan is None:
            if plan_required:
                problems.append("no plan (1..N)")
        elif self.plan != self.count:
            problems.append(f"planned {self.plan} results, printed {self.count}")
        elif not self.plan and plan_required:
            problems.append("a plan of no results")
        return problems
